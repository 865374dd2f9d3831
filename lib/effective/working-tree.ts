import { copyFile, mkdtemp, rm, stat, utimes } from "node:fs/promises";
import { tmpdir } from "node:os";
import { isAbsolute, join } from "node:path";
import type { Git } from "../git/git.ts";

/** A revision of a repository, and how people know it. */
export interface NamedRevision {
  readonly revision: string;
  readonly name: string;
}

/** The tree of the working tree, untracked manifests included. Neither the index nor any file is touched. */
export async function workingTree(git: Git): Promise<NamedRevision> {
  const changed = await git.run(["status", "--porcelain", "--untracked-files=normal"]);
  if (changed === "") return { revision: "HEAD", name: "HEAD" };
  const folder = await mkdtemp(join(tmpdir(), "sluice-index-"));
  try {
    const index = await git.run(["rev-parse", "--git-path", "index"]);
    const env = { GIT_INDEX_FILE: join(folder, "index") };
    await copyIndex(isAbsolute(index) ? index : join(git.root, index), env.GIT_INDEX_FILE);
    await git.run(["add", "--all"], { env });
    return { revision: await git.run(["write-tree"], { env }), name: "the working tree" };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Copies the index with its time, which tells git what it has to look into: a file of the same size that was changed
 * within the second in which the index was written looks unchanged beside a newer index (git's racy-git.txt).
 */
async function copyIndex(from: string, to: string): Promise<void> {
  try {
    await copyFile(from, to);
    const seconds = Math.floor((await stat(from)).mtimeMs / 1000);
    await utimes(to, seconds, seconds);
  } catch (error) {
    // A repository without any commit may have none.
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}
