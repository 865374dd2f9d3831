import { styleText } from "node:util";
import { mainBranch } from "../../lib/fleet/cluster.ts";
import { UserError } from "../../lib/fleet/user-error.ts";
import { notifier } from "../../lib/sandbox/notify.ts";
import { reap, type Reaped } from "../../lib/sandbox/reap-run.ts";
import { thisMachine } from "../../lib/stack/machine.ts";
import { stacksOf } from "../../lib/stack/stacks.ts";
import { loadFleetDefinition } from "../../lib/synth/load.ts";
import { printNotices } from "../report.ts";
import { openRepository } from "../repository.ts";

/** Options of the command. */
export interface SandboxReapOptions {
  readonly yes?: boolean;
  readonly max: string;
  readonly grace: string;
  readonly notify?: string;
  readonly json?: boolean;
}

/** `sluice sandbox reap`: deletes what has expired. Exit code 1 where something that is due could not be. */
export async function sandboxReap({
  yes = false,
  max,
  grace,
  notify,
  json = false,
}: SandboxReapOptions): Promise<void> {
  const { root, git } = await openRepository();
  const limit = /^[1-9]\d{0,3}$/.test(max)
    ? Number(max)
    : usage("--max", `'${max}' is no number of sandboxes`);
  const match =
    /^(\d{1,4})([hd])$/.exec(grace) ?? usage("--grace", `'${grace}' is no duration such as 12h or 1d`);
  const report = await reap({
    git,
    stacks: stacksOf(root, thisMachine()),
    rules: {
      now: new Date(),
      grace: Number(match[1]) * (match[2] === "d" ? 86_400 : 3600),
      max: limit,
      main: mainBranch(await loadFleetDefinition(root)),
    },
    really: yes,
    ...(notify === undefined ? {} : { notify: notifier(notify) }),
    progress: json
      ? () => undefined
      : (line) => console.error(styleText("dim", line, { stream: process.stderr })),
  });
  if (json) console.log(JSON.stringify({ ...report, done: yes }, null, 2));
  else {
    printNotices(report.notices);
    for (const each of report.sandboxes) printReaped(each, yes);
    for (const { name } of report.strays)
      console.log(
        `${name}: a stack that no branch has a cluster for: left alone, as nobody can say whose it is`,
      );
    if (!yes) console.log("(nothing was changed: --yes does it)");
  }
  const due = ({ action, problems }: Reaped) => action === "leave" || problems.length > 0;
  if (report.notices.length > 0 || report.sandboxes.some(due)) process.exitCode = 1;
}

function printReaped({ sandbox, action, why, due, commit, problems }: Reaped, done: boolean): void {
  const words = {
    keep: "kept",
    tell: done ? "owner told" : "owner would be told",
    delete: commit === undefined ? (done ? "not deleted" : "would be deleted") : "deleted",
    wait: "waits for the next run",
    leave: "not reached",
  } as const;
  const when = action === "keep" || action === "tell" ? `; deleted after ${due}` : "";
  console.log(
    `${styleText("bold", sandbox.name)} (${sandbox.sandbox?.owner ?? "?"}): ${words[action]}: ${why}${when}`,
  );
  printNotices(problems);
}

function usage(where: string, message: string): never {
  throw new UserError({ where, message }, 2);
}
