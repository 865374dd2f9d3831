import { styleText } from "node:util";
import type { StackResult } from "../lib/stack/automation.ts";

const words: readonly (readonly [string, string])[] = [
  ["create", "made"],
  ["update", "updated"],
  ["replace", "replaced"],
  ["delete", "deleted"],
  ["same", "unchanged"],
];

/** What a run did, on one line, and the outputs below it. */
export function describeResult(
  name: string,
  { changes, outputs, secretOutputs }: StackResult,
  dryRun: boolean,
): string {
  const counts = words
    .filter(([operation]) => (changes[operation] ?? 0) > 0)
    .map(([operation, word]) => `${changes[operation]} ${word}`);
  const shown = [
    ...Object.entries(outputs).map(
      ([key, value]) => `  ${key}: ${typeof value === "string" ? value : JSON.stringify(value)}`,
    ),
    ...secretOutputs.map((key) => `  ${key}: ${styleText("yellow", "secret")}`),
  ];
  return [
    `Stack ${styleText("bold", name)}: ${counts.length === 0 ? "nothing" : counts.join(", ")}${dryRun ? " (nothing was changed)" : ""}`,
    ...(dryRun ? [] : shown),
  ].join("\n");
}
