import { existsSync } from "node:fs";
import { UserError } from "../fleet/user-error.ts";
import { changesInTheWay } from "../git/clean.ts";
import { advanceBranch } from "../git/commit-files.ts";
import { type Git, GitError } from "../git/git.ts";
import { configFile } from "../stack/stack-config.ts";
import { branchName, type FoundSandbox } from "./find.ts";

/**
 * Moves the branch that a sandbox was found on.
 * @param commit that follows the one it was found at
 * @param undone what has not been done where that fails, for the message @throws UserError
 */
export type MoveBranch = (commit: string, undone: string) => Promise<void>;

/**
 * Looks whether a commit can be put on the branch that a sandbox was found on: this clone's, with its working tree
 * where it is checked out, or by a push where only the origin has it.
 * @throws UserError where changes are in the way, or the branch is checked out somewhere else
 */
export async function branchToMove(
  git: Git,
  { name, ref, commit: from }: Pick<FoundSandbox, "name" | "ref" | "commit">,
): Promise<MoveBranch> {
  const isLocal = ref.startsWith("refs/heads/");
  const checkedOut = isLocal && (await git.try(["symbolic-ref", "--quiet", "HEAD"])) === ref;
  const elsewhere =
    isLocal && !checkedOut ? await git.run(["for-each-ref", "--format=%(worktreepath)", ref]) : "";
  // A worktree whose folder has gone is nobody's any more.
  if (elsewhere !== "" && existsSync(elsewhere))
    throw new UserError({
      where: `${name} on ${branchName(ref)}`,
      message: `the branch is checked out in ${elsewhere}`,
      remedy: "do it there, or check something else out there first",
    });
  const dirty = checkedOut ? await changesInTheWay(git, configFile(name)) : undefined;
  if (dirty !== undefined) throw new UserError(dirty);
  return async (commit, undone) => {
    try {
      if (checkedOut) await advanceBranch(git, commit);
      else if (isLocal) await git.run(["update-ref", "-m", "sluice: reap", ref, commit, from]);
      else {
        const branch = `refs/heads/${branchName(ref)}`;
        // Only if it is there, and still what it was found as.
        await git.run([
          "push",
          "--quiet",
          `--force-with-lease=${branch}:${from}`,
          "origin",
          `${commit}:${branch}`,
        ]);
      }
    } catch (error) {
      if (!(error instanceof GitError)) throw error;
      throw new UserError({
        where: `${name} on ${branchName(ref)}`,
        message: `${undone}: ${error.message}`,
        remedy: "see that this may push to the branch, and that nobody has moved it; then run the reap again",
      });
    }
  };
}
