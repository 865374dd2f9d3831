import { Option } from "commander";

// What several commands have in common.

export const json = () => new Option("--json", "print one JSON object, for machines");
export const dryRun = () => new Option("--dry-run", "say what would be done, and do nothing");

/** The examples below a command's help. */
export function example(...lines: string[]): string {
  return `\nExample${lines.length > 1 ? "s" : ""}:\n${lines.map((line) => `  $ ${line}`).join("\n")}`;
}
