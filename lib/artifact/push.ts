import { UserError } from "../fleet/user-error.ts";
import type { Git } from "../git/git.ts";
import { fluxArtifact, type Image, subjectOf } from "./artifact.ts";
import { parseRepository } from "./reference.ts";
import { Registry, type RegistryOptions } from "./registry.ts";
import { bundleAt } from "./release-files.ts";
import { type Bundle, readBundle, signatureImage, type Signer, statementOf } from "./signature.ts";

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
 * @throws UserError if the tag holds something else, the registry says no, or it cannot be signed
 */
export async function pushArtifact(
  { url, tag }: ArtifactRequest,
  { image }: PackedArtifact,
  { signer, ...options }: RegistryOptions & { readonly signer?: Signer | undefined },
): Promise<PushOutcome> {
  const registry = new Registry(parseRepository(url), options);
  const found = await registry.manifest(tag);
  if (found !== undefined && found.digest !== image.digest)
    throw new UserError({
      where: `${url}:${tag}`,
      message: `the registry has another artifact under this tag (${found.digest})`,
      remedy: "a release is never replaced: make the next version",
    });
  // Signed before anything is pushed, and the tag last: a cluster that sees the tag finds it signed.
  const signature = await signer?.sign(statementOf(image.digest), await signaturesOf(registry, image.digest));
  if (found === undefined) await registry.push(image.digest, image);
  if (signature !== undefined) await registry.pushReferrer(signatureImage(signature, subjectOf(image)));
  if (found === undefined) await registry.push(tag, image);
  return {
    artifact: found === undefined ? "pushed" : "there already",
    signature: signer === undefined ? "none" : signature === undefined ? "there already" : "pushed",
  };
}

/** The signatures that an image has already. */
async function signaturesOf(registry: Registry, digest: string): Promise<Bundle[]> {
  const found: Bundle[] = [];
  for (const referrer of await registry.referrers(digest))
    for (const layer of (await registry.manifest(referrer.digest))?.layers ?? []) {
      if (!layer.mediaType.startsWith("application/vnd.dev.sigstore.bundle")) continue;
      const bundle = readBundle(await registry.blob(layer.digest));
      if (bundle !== undefined) found.push(bundle);
    }
  return found;
}
