import { renderer, synthesiseWith } from "../../lib/sandbox/render.ts";
import { syncSandbox } from "../../lib/sandbox/sync.ts";
import { openRepository } from "../repository.ts";
import { runCommand } from "../stack-progress.ts";

/** Options of the command. */
export interface SandboxSyncOptions {
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** `sluice sandbox sync`: main is merged into the branch, and the source's changes into the sandbox. */
export async function sandboxSync(
  name: string,
  { dryRun = false, json = false }: SandboxSyncOptions,
): Promise<void> {
  const { root, git } = await openRepository();
  const render = renderer(git, synthesiseWith(root, process.argv[1]!));
  const synced = await runCommand(syncSandbox(git, name, render), { dryRun, silent: json });
  if (json) {
    console.log(JSON.stringify(synced, null, 2));
    return;
  }
  const { main, merged, files, base, commit } = synced;
  const done = commit === undefined ? " (nothing was changed)" : `, commit ${commit.slice(0, 10)}`;
  if (!merged && files.length === 0)
    console.log(`${name} has all that ${main.name} has: nothing to bring in`);
  else
    console.log(
      `${merged ? `${main.name} is merged; ` : ""}${name} is a clone at ${base.slice(0, 10)}${done}`,
    );
  for (const file of files) console.log(`  ${file}`);
}
