import { clustersFolder } from "../synth/paths.ts";
import { UserError } from "../fleet/user-error.ts";
import { changesInTheWay } from "../git/clean.ts";
import { advanceBranch, commitTree, filesAt, treeWith } from "../git/commit-files.ts";
import { type Git, GitError } from "../git/git.ts";
import { inScratch } from "../git/scratch.ts";
import type { Stacks } from "../stack/stacks.ts";
import { configFile } from "../stack/stack-config.ts";
import type { Steps } from "./steps.ts";
import { removalAt } from "./delete.ts";
import { branchName, type FoundSandbox } from "./find.ts";

/**
 * Deletes a sandbox from whatever branch it is on, without a checkout: its stack from a folder beside the
 * repository, then its folder by a commit on its branch, which is pushed where only the origin has the branch.
 * Run again, it goes on from where it ended.
 */
export function reapSandbox(
  git: Git,
  { name, folder, ref, commit, sandbox }: FoundSandbox,
  stacks: Stacks | undefined,
): Steps<string> {
  const branch = branchName(ref);
  let checkedOut = false;
  let made: string | undefined;
  return {
    plan: [
      {
        title: `Look at ${branch}`,
        run: async () => {
          checkedOut =
            ref.startsWith("refs/heads/") && (await git.try(["symbolic-ref", "--quiet", "HEAD"])) === ref;
          const dirty = checkedOut ? await changesInTheWay(git, configFile(name)) : undefined;
          if (dirty !== undefined) throw new UserError(dirty);
        },
      },
    ],
    act: [
      {
        title: "Take down what Flux made, then the cluster, and forget the stack",
        run: async (progress) =>
          stacks === undefined
            ? undefined
            : inScratch(git, commit, async (scratch) => {
                const stack = await stacks.open(name, scratch.folder);
                await stack?.destroy(progress);
                await stack?.remove({ keepConfig: true });
              }),
      },
      {
        title: "Commit",
        run: async () => {
          const tree = await filesAt(git, commit, clustersFolder);
          const removal = await removalAt(git, { name, folder, head: commit, tree });
          const message = `Delete sandbox ${name}, which has expired\n\nOwner: ${sandbox?.owner}\nExpired: ${sandbox?.expires}\n`;
          made = await commitTree(git, await treeWith(git, commit, removal), [commit], message);
        },
      },
      {
        title: "Move the branch",
        run: async () => {
          try {
            if (checkedOut) await advanceBranch(git, made!);
            else if (ref.startsWith("refs/heads/"))
              await git.run(["update-ref", "-m", "sluice: reap", ref, made!, commit]);
            else await git.run(["push", "--quiet", "origin", `${made}:refs/heads/${branch}`]);
          } catch (error) {
            if (!(error instanceof GitError)) throw error;
            throw new UserError({
              where: `${name} on ${branch}`,
              message: `its cluster is gone, but its folder could not be taken out of git: ${error.message}`,
              remedy:
                "see that this may push to the branch, and that nobody has moved it; then run the reap again",
            });
          }
        },
      },
    ],
    outcome: () => made!,
  };
}
