import { advanceBranch, commitTree } from "../git/commit-files.ts";
import type { Git } from "../git/git.ts";
import type { Step } from "./steps.ts";

/** A commit to be made on the branch that is checked out. */
export interface NewCommit {
  /** The commit that the branch is at. */
  readonly head: string;
  readonly tree: string;
  readonly message: string;
}

/**
 * The steps with which a command ends that changes something in git: the commit, which nothing points at yet, then
 * the branch, its index and the working tree, in one step of git's.
 * @param wanted the commit to make; undefined where nothing is to be changed
 * @returns the steps, and what they made: no commit before the branch is there
 */
export function commitSteps(
  git: Git,
  wanted: () => Promise<NewCommit | undefined>,
): { readonly steps: readonly Step[]; readonly made: () => { readonly commit?: string } } {
  let commit: string | undefined;
  let made: { readonly commit?: string } = {};
  return {
    steps: [
      {
        title: "Commit",
        run: async () => {
          const found = await wanted();
          if (found !== undefined) commit = await commitTree(git, found.tree, [found.head], found.message);
        },
      },
      {
        title: "Move the branch",
        run: async () => {
          if (commit === undefined) return;
          await advanceBranch(git, commit);
          made = { commit };
        },
      },
    ],
    made: () => made,
  };
}
