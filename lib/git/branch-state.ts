import type { Problem } from "../fleet/user-error.ts";
import { changesInTheWay } from "./clean.ts";
import type { Git } from "./git.ts";

/** Where a repository stands. */
export interface BranchState {
  /** The branch that is checked out; undefined where HEAD is detached. */
  readonly branch: string | undefined;
  /** The commit that is checked out; undefined in a repository without one. */
  readonly head: string | undefined;
  /** Why no commit can be put on the branch: told together. */
  readonly problems: readonly Problem[];
}

/**
 * Whether a commit can be put on the branch that is checked out, and go to where it was cloned from.
 * @param ignored a path whose uncommitted change is in nobody's way
 */
export async function branchState(git: Git, ignored?: string): Promise<BranchState> {
  const [branch, head, dirty] = await Promise.all([
    git.try(["symbolic-ref", "--quiet", "--short", "HEAD"]),
    git.commit("HEAD"),
    changesInTheWay(git, ignored),
  ]);
  const problems: Problem[] = dirty === undefined ? [] : [dirty];
  if (head === undefined)
    problems.push({
      where: git.root,
      message: "the repository has no commit yet",
      remedy: "commit the fleet first",
    });
  else if (branch === undefined)
    problems.push({
      where: git.root,
      message: `HEAD is detached at ${head.slice(0, 10)}: a commit would be on no branch`,
      remedy: "git switch BRANCH",
    });
  else {
    const counts = await git.try(["rev-list", "--left-right", "--count", "HEAD...@{upstream}", "--"]);
    const [ahead = 0, behind = 0] = (counts ?? "").split("\t").map(Number);
    const upstream = behind > 0 ? await git.try(["rev-parse", "--abbrev-ref", "@{upstream}"]) : undefined;
    if (behind > 0)
      problems.push({
        where: branch,
        message:
          ahead > 0
            ? `has diverged from ${upstream}: ${ahead} commits here, ${behind} there`
            : `is ${behind} commit${behind === 1 ? "" : "s"} behind ${upstream}`,
        remedy: ahead > 0 ? "git pull --rebase, or git merge @{upstream}" : "git pull --ff-only",
      });
  }
  return { branch, head, problems };
}
