import { styleText } from "node:util";
import { deleteSandbox } from "../../lib/sandbox/delete.ts";
import { thisMachine } from "../../lib/stack/machine.ts";
import { stacksOf } from "../../lib/stack/stacks.ts";
import { openRepository } from "../repository.ts";
import { runCommand } from "../stack-progress.ts";
import { describeResult } from "../stack-result.ts";

/** Options of the command. */
export interface SandboxDeleteOptions {
  readonly keepCluster?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** `sluice sandbox delete`: what Flux made, the cluster, the stack, the folder, in this order. */
export async function sandboxDelete(
  name: string,
  { keepCluster = false, dryRun = false, json = false }: SandboxDeleteOptions,
): Promise<void> {
  const { root, git } = await openRepository();
  const stacks = stacksOf(root, thisMachine());
  const steps = deleteSandbox(git, { name, keepCluster }, stacks, dryRun);
  const deleted = await runCommand(steps, { dryRun, silent: json });
  if (json) {
    console.log(JSON.stringify(deleted, null, 2));
    return;
  }
  const { branch, files, stack, commit } = deleted;
  if (stack !== undefined)
    console.log(describeResult(name, { ...stack, outputs: {}, secretOutputs: [] }, dryRun));
  else console.log(keepCluster ? `Stack ${name}: kept, with its cluster` : `Stack ${name}: there is none`);
  console.log(
    commit === undefined
      ? `Sandbox ${styleText("bold", name)} would be deleted from ${branch} (nothing was changed)`
      : `Sandbox ${styleText("bold", name)} is deleted from ${branch}, commit ${commit.slice(0, 10)}`,
  );
  for (const file of files) console.log(`  ${file}`);
  if (keepCluster && commit !== undefined)
    console.log(
      `\nNext\n  pulumi destroy --stack ${name}; pulumi stack rm ${name}  # when nobody needs the cluster`,
    );
}
