import { bundleFromJSON } from "@sigstore/bundle";
import { TrustedRoot } from "@sigstore/protobuf-specs";
import { toSignedEntity, toTrustMaterial, Verifier } from "@sigstore/verify";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { fluxArtifact } from "../../../lib/artifact/artifact.ts";
import { type KeylessSettings, keylessSigner } from "../../../lib/artifact/keyless.ts";
import { pushArtifact } from "../../../lib/artifact/push.ts";
import { Registry } from "../../../lib/artifact/registry.ts";
import { statementOf } from "../../../lib/artifact/signature.ts";
import { UserError } from "../../../lib/fleet/user-error.ts";
import { identityToken, type Sigstore, startSigstore } from "../../support/sigstore.ts";
import { type MemoryRegistry, startMemoryRegistry } from "./memory-registry.ts";

const workflow = "https://github.com/example/fleet/.github/workflows/release.yml@refs/tags/1.0.0";
const issuer = "https://token.actions.githubusercontent.com";
const ours = identityToken(workflow, issuer);

let sigstore: Sigstore;
const registries: MemoryRegistry[] = [];
beforeAll(async () => {
  sigstore = await startSigstore();
});
afterAll(() => sigstore.stop());
afterEach(async () => {
  vi.unstubAllEnvs();
  delete sigstore.down.fulcio;
  delete sigstore.down.rekor;
  await Promise.all(registries.splice(0).map((registry) => registry.stop()));
});

const image = fluxArtifact(new Map([["one.yaml", { content: Buffer.from("kind: One\n") }]]), {
  source: "https://git.example.com/fleet.git",
  revision: "1.0.0@sha1:0000000000000000000000000000000000000000",
  created: "2026-01-01T00:00:00Z",
});
const packed = { image, revision: "1.0.0", files: 1 };

async function registry(...options: Parameters<typeof startMemoryRegistry>): Promise<MemoryRegistry> {
  const started = await startMemoryRegistry(...options);
  registries.push(started);
  return started;
}
const as = (token: string, settings: KeylessSettings = {}) =>
  keylessSigner({
    fulcio: sigstore.fulcio,
    rekor: sigstore.rekor,
    identity: { getToken: () => Promise.resolve(token) },
    retries: 0,
    ...settings,
  });
async function push({ host }: MemoryRegistry, signer = as(ours)) {
  const request = { bundle: "platform", tag: "1.0.0", url: `oci://${host}/fleet/platform`, source: "x" };
  const access = { insecure: true, patience: 1, credentials: () => Promise.resolve(undefined) };
  return pushArtifact(request, packed, { ...access, signer: await signer });
}
/** What an image's referrers hold, as a client of the registry finds them. */
async function bundles({ host }: MemoryRegistry) {
  const client = new Registry(
    { host, name: "fleet/platform" },
    { insecure: true, credentials: () => Promise.resolve(undefined) },
  );
  return Promise.all(
    (await client.referrers(image.digest)).map(async ({ digest }) => {
      const found = (await client.manifest(digest))!;
      return bundleFromJSON(JSON.parse((await client.blob(found.layers[0]!.digest)).toString()));
    }),
  );
}
const verifier = (trust = sigstore) =>
  new Verifier(toTrustMaterial(TrustedRoot.fromJSON(trust.trustedRoot)), {
    tlogThreshold: 1,
    ctlogThreshold: 1,
    timestampThreshold: 1,
  });

