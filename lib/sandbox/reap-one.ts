import { clustersFolder } from "../synth/paths.ts";
import { commitTree, filesAt, treeWith } from "../git/commit-files.ts";
import type { Git } from "../git/git.ts";
import { inScratch } from "../git/scratch.ts";
import { forgetConfig } from "../stack/config-file.ts";
import type { Stacks } from "../stack/stacks.ts";
import type { Steps } from "./steps.ts";
import { removalAt } from "./delete.ts";
import { branchName, type FoundSandbox } from "./find.ts";
import { branchToMove, type MoveBranch } from "./found-branch.ts";

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
  let move: MoveBranch | undefined;
  let made: string | undefined;
  return {
    plan: [
      {
        title: `Look at ${branchName(ref)}`,
        run: async () => void (move = await branchToMove(git, { name, ref, commit })),
      },
    ],
    act: [
      {
        title: "Take down what Flux made, then the cluster, and forget the stack",
        run: async (progress) => {
          if (stacks === undefined) return;
          await inScratch(git, commit, async (scratch) => {
            const stack = await stacks.open(name, scratch.folder);
            await stack?.destroy(progress);
            await stack?.remove({ keepConfig: true });
          });
          await forgetConfig(git, name);
        },
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
        run: () => move!(made!, "its cluster is gone, but its folder could not be taken out of git"),
      },
    ],
    outcome: () => made!,
  };
}
