import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packBundle, pushArtifact } from "../../../lib/artifact/push.ts";
import { digestOf } from "../../../lib/artifact/artifact.ts";
import { keySigner } from "../../../lib/artifact/signature.ts";
import { Git } from "../../../lib/git/git.ts";
import { run, temporaryFolder } from "../../support/fleet.ts";
import { stagedFleet } from "../../support/staged-fleet.ts";
import { type OciRegistry, startRegistry } from "../control-plane/index.ts";

const { code } = await run("skopeo", ["--version"], ".");
if (code !== 0)
  console.log(
    "skipped: skopeo is not installed, which is the OCI client that looks (apt-get install skopeo)",
  );

// What another project's OCI client makes of a release, its registry and its signature.
describe.skipIf(code !== 0)("a release in a registry", () => {
  let registry: OciRegistry;
  const folder = temporaryFolder();
  let digest: string;
  const repository = () => `${registry.host}/fleet/platform`;
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const stranger = generateKeyPairSync("ec", { namedCurve: "prime256v1" }).privateKey;

  beforeAll(async () => {
    registry = await startRegistry();
    const git = new Git((await stagedFleet()).root);
    for (const [tag, key] of [
      ["1.0.0", privateKey],
      ["1.0.1", undefined],
    ] as const) {
      await git.run(["tag", "--force", "--annotate", "--message", tag, tag]);
      const request = {
        bundle: "platform",
        tag,
        url: `oci://${repository()}`,
        source: "https://git.example.com/fleet.git",
      };
      const packed = await packBundle(git, request);
      await pushArtifact(request, packed, {
        insecure: true,
        signer: key && keySigner(key),
        credentials: () => Promise.resolve(undefined),
      });
      if (tag === "1.0.0") digest = packed.image.digest;
    }
  }, 120_000);
  afterAll(() => registry?.stop());

  const skopeo = (...args: string[]) => run("skopeo", args, folder);
  /** Copies what `:TAG` or `@DIGEST` names: skopeo checks each blob against its digest. @returns the manifest */
  const copied = async (reference: string, to: string) => {
    const ended = await skopeo(
      "--insecure-policy",
      "copy",
      "--src-tls-verify=false",
      `docker://${repository()}${reference}`,
      `dir:${join(folder, to)}`,
    );
    if (ended.code !== 0) throw new Error(ended.stderr);
    return readFileSync(join(folder, to, "manifest.json"));
  };
  const blob = (of: string, blobDigest: string) => join(folder, of, blobDigest.slice("sha256:".length));
  /** Whether OpenSSL finds that the key's owner signed a file. */
  const verifies = async (file: string, signature: string, key: typeof privateKey) => {
    const [publicKey, signed] = [join(folder, "key.pub"), join(folder, "signature")];
    writeFileSync(publicKey, createPublicKey(key).export({ type: "spki", format: "pem" }));
    writeFileSync(signed, Buffer.from(signature, "base64"));
    return (
      (await run("openssl", ["dgst", "-sha256", "-verify", publicKey, "-signature", signed, file], folder))
        .code === 0
    );
  };

  it("is listed under its tag", async () => {
    const { stdout } = await skopeo("list-tags", "--tls-verify=false", `docker://${repository()}`);
    expect((JSON.parse(stdout) as { Tags: string[] }).Tags).toEqual(
      expect.arrayContaining(["1.0.0", "1.0.1", digest.replace(":", "-")]),
    );
  });

  it("has the digest that its tag gives, with Flux's media types", async () => {
    const { stdout, stderr } = await skopeo(
      "inspect",
      "--raw",
      "--tls-verify=false",
      `docker://${repository()}@${digest}`,
    );
    expect(stderr).toBe("");
    expect(digestOf(Buffer.from(stdout))).toBe(digest);
    expect(JSON.parse(stdout)).toMatchObject({
      config: { mediaType: "application/vnd.cncf.flux.config.v1+json" },
      layers: [{ mediaType: "application/vnd.cncf.flux.content.v1.tar+gzip" }],
    });
  });

  it("is copied whole, each blob of its digest", async () => {
    const manifest = await copied(":1.0.0", "release");
    expect(digestOf(manifest)).toBe(digest);
    const { layers } = JSON.parse(manifest.toString()) as { layers: { digest: string }[] };
    for (const layer of layers)
      expect(digestOf(readFileSync(blob("release", layer.digest)))).toBe(layer.digest);
  });

  it("has a signature of its digest beside it, by the key's owner and nobody else", async () => {
    // The list of what refers to it, which this registry has under a tag.
    const { stdout } = await skopeo(
      "inspect",
      "--raw",
      "--tls-verify=false",
      `docker://${repository()}:${digest.replace(":", "-")}`,
    );
    const { manifests } = JSON.parse(stdout) as { manifests: { digest: string }[] };
    expect(manifests).toHaveLength(1);
    const manifest = await copied(`@${manifests[0]!.digest}`, "signature-image");
    const { layers, subject } = JSON.parse(manifest.toString()) as {
      layers: { digest: string }[];
      subject: { digest: string };
    };
    expect(subject.digest).toBe(digest);
    const { dsseEnvelope } = JSON.parse(readFileSync(blob("signature-image", layers[0]!.digest), "utf8")) as {
      dsseEnvelope: { payload: string; payloadType: string; signatures: { sig: string }[] };
    };
    const statement = Buffer.from(dsseEnvelope.payload, "base64").toString();
    expect(JSON.parse(statement)).toMatchObject({
      subject: [{ digest: { sha256: digest.slice("sha256:".length) } }],
    });
    const signature = dsseEnvelope.signatures[0]!.sig;
    const signed = (text: string, name: string) => {
      const { payloadType } = dsseEnvelope;
      const file = join(folder, name);
      writeFileSync(file, `DSSEv1 ${payloadType.length} ${payloadType} ${text.length} ${text}`);
      return file;
    };
    expect(await verifies(signed(statement, "signed"), signature, privateKey)).toBe(true);
    expect(await verifies(signed(statement, "signed"), signature, stranger)).toBe(false);
    const changed = statement.replace(digest.slice("sha256:".length), "0".repeat(64));
    expect(await verifies(signed(changed, "changed"), signature, privateKey)).toBe(false);
  });

  it("that nobody signed has no signature", async () => {
    const unsigned = digestOf(await copied(":1.0.1", "unsigned"));
    await expect(copied(`:${unsigned.replace(":", "-")}`, "none")).rejects.toThrow(/manifest unknown/);
  });
});
