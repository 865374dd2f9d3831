import { printSandbox } from "../fleet/sandbox.ts";
import { makeCommit } from "../git/commit-files.ts";
import type { Git } from "../git/git.ts";
import { clustersFolder } from "../synth/paths.ts";
import { sandboxFile } from "./describing.ts";
import { toSecond } from "./expiry.ts";
import type { FoundSandbox } from "./find.ts";
import { branchToMove } from "./found-branch.ts";

/**
 * Tells the owner of a sandbox that it has expired, and records that on its branch, in its sandbox.yaml: so that
 * nobody is told twice, and the grace begins with the notice. Ended in between, it is told again.
 * @param tell @throws UserError where that failed: then nothing is recorded
 */
export async function tellOnce(
  git: Git,
  { name, folder, ref, commit, sandbox }: FoundSandbox,
  now: Date,
  tell: () => Promise<void>,
): Promise<void> {
  const move = await branchToMove(git, { name, ref, commit });
  const path = `${clustersFolder}/${folder}/${sandboxFile}`;
  const text = printSandbox({ ...sandbox!, told: toSecond(now) });
  const message = `Sandbox ${name} has expired: its owner was told\n\nOwner: ${sandbox!.owner}\nExpired: ${sandbox!.expires}\n`;
  const made = await makeCommit(git, commit, new Map([[path, text]]), message);
  await tell();
  await move(made, "its owner was told, which could not be recorded");
}
