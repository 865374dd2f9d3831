import { thawBundles } from "../../lib/release/change-freeze.ts";
import { openRepository } from "../repository.ts";

/** Options of the command. */
export interface ReleaseThawOptions {
  readonly by?: string;
  readonly branch?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** `sluice release thaw`: one commit that ends a freeze, or nothing. */
export async function releaseThaw({
  dryRun = false,
  json = false,
  ...request
}: ReleaseThawOptions): Promise<void> {
  const { git } = await openRepository();
  const { freeze, branch, commit } = await thawBundles(git, request, { commit: !dryRun });
  if (json) console.log(JSON.stringify({ ended: freeze, branch, commit }, null, 2));
  else
    console.log(
      [
        commit === undefined
          ? `Would thaw on branch ${branch} (nothing was changed)`
          : `Thawed by commit ${commit.slice(0, 10)} on branch ${branch}`,
        ...(freeze === undefined
          ? []
          : [`  ${freeze.bundles.join(", ")}, frozen until ${freeze.until}, by ${freeze.by}`]),
        "Push it, or merge it, for the gate to know.",
      ].join("\n"),
    );
}
