import type { Problem } from "../fleet/user-error.ts";
import type { Git } from "./git.ts";

/**
 * Uncommitted changes and untracked files, as the problem that they are, or undefined in a clean tree.
 * @param ignored a path whose change is in nobody's way
 */
export async function changesInTheWay(git: Git, ignored?: string): Promise<Problem | undefined> {
  const status = await git.run(["status", "--porcelain=v1", "--untracked-files=normal", "-z"]);
  if (status === "") return undefined;
  const paths = status
    .split("\0")
    .filter((entry) => entry !== "")
    .map((entry) => entry.slice(3))
    .filter((path) => path !== ignored);
  if (paths.length === 0) return undefined;
  const shown = paths.slice(0, 5).join(", ");
  return {
    where: git.root,
    message: `uncommitted changes are in the way: ${shown}${paths.length > 5 ? `, … (${paths.length})` : ""}`,
    remedy: "commit them, or put them aside: git stash --include-untracked",
  };
}
