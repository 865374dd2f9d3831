import type { Git } from "../git/git.ts";
import type { Blob } from "../git/three-way.ts";
import { findSource } from "./across.ts";
import type { OpenSandbox } from "./open.ts";
import { cloneFiles, type ClusterPlace, placeOfCluster } from "./source.ts";

/** What a sandbox is a clone of, in its own repository or in another. */
export interface SandboxSource extends ClusterPlace {
  /** The newest commit of its repository, where that is another. */
  readonly elsewhere?: string;
  /**
   * What a clone of it would begin with now.
   * @param commit of this repository. A source in another is as that one's main branch has it
   */
  readonly filesNow: (commit: string) => Promise<Map<string, Blob>>;
}

/**
 * Finds a sandbox's source. One in another repository is fetched.
 * @returns undefined where it has gone
 * @throws UserError where another repository cannot be fetched, or has no such cluster any more
 */
export async function sourceOf(
  git: Git,
  { name, sandbox, tree }: OpenSandbox,
): Promise<SandboxSource | undefined> {
  const { from, repository } = sandbox;
  if (repository === undefined) {
    const place = await placeOfCluster(git, tree, from);
    return place && { ...place, filesNow: (commit) => cloneFiles(git, commit, place) };
  }
  const { commit, folder, files } = await findSource(git, repository, from, name);
  return {
    ...{ name: from, folder, inTable: false },
    elsewhere: commit,
    filesNow: () => Promise.resolve(new Map(files)),
  };
}
