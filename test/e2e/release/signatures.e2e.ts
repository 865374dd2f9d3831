import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fluxArtifact, type Image, subjectOf } from "../../../lib/artifact/artifact.ts";
import { keylessSigner } from "../../../lib/artifact/keyless.ts";
import { pushArtifact } from "../../../lib/artifact/push.ts";
import { parseRepository } from "../../../lib/artifact/reference.ts";
import { Registry } from "../../../lib/artifact/registry.ts";
import { keySigner, signatureImage, type Signer, statementOf } from "../../../lib/artifact/signature.ts";
import { patternOf } from "../../../lib/fleet/verification.ts";
import { identityToken, type Sigstore, startSigstore } from "../../support/sigstore.ts";
import {
  type ControlPlane,
  type OciRegistry,
  startControlPlane,
  startRegistry,
} from "../control-plane/index.ts";
import { eventually, readyOf } from "../support/flux-state.ts";

const issuer = "https://token.actions.githubusercontent.com";
const subjectAt = (tag: string) =>
  `https://github.com/example/fleet/.github/workflows/release.yml@refs/tags/${tag}`;
const workflow = /https:\/\/github\.com\/example\/fleet\/\.github\/workflows\/release\.yml@refs\/tags\/.+/;

// Whose artifacts the real source-controller takes. Its trusted root is that of the Fulcio and Rekor here.
describe("a signature", () => {
  let plane: ControlPlane;
  let registry: OciRegistry;
  let sigstore: Sigstore;
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const stranger = generateKeyPairSync("ec", { namedCurve: "prime256v1" }).privateKey;

  beforeAll(async () => {
    [plane, registry, sigstore] = await Promise.all([
      startControlPlane({ nodes: 1, flux: ["source-controller"] }),
      startRegistry(),
      startSigstore(),
    ]);
    const secret = (name: string, stringData: Record<string, string>) =>
      plane.client.apply({
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name, namespace: "flux-system" },
        stringData,
      });
    await secret("keys", {
      "release.pub": createPublicKey(privateKey).export({ type: "spki", format: "pem" }).toString(),
    });
    await secret("root", { "trusted_root.json": JSON.stringify(sigstore.trustedRoot) });
  }, 120_000);
  afterAll(() => Promise.all([plane?.stop(), registry?.stop(), sigstore?.stop()]), 60_000);

  const packed = (name: string): Image =>
    fluxArtifact(new Map([["settings.yaml", { content: Buffer.from(`name: ${name}\n`) }]]), {
      source: "https://git.example.com/fleet.git",
      revision: `${name}@sha1:0000000000000000000000000000000000000000`,
      created: "2026-01-01T00:00:00Z",
    });
  const access = { insecure: true, credentials: () => Promise.resolve(undefined) };
  const urlOf = (name: string) => `oci://${registry.host}/fleet/${name}`;
  const push = (name: string, signer: Signer | undefined, image = packed(name)) =>
    pushArtifact(
      { bundle: name, tag: "1.0.0", url: urlOf(name), source: "x" },
      { image, revision: "1.0.0", files: 1 },
      { ...access, signer },
    );
  const as = (subject: string, by = issuer) =>
    keylessSigner({
      fulcio: sigstore.fulcio,
      rekor: sigstore.rekor,
      identity: { getToken: () => Promise.resolve(identityToken(subject, by)) },
    });
  const byKey = { provider: "cosign", secretRef: { name: "keys" } };
  const byIdentity = {
    provider: "cosign",
    matchOIDCIdentity: [{ issuer: patternOf(issuer), subject: patternOf(workflow) }],
    trustedRootSecretRef: { name: "root" },
  };
  /** What source-controller says of an artifact, once it has looked at it. */
  const verdict = async (name: string, verify: object) => {
    const source = {
      apiVersion: "source.toolkit.fluxcd.io/v1",
      kind: "OCIRepository",
      metadata: { name, namespace: "flux-system" },
    };
    await plane.client.apply({
      ...source,
      spec: { interval: "10m", insecure: true, url: urlOf(name), ref: { semver: "1.x" }, verify },
    });
    const found = await eventually(`a verdict on ${name}`, async () => {
      const object = (await plane.client.get(source))!;
      const condition = object.status?.conditions?.find(({ type }) => type === "SourceVerified");
      const isDecided = condition?.status === "False" || readyOf(object)?.ready === true;
      return condition === undefined || !isDecided ? undefined : { object, condition };
    });
    const artifact = (found.object.status as { artifact?: { revision: string } }).artifact;
    return { verified: found.condition.status === "True", message: found.condition.message!, artifact };
  };
  const refused = async (name: string, verify: object) => {
    const { verified, artifact, message } = await verdict(name, verify);
    expect({ verified, artifact }).toEqual({ verified: false, artifact: undefined });
    expect(message).toContain("failed to verify the signature");
    return message;
  };
  const taken = async (name: string, verify: object) => {
    const { verified, artifact, message } = await verdict(name, verify);
    expect(message).toContain("verified signature");
    expect(verified).toBe(true);
    expect(artifact?.revision).toBe(`1.0.0@${packed(name).digest}`);
  };

  it("without a key is taken from the workflow that the fleet names", async () => {
    await push("ours", await as(subjectAt("1.0.0")));
    await taken("ours", byIdentity);
  });

  it("without a key is refused from every other identity, and where the fleet asks for a key", async () => {
    await push(
      "other-workflow",
      await as("https://github.com/example/fleet/.github/workflows/ci.yml@refs/tags/1"),
    );
    expect(await refused("other-workflow", byIdentity)).toMatch(/identit|SAN/i);
    // The pattern is of the whole: nobody gets in with a name that contains ours.
    await push("longer", await as(`https://evil.example.com/?${subjectAt("1.0.0")}`));
    await refused("longer", byIdentity);
    await push("other-issuer", await as(subjectAt("1.0.0"), "https://ci.example.com"));
    await refused("other-issuer", byIdentity);
    await push("keyless-for-key", await as(subjectAt("1.0.0")));
    await refused("keyless-for-key", byKey);
  });

  it("without a key is refused from a Fulcio and Rekor that are not trusted", async () => {
    const others = await startSigstore();
    try {
      const signer = await keylessSigner({
        fulcio: others.fulcio,
        rekor: others.rekor,
        identity: { getToken: () => Promise.resolve(identityToken(subjectAt("1.0.0"), issuer)) },
      });
      await push("other-sigstore", signer);
    } finally {
      await others.stop();
    }
    await refused("other-sigstore", byIdentity);
  });

  it("by the key is taken, by another or for an identity not", async () => {
    await push("by-key", keySigner(privateKey));
    await taken("by-key", byKey);
    await push("by-stranger", keySigner(stranger));
    await refused("by-stranger", byKey);
    await push("key-for-identity", keySigner(privateKey));
    await refused("key-for-identity", byIdentity);
    await push("by-both-keys", keySigner(stranger));
    await push("by-both-keys", keySigner(privateKey));
    await taken("by-both-keys", byKey);
  });

  it("that there is none of, or that is of another artifact, is refused", async () => {
    await push("unsigned", undefined);
    await refused("unsigned", byKey);
    // Who may write to the registry puts a true signature beside something else.
    // For a key source-controller says of no signature why it does not count.
    for (const [name, signer, verify, why] of [
      ["moved-key", keySigner(privateKey), byKey, /no matching signatures/],
      ["moved-identity", await as(subjectAt("1.0.0")), byIdentity, /digest/i],
    ] as const) {
      const bundle = (await signer.sign(statementOf(packed("true").digest), []))!;
      const image = packed(name);
      const to = new Registry(parseRepository(urlOf(name)), access);
      await to.push(image.digest, image);
      await to.pushReferrer(signatureImage(bundle, subjectOf(image)));
      await to.push("1.0.0", image);
      expect(await refused(name, verify)).toMatch(why);
    }
  });
});
