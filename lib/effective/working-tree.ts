import { copyFile, mkdtemp, rm } from "node:fs/promises";
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
    await copyFile(isAbsolute(index) ? index : join(git.root, index), env.GIT_INDEX_FILE).catch(
      () => undefined,
    );
    await git.run(["add", "--all"], { env });
    return { revision: await git.run(["write-tree"], { env }), name: "the working tree" };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
