import { createHash, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { type Bundle, bundleFromJSON, bundleToJSON, toDSSEBundle } from "@sigstore/bundle";
import { type Image, image, type Subject } from "./artifact.ts";

/** A signature of an image's digest with what it is verified by. */
export type { Bundle } from "@sigstore/bundle";

/** Who signs: the owner of a key, or an identity that a certificate authority knows. */
export interface Signer {
  /**
   * Signs a statement.
   * @param present the signatures that are there already
   * @returns undefined if one of them is this signer's
   */
  sign(statement: Buffer, present: readonly Bundle[]): Promise<Bundle | undefined>;
}

/** Media type of a bundle: https://docs.sigstore.dev/about/bundle/ */
const bundleType = "application/vnd.dev.sigstore.bundle.v0.3+json";
/** What a statement says of an image that it names: that the signer signed it. */
const signed = "https://sigstore.dev/cosign/sign/v1";
export const statementType = "application/vnd.in-toto+json";

/** The statement that cosign signs of an image: https://github.com/sigstore/cosign/blob/main/specs/BUNDLE_SPEC.md */
export function statementOf(digest: string): Buffer {
  const [algorithm, value] = digest.split(":") as [string, string];
  return Buffer.from(
    JSON.stringify({
      _type: "https://in-toto.io/Statement/v1",
      subject: [{ digest: { [algorithm]: value } }],
      predicateType: signed,
      predicate: {},
    }),
  );
}

/** What is signed of a payload: DSSE's pre-authentication encoding. */
export function encodedForSigning(payload: Buffer): Buffer {
  return Buffer.concat([
    Buffer.from(`DSSEv1 ${statementType.length} ${statementType} ${payload.length} `),
    payload,
  ]);
}

/** Signs as the owner of a key. */
export function keySigner(key: KeyObject): Signer {
  const publicKey = createPublicKey(key);
  const hint = createHash("sha256")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest("base64");
  return {
    sign(statement, present) {
      if (present.some((bundle) => signs(bundle, statement, publicKey))) return Promise.resolve(undefined);
      const bundle = toDSSEBundle({
        artifact: statement,
        artifactType: statementType,
        signature: sign("sha256", encodedForSigning(statement), key),
        keyHint: hint,
        certificateChain: false,
      });
      // The envelope names no key: cosign would take the hint for another's, by a fingerprint of its own.
      for (const signature of bundle.content.dsseEnvelope.signatures) signature.keyid = "";
      return Promise.resolve(bundle);
    },
  };
}

/** Whether a bundle has the signature of a statement by the key's owner. */
export function signs({ content }: Bundle, statement: Buffer, publicKey: KeyObject): boolean {
  if (content.$case !== "dsseEnvelope") return false;
  const { payload, payloadType, signatures } = content.dsseEnvelope;
  if (payloadType !== statementType || !statement.equals(payload)) return false;
  return signatures.some(({ sig }) => verify("sha256", encodedForSigning(statement), publicKey, sig));
}

/** A bundle as an image that refers to what it signs, as `cosign sign` makes it. */
export function signatureImage(bundle: Bundle, subject: Subject): Image {
  return image(
    { mediaType: "application/vnd.oci.empty.v1+json", content: Buffer.from("{}") },
    [{ mediaType: bundleType, content: Buffer.from(JSON.stringify(bundleToJSON(bundle))) }],
    { "dev.sigstore.bundle.content": "dsse-envelope", "dev.sigstore.bundle.predicateType": signed },
    { artifactType: bundleType, subject },
  );
}

/** The bundle in such an image's layer, or undefined if it is none. */
export function readBundle(content: Buffer): Bundle | undefined {
  try {
    return bundleFromJSON(JSON.parse(content.toString()));
  } catch {
    return undefined;
  }
}
