import { UserError } from "../../lib/fleet/user-error.ts";
import type { SandboxPurpose } from "../../lib/fleet/environment-types.ts";
import { createSandbox } from "../../lib/sandbox/create.ts";
import { parseProvider } from "../provider-option.ts";
import { printNotices } from "../report.ts";
import { openRepository } from "../repository.ts";
import { describeSandbox } from "../sandbox-summary.ts";
import { runCommand } from "../stack-progress.ts";

/** Options of the command. */
export interface SandboxCreateOptions {
  readonly from: string;
  readonly repository?: string;
  readonly branch: string;
  readonly purpose: SandboxPurpose;
  readonly expires: string;
  readonly owner?: string;
  readonly provider?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** `sluice sandbox create`: one commit on a new branch, or nothing. */
export async function sandboxCreate(
  name: string,
  { provider, dryRun = false, json = false, ...options }: SandboxCreateOptions,
): Promise<void> {
  const given = provider === undefined ? undefined : parseProvider(provider);
  if (given?.kind === "eks")
    throw new UserError(
      {
        where: "--provider",
        message: "a sandbox on EKS is a clone of a cluster on EKS: leave the option out",
      },
      2,
    );
  const { git } = await openRepository();
  const request = { name, ...options, ...(given === undefined ? {} : { provider: given }) };
  const plan = await runCommand(createSandbox(git, request, new Date()), { dryRun, silent: json });
  const files = [...plan.files.keys()].sort();
  const { commit } = plan;
  if (json)
    console.log(JSON.stringify({ name, ...plan.sandbox, commit, files, notices: plan.notices }, null, 2));
  else {
    printNotices(plan.notices);
    console.log(await describeSandbox(git, plan, files, commit));
  }
}
