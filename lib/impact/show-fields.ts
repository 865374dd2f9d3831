import { diffLines } from "diff";
import type { FieldChange } from "../flux/field-changes.ts";
import type { ObjectChange } from "./impact.ts";

/** The sign of a change. */
export const signs: Readonly<Record<ObjectChange["change"], string>> = {
  added: "+",
  changed: "~",
  removed: "-",
};

/** Where nobody says how wide it may be. */
export const usualWidth = 100;
const mostLines = 12;

/**
 * A changed field as lines: the values side by side where they fit, or for texts of several lines what changed in
 * them. @param width of the longest line
 */
export function showField({ path, before, after }: FieldChange, width = usualWidth): string[] {
  const place = cut(path, width - 1);
  if (typeof before === "string" && typeof after === "string" && (before + after).includes("\n")) {
    const lines: string[] = [];
    for (const { added, removed, value } of diffLines(before, after))
      if (added || removed)
        for (const line of value.replace(/\n$/, "").split("\n"))
          lines.push(cut(`  ${added ? "+" : "-"} ${line}`, width));
    const shown = lines.slice(0, mostLines);
    return [`${place}:`, ...shown, ...(lines.length > mostLines ? [`  … (${lines.length} lines)`] : [])];
  }
  const line = `${path}: ${showValue(before)} → ${showValue(after)}`;
  if (line.length <= width) return [line];
  return [
    `${place}:`,
    ...(before === undefined ? [] : [cut(`  - ${showValue(before)}`, width)]),
    ...(after === undefined ? [] : [cut(`  + ${showValue(after)}`, width)]),
  ];
}

/** A value on one line. */
export function showValue(value: unknown): string {
  if (value === undefined) return "(none)";
  if (typeof value === "string") return value === "" ? '""' : value.replaceAll("\n", "⏎");
  return JSON.stringify(value);
}

const cut = (text: string, width: number): string =>
  text.length > width ? `${text.slice(0, Math.max(width - 1, 0))}…` : text;

/** Text in lines of at most `width`, broken at spaces where there are any; those after the first are indented. */
export function wrap(text: string, width: number, indent: string): string[] {
  const lines: string[] = [];
  let rest = text;
  while (rest.length > width) {
    const space = rest.lastIndexOf(" ", width);
    const at = space > indent.length ? space : width;
    lines.push(rest.slice(0, at).trimEnd());
    rest = indent + rest.slice(at).trimStart();
  }
  return [...lines, rest];
}

/** `canary, development and 98 more (100 clusters)`. */
export function showClusters(names: readonly string[]): string {
  if (names.length === 1) return names[0]!;
  const shown =
    names.length > 6 ? `${names.slice(0, 5).join(", ")} and ${names.length - 5} more` : names.join(", ");
  return `${shown} (${names.length} clusters)`;
}
