import { createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { type Blob, image, type Image } from "./artifact.ts";
import type { FoundManifest } from "./registry.ts";

/** Media type of what cosign signs: https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md */
const payloadType = "application/vnd.dev.cosign.simplesigning.v1+json";
const signatureKey = "dev.cosignproject.cosign/signature";

/** The tag under which cosign looks for an image's signatures, beside the image. */
export function signatureTag(digest: string): string {
  return `${digest.replace(":", "-")}.sig`;
}

/** Signs an image's digest. The signature differs each time; the image does not change. */
export function signDigest(repository: string, digest: string, key: KeyObject): Blob {
  const content = Buffer.from(
    JSON.stringify({
      critical: {
        identity: { "docker-reference": repository },
        image: { "docker-manifest-digest": digest },
        type: "cosign container image signature",
      },
      optional: null,
    }),
  );
  const annotations = { [signatureKey]: sign("sha256", content, key).toString("base64") };
  return { mediaType: payloadType, content, annotations };
}

/** Whether a payload and its signature say that the key's owner signed the digest. */
export function isSignedBy({ content, annotations }: Blob, digest: string, key: KeyObject): boolean {
  const signature = annotations?.[signatureKey];
  if (signature === undefined) return false;
  if (!verify("sha256", content, createPublicKey(key), Buffer.from(signature, "base64"))) return false;
  const { critical } = JSON.parse(content.toString()) as {
    critical: { image: { "docker-manifest-digest": string } };
  };
  return critical.image["docker-manifest-digest"] === digest;
}

/** The signatures of an image as an image of their own. */
export function signatureImage(signatures: readonly Blob[]): Image {
  const config = {
    architecture: "",
    created: "0001-01-01T00:00:00Z",
    os: "",
    rootfs: { type: "layers", diff_ids: [] },
    config: {},
  };
  return image(
    { mediaType: "application/vnd.oci.image.config.v1+json", content: Buffer.from(JSON.stringify(config)) },
    signatures,
  );
}

/** The signatures that an image has already. @param blob reads the bytes of a digest */
export async function signaturesOf(
  { layers }: FoundManifest,
  blob: (digest: string) => Promise<Buffer>,
): Promise<Blob[]> {
  return Promise.all(
    layers.map(async ({ mediaType, digest, annotations }) => ({
      mediaType,
      content: await blob(digest),
      ...(annotations === undefined ? {} : { annotations }),
    })),
  );
}
