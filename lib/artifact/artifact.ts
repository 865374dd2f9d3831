import { createHash } from "node:crypto";
import { type ArchiveFile, packArchive, tar } from "./archive.ts";

/** A piece of an OCI image: its bytes and what they are. */
export interface Blob {
  readonly mediaType: string;
  readonly content: Buffer;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** An OCI image, ready to be pushed. */
export interface Image {
  /** The manifest's bytes, which its digest is of. */
  readonly manifest: Buffer;
  /** `sha256:…` of the manifest. */
  readonly digest: string;
  /** The config and the layers. */
  readonly blobs: readonly Blob[];
}

/** Media types of an artifact of Flux: https://fluxcd.io/flux/cheatsheets/oci-artifacts/ */
export const fluxConfig = "application/vnd.cncf.flux.config.v1+json";
export const fluxContent = "application/vnd.cncf.flux.content.v1.tar+gzip";

/** What an artifact says about where it is from. */
export interface Origin {
  /** The repository's URL. */
  readonly source: string;
  /** `<tag or branch>@sha1:<commit>`. */
  readonly revision: string;
  /** When the tag, or else the commit, was made, in RFC 3339: not when the artifact was. */
  readonly created: string;
}

/** Packs files as an artifact that source-controller takes: equal files of an equal origin give equal bytes. */
export function fluxArtifact(
  files: ReadonlyMap<string, ArchiveFile>,
  { source, revision, created }: Origin,
): Image {
  const layer = { mediaType: fluxContent, content: packArchive(files) };
  const config = {
    created,
    architecture: "",
    os: "",
    config: {},
    rootfs: { type: "layers", diff_ids: [digestOf(tar(files))] },
  };
  return image({ mediaType: fluxConfig, content: Buffer.from(JSON.stringify(config)) }, [layer], {
    "org.opencontainers.image.created": created,
    "org.opencontainers.image.revision": revision,
    "org.opencontainers.image.source": source,
  });
}

/** What an image refers to: another one's manifest. */
export type Subject = Pick<Descriptor, "mediaType" | "digest" | "size">;

/** An OCI image of a config and layers, which may be about another one. */
export function image(
  config: Blob,
  layers: readonly Blob[],
  annotations?: Readonly<Record<string, string>>,
  about?: { readonly artifactType: string; readonly subject: Subject },
): Image {
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: manifestType,
      ...(about === undefined ? {} : { artifactType: about.artifactType }),
      config: descriptor(config),
      layers: layers.map(descriptor),
      ...(about === undefined ? {} : { subject: about.subject }),
      ...(annotations === undefined ? {} : { annotations }),
    }),
  );
  return { manifest, digest: digestOf(manifest), blobs: [config, ...layers] };
}

/** How an image is referred to. */
export function subjectOf({ manifest, digest }: Image): Subject {
  return { mediaType: manifestType, digest, size: manifest.length };
}

export const manifestType = "application/vnd.oci.image.manifest.v1+json";
export const indexType = "application/vnd.oci.image.index.v1+json";

/** The digest that registries address bytes by. */
export function digestOf(content: Buffer): string {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}

/** What a manifest says about a blob. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

function descriptor({ mediaType, content, annotations }: Blob): Descriptor {
  return {
    mediaType,
    digest: digestOf(content),
    size: content.length,
    ...(annotations === undefined ? {} : { annotations }),
  };
}