describe("signing without a key", () => {
  for (const api of [false, true])
    it(`is verified by sigstore's own verifier, ${api ? "found by the registry" : "found by the tag that stands for a registry's list"}`, async () => {
      const to = await registry("nobody", { referrers: api });
      expect(await push(to)).toEqual({ artifact: "pushed", signature: "pushed" });
      const [bundle, ...others] = await bundles(to);
      expect(others).toEqual([]);
      const signer = verifier().verify(toSignedEntity(bundle!), {
        subjectAlternativeName: workflow,
        extensions: { issuer },
      });
      expect(signer.identity?.subjectAlternativeName).toBe(workflow);
      expect(bundle!.content.$case === "dsseEnvelope" && bundle!.content.dsseEnvelope.payload).toEqual(
        statementOf(image.digest),
      );
    });

  it("is refused of somebody else, and of another Fulcio and Rekor", async () => {
    const to = await registry();
    await push(to);
    const entity = toSignedEntity((await bundles(to))[0]!);
    expect(() =>
      verifier().verify(entity, { subjectAlternativeName: "https://github.com/x", extensions: { issuer } }),
    ).toThrow(/identity/);
    const other = await startSigstore();
    try {
      expect(() => verifier(other).verify(entity)).toThrow();
    } finally {
      await other.stop();
    }
  });

  it("done again records nothing more, and another identity's signature stands beside it", async () => {
    const to = await registry();
    await push(to);
    const before = new Map(to.manifests);
    const recorded = () => sigstore.requests.filter((each) => each.includes("/log/entries")).length;
    const entries = recorded();
    expect(await push(to)).toEqual({ artifact: "there already", signature: "there already" });
    expect(to.manifests).toEqual(before);
    expect(recorded()).toBe(entries);
    // The same subject by another issuer is somebody else.
    expect(await push(to, as(identityToken(workflow)))).toMatchObject({ signature: "pushed" });
    expect(await bundles(to)).toHaveLength(2);
  });

  it("takes the token of GitLab's job, or any other's, from SIGSTORE_ID_TOKEN", async () => {
    vi.stubEnv(
      "SIGSTORE_ID_TOKEN",
      identityToken("https://gitlab.com/example/fleet//.gitlab-ci.yml@refs/tags/1.0.0"),
    );
    const to = await registry();
    const { fulcio, rekor } = sigstore;
    await push(to, keylessSigner({ fulcio, rekor }));
    const signer = verifier().verify(toSignedEntity((await bundles(to))[0]!));
    expect(signer.identity?.subjectAlternativeName).toMatch(/^https:\/\/gitlab\.com/);
  });
});

describe("signing without a key that fails", () => {
  /** @returns the problem, after seeing that the registry was not written to, and that no token is in it */
  async function problem(signer: Promise<unknown> & ReturnType<typeof keylessSigner>, token = ours) {
    const to = await registry();
    const error = await push(to, signer).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(UserError);
    expect(to.requests.filter((each) => !each.startsWith("GET"))).toEqual([]);
    expect(to.manifests.size + to.blobs.size).toBe(0);
    const text = JSON.stringify((error as UserError).problems) + (error as Error).message;
    expect(text).not.toContain(token);
    for (const part of token.split(".").slice(1)) expect(text).not.toContain(part);
    return (error as UserError).problems[0]!;
  }

  it("says that the job has no token, and how it gets one", async () => {
    for (const name of [
      "SIGSTORE_ID_TOKEN",
      "ACTIONS_ID_TOKEN_REQUEST_URL",
      "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    ])
      vi.stubEnv(name, "");
    const { fulcio, rekor } = sigstore;
    expect(await problem(keylessSigner({ fulcio, rekor }))).toMatchObject({
      message: "the CI gives no identity token",
      remedy: expect.stringMatching(/id-token: write.*SIGSTORE_ID_TOKEN/) as string,
    });
  });

  it("says that a token is none, without showing it", async () => {
    for (const token of ["a-secret-that-is-no-token", "eyJhbGciOiJub25lIn0.c2VjcmV0LWluc2lkZQ.c2lnbmF0dXJl"])
      expect(await problem(as(token), token)).toMatchObject({ message: /no JSON Web Token/ });
  });

  it("says that Fulcio refuses, even where Fulcio's answer repeats the request", async () => {
    sigstore.down.fulcio = 403;
    const { where, message } = await problem(as(ours));
    expect(where).toBe(sigstore.fulcio);
    expect(message).toMatch(/Fulcio gives no certificate: \(403\)/);
  });

  it("says that Rekor fails, or that either is not there", async () => {
    sigstore.down.rekor = 500;
    expect(await problem(as(ours))).toMatchObject({
      where: sigstore.rekor,
      message: expect.stringMatching(/Rekor does not record the signature: \(500\)/) as string,
    });
    const nowhere = "http://127.0.0.1:1";
    expect(await problem(as(ours, { fulcio: nowhere }))).toMatchObject({
      where: nowhere,
      message: expect.stringMatching(/Fulcio gives no certificate: .*(ECONNREFUSED|bad port)/) as string,
      remedy: expect.stringContaining("nothing was pushed") as string,
    });
    expect(await problem(as(ours, { rekor: nowhere }))).toMatchObject({ where: nowhere });
  });

  it("sends no token over plain HTTP", async () => {
    await expect(keylessSigner({ fulcio: "http://fulcio.example.com" })).rejects.toThrow(/no https/);
    await expect(keylessSigner({ rekor: "rekor" })).rejects.toThrow(/no https/);
  });
});
