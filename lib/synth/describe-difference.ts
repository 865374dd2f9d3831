import { createTwoFilesPatch } from "diff";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Difference, Files } from "./files.ts";

/** Lines shown of one file's difference, and files shown at all: enough to see what it is about. */
const mostLines = 20;
const mostFiles = 10;

/** A short text of how the files on disk differ from those that should be there. */
export function describeDifference(
  root: string,
  files: Files,
  { added, changed, stale }: Difference,
): string {
  const parts: string[] = [];
  for (const path of changed.slice(0, mostFiles)) {
    const patch = createTwoFilesPatch(
      path,
      path,
      readFileSync(join(root, path), "utf8"),
      files.get(path)!,
      "committed",
      "synthesised",
      { context: 1 },
    );
    const lines = patch.trimEnd().split("\n").slice(1);
    parts.push(
      [
        ...lines.slice(0, mostLines),
        ...(lines.length > mostLines ? [`… ${lines.length - mostLines} more lines`] : []),
      ].join("\n"),
    );
  }
  if (changed.length > mostFiles) parts.push(`… ${changed.length - mostFiles} more changed files`);
  for (const [what, paths] of [
    ["missing", added],
    ["stale", stale],
  ] as const)
    if (paths.length > 0)
      parts.push(
        `${what}: ${paths.slice(0, mostFiles).join(", ")}${paths.length > mostFiles ? `, … (${paths.length})` : ""}`,
      );
  return parts.join("\n");
}
