import { compareBundle, planRollback, rollBack } from "../../lib/promotion/go-back.ts";
import { printNotices } from "../report.ts";
import { openRepository } from "../repository.ts";
import { printCommit } from "./promote.ts";

/** Options of the command. */
export interface RollbackOptions {
  readonly branch?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** `sluice rollback`: one commit on a new branch, or nothing. */
export async function rollback(
  cluster: string,
  what: string,
  { branch, dryRun = false, json = false }: RollbackOptions,
): Promise<void> {
  const { git } = await openRepository();
  const plan = await planRollback(
    git,
    { cluster, what, ...(branch === undefined ? {} : { branch }) },
    Date.now(),
  );
  const commit = dryRun ? undefined : await rollBack(git, plan);
  const { version, from, then, differences, notices, pins } = plan;
  const bundle =
    commit === undefined || then === undefined
      ? undefined
      : await compareBundle(git, { cluster, what }, { then, version, pins }, commit);
  if (json) {
    console.log(
      JSON.stringify(
        {
          cluster,
          what,
          version,
          from,
          pins,
          then,
          branch: plan.branch,
          commit,
          bundle,
          differences,
          files: [...plan.files.keys()].sort(),
          notices,
        },
        null,
        2,
      ),
    );
    return;
  }
  printNotices(notices);
  console.log(
    `${cluster} goes back from ${what} ${from} to ${version}${pins === undefined ? "" : `, and does not follow ${pins} any more`}`,
  );
  if (bundle !== undefined)
    console.log(
      bundle.changed.length === 0
        ? `  all ${bundle.objects} objects of the ${what} are what they were at ${then!.slice(0, 12)}`
        : `  of the ${what}, newer definitions make these differ from ${then!.slice(0, 12)}: ${bundle.changed.join(", ")}`,
    );
  if (then === undefined) console.log("  the history does not say what its own folder was like then");
  else if (differences.length === 0) console.log(`  its own folder is what it was at ${then.slice(0, 12)}`);
  else {
    console.log(`  newer definitions make its own folder differ from ${then.slice(0, 12)}:`);
    for (const { object, fields, only } of differences) {
      console.log(`    ${object}${only === undefined ? "" : only === "source" ? ": is gone" : ": is new"}`);
      for (const { path, before, after } of fields)
        console.log(`      ${path}: ${JSON.stringify(before)} → ${JSON.stringify(after)}`);
    }
  }
  await printCommit(git, plan, plan.head, commit);
}
