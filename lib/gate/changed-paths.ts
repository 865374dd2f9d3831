import type { Git } from "../git/git.ts";

/** The paths that differ between two revisions, what was renamed under both names. */
export async function changedPaths(git: Git, base: string, merged: string): Promise<string[]> {
  const trees = [base, merged].map((revision) => `${revision}^{tree}`);
  const list = await git.run(["diff-tree", "-r", "--name-only", "--no-renames", "-z", ...trees]);
  return list.split("\0").filter((path) => path !== "");
}
