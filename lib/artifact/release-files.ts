import { UserError } from "../fleet/user-error.ts";
import { filesAt } from "../git/commit-files.ts";
import type { Git } from "../git/git.ts";
import { readBlob } from "../git/read-blob.ts";
import { bundleFolder, contractFile } from "../synth/paths.ts";
import type { ArchiveFile } from "./archive.ts";

/** A bundle as a commit has it. */
export interface BundleAtCommit {
  readonly commit: string;
  /** When it was released, which is when its annotated tag was made, or else when it was committed: RFC 3339, UTC. */
  readonly committed: string;
  /** By path relative to the bundle's folder. */
  readonly files: ReadonlyMap<string, ArchiveFile>;
}

/**
 * Reads a bundle's generated folder from git, whatever is checked out: what a release packs depends on its
 * commit alone. Symbolic links are left out, as Flux leaves them out.
 * @param path another folder of the repository, in the place of a bundle's
 * @param tag the release: where it is an annotated tag of the commit, its time counts
 * @throws UserError if there is no such revision, or no such bundle at it
 */
export async function bundleAt(
  git: Git,
  revision: string,
  { bundle, path }: { readonly bundle: string; readonly path?: string | undefined },
  tag: string,
): Promise<BundleAtCommit> {
  const commit = await git.commit(revision);
  if (commit === undefined)
    throw new UserError({
      where: revision,
      message: "git knows no such revision here",
      remedy: "fetch the releases (git fetch --tags origin), or name a commit with --revision",
    });
  const folder = path?.replace(/^\.\/|\/+$/g, "") ?? bundleFolder(bundle);
  const entries = await filesAt(git, commit, folder);
  if (path !== undefined && entries.size === 0)
    throw new UserError({
      where: `${revision}:${folder}`,
      message: "the commit has no such folder, or nothing in it",
      remedy: "name a folder relative to the repository's root, and commit what belongs into it",
    });
  if (path === undefined && !entries.has(contractFile(bundle)))
    throw new UserError({
      where: `${revision}:${folder}`,
      message: `the commit has no bundle '${bundle}'`,
      remedy: "commit what sluice synth writes",
    });
  const files = new Map<string, ArchiveFile>();
  for (const [path, { mode, blob }] of entries)
    if (mode !== "120000")
      files.set(path.slice(folder.length + 1), {
        content: await readBlob(git, blob),
        ...(mode === "100755" ? { executable: true } : {}),
      });
  const isTagged = (await git.commit(`refs/tags/${tag}`)) === commit;
  const tagged = isTagged
    ? await git.run(["for-each-ref", "--format=%(taggerdate:unix)", `refs/tags/${tag}`])
    : "";
  const seconds = Number(tagged || (await git.run(["show", "--no-patch", "--format=%ct", commit])));
  return { commit, committed: new Date(1000 * seconds).toISOString().replace(".000Z", "Z"), files };
}
