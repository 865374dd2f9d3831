import { bundlesOf } from "../../lib/fleet/cluster.ts";
import { freezeBundles } from "../../lib/release/change-freeze.ts";
import { loadFleetDefinition } from "../../lib/synth/load.ts";
import { openRepository } from "../repository.ts";

/** Options of the command. */
export interface ReleaseFreezeOptions {
  readonly reason: string;
  readonly until: string;
  readonly by?: string;
  readonly branch?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** `sluice release freeze`: one commit that stops merges of changes to bundles, or nothing. */
export async function releaseFreeze(
  bundles: readonly string[],
  { dryRun = false, json = false, ...request }: ReleaseFreezeOptions,
): Promise<void> {
  const { root, git } = await openRepository();
  const known = bundlesOf(await loadFleetDefinition(root)).map(([name]) => name);
  const { freeze, branch, commit } = await freezeBundles(
    git,
    { bundles: bundles.length === 0 ? ["platform"] : bundles, ...request },
    known,
    { now: new Date(), commit: !dryRun },
  );
  if (json) console.log(JSON.stringify({ ...freeze, branch, commit }, null, 2));
  else
    console.log(
      [
        commit === undefined
          ? `Would freeze on branch ${branch} (nothing was changed):`
          : `Frozen by commit ${commit.slice(0, 10)} on branch ${branch}:`,
        `  ${freeze!.bundles.join(", ")} until ${freeze!.until}, by ${freeze!.by}: ${freeze!.reason}`,
        "It holds from when it is on the main branch: push it, or merge it.",
      ].join("\n"),
    );
}
