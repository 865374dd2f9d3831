import { extendSandbox } from "../../lib/sandbox/extend.ts";
import { openRepository } from "../repository.ts";
import { runCommand } from "../stack-progress.ts";

/** Options of the command. */
export interface SandboxExtendOptions {
  readonly expires: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** `sluice sandbox extend`: one commit that changes when a sandbox may be deleted. */
export async function sandboxExtend(
  name: string,
  { expires, dryRun = false, json = false }: SandboxExtendOptions,
): Promise<void> {
  const { git } = await openRepository();
  const extended = await runCommand(extendSandbox(git, { name, expires }, new Date()), {
    dryRun,
    silent: json,
  });
  console.log(
    json
      ? JSON.stringify(extended, null, 2)
      : `Sandbox ${name} ${dryRun ? "would live" : "lives"} until ${extended.expires}, not ${extended.before}${extended.commit === undefined ? " (nothing was changed)" : `, commit ${extended.commit.slice(0, 10)}: push it`}`,
  );
}
