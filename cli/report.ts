import { styleText } from "node:util";
import { type Problem, UserError } from "../lib/fleet/user-error.ts";

/**
 * Ends the process after an error: a user's mistakes are told without a stack, exit code 1 or 2; a defect of
 * Sluice keeps its stack, exit code 70.
 */
export function report(error: unknown): never {
  if (error instanceof UserError) {
    if (process.argv.includes("--json")) console.log(JSON.stringify({ problems: error.problems }, null, 2));
    else printProblems(error.problems);
    process.exit(error.exitCode);
  }
  console.error(error);
  console.error("This is a defect of Sluice: please report it with the lines above.");
  process.exit(70);
}

function printProblems(problems: readonly Problem[]): void {
  const style = (format: "red" | "bold" | "dim", text: string) =>
    styleText(format, text, { stream: process.stderr });
  for (const { where, message, remedy } of problems) {
    console.error(`${style("red", "✗")} ${where === undefined ? "" : `${style("bold", where)}: `}${message}`);
    if (remedy !== undefined) console.error(`  ${style("dim", "→")} ${remedy}`);
  }
  if (problems.length > 1) console.error(`${problems.length} problems in total`);
}

/** Prints what could not be checked, on stderr: it fails nothing. */
export function printNotices(notices: readonly Problem[]): void {
  for (const { where, message, remedy } of notices) {
    console.error(
      `${styleText("yellow", "!", { stream: process.stderr })} ${where === undefined ? "" : `${where}: `}${message}`,
    );
    if (remedy !== undefined)
      console.error(`  ${styleText("dim", "→", { stream: process.stderr })} ${remedy}`);
  }
}
