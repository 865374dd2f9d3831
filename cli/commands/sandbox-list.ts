import { styleText } from "node:util";
import { branchName } from "../../lib/sandbox/find.ts";
import { listSandboxes, type ListedSandbox } from "../../lib/sandbox/list.ts";
import { thisMachine } from "../../lib/stack/machine.ts";
import { stacksOf } from "../../lib/stack/stacks.ts";
import { printNotices } from "../report.ts";
import { openRepository } from "../repository.ts";

/** Options of the command. */
export interface SandboxListOptions {
  readonly json?: boolean;
}

/** `sluice sandbox list`: the sandboxes of all branches, and the stacks that nobody's branch has. */
export async function sandboxList({ json = false }: SandboxListOptions): Promise<void> {
  const { root, git } = await openRepository();
  const now = new Date();
  const { sandboxes, strays, notices } = await listSandboxes(git, stacksOf(root, thisMachine()), now);
  if (json) {
    console.log(JSON.stringify({ sandboxes, strays, notices }, null, 2));
    return;
  }
  printNotices(notices);
  if (sandboxes.length === 0) console.log("No branch has a sandbox.");
  else console.log(table(sandboxes, now).join("\n"));
  for (const { name, resources, lastUpdate } of strays)
    console.log(
      styleText(
        "yellow",
        `Stack ${name}: no branch has a cluster of that name (${resources ?? "?"} resources, last run ${lastUpdate ?? "never"})`,
      ),
    );
}

function table(sandboxes: readonly ListedSandbox[], now: Date): string[] {
  const rows = [
    ["NAME", "OWNER", "SOURCE", "BRANCH", "AGE", "EXPIRES", "STACK", "$/DAY"],
    ...sandboxes.map((each) => {
      const { name, ref, sandbox, stack, cost, expired } = each;
      const where = branchName(ref);
      if (sandbox === undefined) return [name, "?", "?", where, "?", "sandbox.yaml is broken", "", ""];
      return [
        name,
        sandbox.owner,
        sandbox.from,
        where === sandbox.branch ? where : `${where} (not ${sandbox.branch})`,
        age(now.getTime() - Date.parse(sandbox.created)),
        expired ? `${sandbox.expires} (expired)` : sandbox.expires,
        stack === undefined
          ? "?"
          : stack === "none"
            ? "none"
            : stack.running
              ? "running"
              : `${stack.resources ?? "?"} resources`,
        cost === undefined ? "–" : `${cost.low.toFixed(0)}–${cost.high.toFixed(0)}`,
      ];
    }),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row, index) => {
    const line = row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join("  ")
      .trimEnd();
    return index === 0 ? styleText("bold", line) : line;
  });
}

function age(milliseconds: number): string {
  const hours = Math.floor(milliseconds / 3_600_000);
  return hours < 48 ? `${Math.max(0, hours)}h` : `${Math.floor(hours / 24)}d`;
}
