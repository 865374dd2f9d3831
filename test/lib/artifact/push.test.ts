import { createPublicKey, generateKeyPairSync, verify } from "node:crypto";
import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { type ArtifactRequest, packBundle, pushArtifact } from "../../../lib/artifact/push.ts";
import { keySigner } from "../../../lib/artifact/signature.ts";
import { Git } from "../../../lib/git/git.ts";
import { temporaryFolder, TestFleet } from "../../support/fleet.ts";
import {
  type Guard,
  type MemoryRegistry,
  password,
  startMemoryRegistry,
  username,
} from "./memory-registry.ts";

const registries: MemoryRegistry[] = [];
afterEach(async () => {
  await Promise.all(registries.splice(0).map((registry) => registry.stop()));
});
async function registry(guard?: Guard): Promise<MemoryRegistry> {
  const started = await startMemoryRegistry(guard);
  registries.push(started);
  return started;
}

const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
const login = { credentials: () => Promise.resolve({ username, password }), insecure: true, patience: 1 };
const nobody = { ...login, credentials: () => Promise.resolve(undefined) };

let fleet: TestFleet;
let git: Git;
beforeAll(() => {
  fleet = new TestFleet(temporaryFolder());
  fleet.git("init", "--quiet", "--initial-branch=main");
  fleet.git("config", "user.name", "Test");
  fleet.git("config", "user.email", "test@example.com");
  fleet.write({ "manifests/platform/bundle.json": "{}\n" });
  fleet.write({ "manifests/platform/services/one.yaml": "kind: One\n" });
  fleet.write({ "manifests/other/bundle.json": "{}\n" });
  symlinkSync("bundle.json", join(fleet.root, "manifests/platform/link.json"));
  fleet.commit("first");
  fleet.git("tag", "1.0.0");
  fleet.write({ "manifests/platform/services/one.yaml": "kind: Two\n" });
  fleet.commit("second");
  fleet.git("tag", "1.1.0");
  writeFileSync(join(fleet.root, "manifests/platform/services/one.yaml"), "kind: Uncommitted\n");
  git = new Git(fleet.root);
});

function request(host: string, tag = "1.0.0"): ArtifactRequest {
  return {
    bundle: "platform",
    tag,
    url: `oci://${host}/fleet/platform`,
    source: "https://git.example.com/fleet.git",
  };
}

interface Manifest {
  config: { mediaType: string; digest: string };
  layers: { mediaType: string; digest: string; annotations: Record<string, string> }[];
  annotations: Record<string, string>;
  artifactType?: string;
  subject?: { mediaType: string; digest: string; size: number };
}
const parse = (content: Buffer | undefined) => JSON.parse(content!.toString()) as Manifest;
/** What the tag that stands for a registry's own list has of an image. */
const referrersOf = (manifests: ReadonlyMap<string, Buffer>, digest: string) =>
  (
    JSON.parse(manifests.get(digest.replace(":", "-"))!.toString()) as {
      manifests: { digest: string; artifactType: string }[];
    }
  ).manifests;

describe("an artifact of a bundle", () => {
  it("holds what the release's commit has, whatever is checked out, and says where it is from", async () => {
    const { image, revision, files } = await packBundle(git, request("example.com"));
    const manifest = parse(image.manifest);
    expect(manifest.config.mediaType).toBe("application/vnd.cncf.flux.config.v1+json");
    expect(manifest.layers.map(({ mediaType }) => mediaType)).toEqual([
      "application/vnd.cncf.flux.content.v1.tar+gzip",
    ]);
    const archive = gunzipSync(image.blobs[1]!.content).toString();
    expect(archive).toContain("kind: One");
    expect(archive).not.toMatch(/kind: Two|Uncommitted|link\.json|other/);
    expect(files).toBe(2);
    const commit = fleet.git("rev-parse", "1.0.0").trim();
    expect(revision).toBe(`1.0.0@sha1:${commit}`);
    expect(manifest.annotations).toEqual({
      "org.opencontainers.image.created": new Date(fleet.git("show", "-s", "--format=%cI", "1.0.0").trim())
        .toISOString()
        .replace(".000Z", "Z"),
      "org.opencontainers.image.revision": revision,
      "org.opencontainers.image.source": "https://git.example.com/fleet.git",
    });
  });

  it("has the same bytes each time, and others for another commit", async () => {
    const first = await packBundle(git, request("example.com"));
    expect((await packBundle(git, request("example.com"))).image.digest).toBe(first.image.digest);
    expect((await packBundle(git, request("example.com", "1.1.0"))).image.digest).not.toBe(
      first.image.digest,
    );
  });

  it("needs its commit and its bundle", async () => {
    await expect(packBundle(git, request("example.com", "9.9.9"))).rejects.toThrow(
      /9\.9\.9.*no such revision/s,
    );
    await expect(packBundle(git, { ...request("example.com"), bundle: "nothing" })).rejects.toThrow(
      "no bundle 'nothing'",
    );
  });
});

