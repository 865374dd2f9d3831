import type { KeyObject } from "node:crypto";
import { UserError } from "../fleet/user-error.ts";
import type { Git } from "../git/git.ts";
import { fluxArtifact, type Image } from "./artifact.ts";
import { parseRepository } from "./reference.ts";
import { Registry, type RegistryOptions } from "./registry.ts";
import { bundleAt } from "./release-files.ts";
import { isSignedBy, signatureImage, signaturesOf, signatureTag, signDigest } from "./signature.ts";

/** A release to make of a bundle. */
export interface ArtifactRequest {
  readonly bundle: string;
  /** The folder to pack, relative to the repository's root, where it is no bundle of a fleet. @default the bundle's */
  readonly path?: string;
  /** The release's version, which becomes the artifact's tag: `1.4.2`. */
  readonly tag: string;
  /** The commit to pack. @default the git tag of the same name */
  readonly revision?: string;
  /** The repository of the artifact: `oci://registry.example.com/fleet/platform`. */
  readonly url: string;
  /** The URL of the git repository, which the artifact names as its source. */
  readonly source: string;
}

/** An artifact, packed and not yet pushed. */
export interface PackedArtifact {
  readonly image: Image;
  /** `<tag>@sha1:<commit>`. */
  readonly revision: string;
  /** How many files it holds. */
  readonly files: number;
}

/** What pushing did. */
export interface PushOutcome {
  /** Whether the registry had the same artifact under the tag already. */
  readonly artifact: "pushed" | "there already";
  readonly signature: "pushed" | "there already" | "none";
}

/**
 * Packs a bundle as it is at a commit. The same commit, tag and source give the same bytes on any machine.
 * @throws UserError if the commit or the bundle is not there
 */
export async function packBundle(
  git: Git,
  { bundle, path, tag, revision = `refs/tags/${tag}`, source }: ArtifactRequest,
): Promise<PackedArtifact> {
  const { commit, committed, files } = await bundleAt(git, revision, { bundle, path }, tag);
  const origin = { source, revision: `${tag}@sha1:${commit}`, created: committed };
  return { image: fluxArtifact(files, origin), revision: origin.revision, files: files.size };
}

/**
 * Pushes an artifact under its tag and signs it. Done again it changes nothing, and a release is never replaced:
 * clusters that track its tag trust it to stay as it was.
 * @throws UserError if the tag holds something else, or the registry says no
 */
export async function pushArtifact(
  { url, tag }: ArtifactRequest,
  { image }: PackedArtifact,
  { key, ...options }: RegistryOptions & { readonly key?: KeyObject | undefined },
): Promise<PushOutcome> {
  const repository = parseRepository(url);
  const registry = new Registry(repository, options);
  const found = await registry.manifest(tag);
  if (found !== undefined && found.digest !== image.digest)
    throw new UserError({
      where: `${url}:${tag}`,
      message: `the registry has another artifact under this tag (${found.digest})`,
      remedy: "a release is never replaced: make the next version",
    });
  // The signature first: a cluster that sees the tag finds it signed.
  const signature = key === undefined ? "none" : await pushSignature(registry, repository, image.digest, key);
  if (found === undefined) await registry.push(tag, image);
  return { artifact: found === undefined ? "pushed" : "there already", signature };
}

async function pushSignature(
  registry: Registry,
  { host, name }: { host: string; name: string },
  digest: string,
  key: KeyObject,
): Promise<"pushed" | "there already"> {
  const tag = signatureTag(digest);
  const present = await registry.manifest(tag);
  const signatures = present === undefined ? [] : await signaturesOf(present, (of) => registry.blob(of));
  if (signatures.some((signature) => isSignedBy(signature, digest, key))) return "there already";
  await registry.push(tag, signatureImage([...signatures, signDigest(`${host}/${name}`, digest, key)]));
  return "pushed";
}