describe("pushing an artifact", () => {
  for (const guard of ["nobody", "basic", "bearer"] as const)
    it(`puts artifact and signature into a registry that asks ${guard === "nobody" ? "nobody" : `with ${guard}`}`, async () => {
      const { host, manifests, blobs } = await registry(guard);
      const packed = await packBundle(git, request(host));
      const outcome = await pushArtifact(request(host), packed, { ...login, signer: keySigner(privateKey) });
      expect(outcome).toEqual({ artifact: "pushed", signature: "pushed" });
      expect(manifests.get("1.0.0")?.equals(packed.image.manifest)).toBe(true);

      const [referrer] = referrersOf(manifests, packed.image.digest);
      const { layers, subject, artifactType } = parse(manifests.get(referrer!.digest));
      expect(artifactType).toBe("application/vnd.dev.sigstore.bundle.v0.3+json");
      expect(subject).toEqual({
        mediaType: "application/vnd.oci.image.manifest.v1+json",
        digest: packed.image.digest,
        size: packed.image.manifest.length,
      });
      const { dsseEnvelope } = JSON.parse(blobs.get(layers[0]!.digest)!.toString()) as {
        dsseEnvelope: { payload: string; payloadType: string; signatures: { sig: string }[] };
      };
      const payload = Buffer.from(dsseEnvelope.payload, "base64");
      expect(JSON.parse(payload.toString())).toMatchObject({
        subject: [{ digest: { sha256: packed.image.digest.slice("sha256:".length) } }],
        predicateType: "https://sigstore.dev/cosign/sign/v1",
      });
      expect(dsseEnvelope.signatures[0]).not.toHaveProperty("keyid", expect.stringMatching(/./));
      const { payloadType } = dsseEnvelope;
      const signature = Buffer.from(dsseEnvelope.signatures[0]!.sig, "base64");
      const encoded = `DSSEv1 ${payloadType.length} ${payloadType} ${payload.length} ${payload.toString()}`;
      expect(verify("sha256", Buffer.from(encoded), createPublicKey(privateKey), signature)).toBe(true);
    });

  it("changes nothing when it is done again, and adds the signature of another key", async () => {
    const { host, manifests } = await registry();
    const packed = await packBundle(git, request(host));
    const push = (key = privateKey) =>
      pushArtifact(request(host), packed, { ...login, signer: keySigner(key) });
    await push();
    const before = new Map(manifests);
    expect(await push()).toEqual({ artifact: "there already", signature: "there already" });
    expect(manifests).toEqual(before);
    const other = generateKeyPairSync("ec", { namedCurve: "prime256v1" }).privateKey;
    expect(await push(other)).toEqual({ artifact: "there already", signature: "pushed" });
    expect(referrersOf(manifests, packed.image.digest)).toHaveLength(2);
    expect(await push()).toMatchObject({ signature: "there already" });
  });

  it("never replaces a release", async () => {
    const { host, manifests } = await registry();
    await pushArtifact(request(host), await packBundle(git, request(host)), login);
    const before = new Map(manifests);
    const changed = await packBundle(git, { ...request(host), revision: "1.1.0" });
    await expect(
      pushArtifact(request(host), changed, { ...login, signer: keySigner(privateKey) }),
    ).rejects.toThrow(/another artifact under this tag[\s\S]*make the next version/);
    expect(manifests).toEqual(before);
  });

  it("has the signature in place before the tag", async () => {
    const { host, requests } = await registry();
    await pushArtifact(request(host), await packBundle(git, request(host)), {
      ...login,
      signer: keySigner(privateKey),
    });
    const manifests = requests.filter((each) => each.startsWith("PUT") && each.includes("/manifests/"));
    expect(
      manifests.map((each) =>
        each
          .split("/")
          .at(-1)!
          .replace(/[:-].*/, ""),
      ),
    ).toEqual([
      "sha256", // the artifact, which nobody looks for by its digest yet
      "sha256", // its signature
      "sha256", // the list of its signatures
      "1.0.0",
    ]);
  });

  it("tries again what fails for a moment, and tells what stays wrong", async () => {
    const { host, manifests, requests, fail } = await registry();
    const packed = await packBundle(git, request(host));
    Object.assign(fail, { times: 2, status: 503 });
    expect(await pushArtifact(request(host), packed, login)).toMatchObject({ artifact: "pushed" });
    expect([...manifests.keys()].sort()).toEqual(["1.0.0", packed.image.digest]);
    expect(requests.length).toBeGreaterThan(3);
    Object.assign(fail, { times: 3, status: 500 });
    await expect(pushArtifact(request(host), packed, login)).rejects.toThrow(/answered 500 to GET/);
  });

  it("that ends half way, wherever that is, leaves no tag, and is completed by the next", async () => {
    const whole = await registry();
    const packed = await packBundle(git, request(whole.host));
    await pushArtifact(request(whole.host), packed, { ...login, signer: keySigner(privateKey) });
    const all = whole.requests.length;
    expect(all).toBeGreaterThan(8);
    for (let after = 0; after < all; after++) {
      const falling = await registry();
      falling.lasts.requests = after;
      await expect(
        pushArtifact(request(falling.host), packed, { ...login, signer: keySigner(privateKey) }),
      ).rejects.toThrow(/the registry does not answer/);
      // What a cluster looks for is the tag, and that comes last.
      expect([...falling.manifests.keys()].filter((tag) => !tag.startsWith("sha256"))).toEqual([]);
      falling.lasts.requests = Infinity;
      expect(
        await pushArtifact(request(falling.host), packed, { ...login, signer: keySigner(privateKey) }),
      ).toMatchObject({
        artifact: "pushed",
      });
      const tags = (of: typeof whole) =>
        [...of.manifests.keys()].filter((key) => !key.startsWith("sha256:")).sort();
      expect(tags(falling)).toEqual(tags(whole));
    }
  }, 60_000);

  it("takes any folder of a repository, for an app team", async () => {
    const { host } = await registry();
    const folder = { ...request(host), path: "./manifests/platform/" };
    const packed = await packBundle(git, folder);
    expect(packed.image.digest).toBe((await packBundle(git, request(host))).image.digest);
    expect(await pushArtifact(folder, packed, login)).toMatchObject({ artifact: "pushed" });
    await expect(packBundle(git, { ...folder, path: "nothing" })).rejects.toThrow(
      /no such folder, or nothing in it/,
    );
  });

  it("says what to do when the registry knows nobody, or is not there", async () => {
    const guarded = await registry("basic");
    const packed = await packBundle(git, request(guarded.host));
    await expect(pushArtifact(request(guarded.host), packed, nobody)).rejects.toThrow(
      /docker login 127\.0\.0\.1/,
    );
    const bearer = await registry("bearer");
    await expect(pushArtifact(request(bearer.host), packed, nobody)).rejects.toThrow(
      /no access token[\s\S]*docker login/,
    );
    await expect(pushArtifact(request("127.0.0.1:1"), packed, login)).rejects.toThrow(
      /does not answer: (ECONNREFUSED|bad port)/,
    );
    await expect(
      pushArtifact({ ...request("x"), url: "https://example.com/a" }, packed, login),
    ).rejects.toThrow("no repository of an OCI registry");
  });
});
