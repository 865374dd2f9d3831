import { diffLines } from "diff";
import type { FieldChange } from "../flux/field-changes.ts";
import type { ObjectChange, ObjectId } from "./impact.ts";

/** `Deployment apps/web`. */
export function showObject({ kind, namespace, name }: ObjectId): string {
  return `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
}

/** The sign of a change. */
export const signs: Readonly<Record<ObjectChange["change"], string>> = {
  added: "+",
  changed: "~",
  removed: "-",
};

const longest = 100;
const mostLines = 12;

/** A changed field as lines: the values, or for texts of several lines what changed in them. */
export function showField({ path, before, after }: FieldChange): string[] {
  if (typeof before === "string" && typeof after === "string" && (before + after).includes("\n")) {
    const lines: string[] = [];
    for (const { added, removed, value } of diffLines(before, after))
      if (added || removed)
        for (const line of value.replace(/\n$/, "").split("\n"))
          lines.push(`  ${added ? "+" : "-"} ${cut(line)}`);
    const shown = lines.slice(0, mostLines);
    return [`${path}:`, ...shown, ...(lines.length > mostLines ? [`  … (${lines.length} lines)`] : [])];
  }
  return [`${path}: ${showValue(before)} → ${showValue(after)}`];
}

/** A value on one line. */
export function showValue(value: unknown): string {
  if (value === undefined) return "(none)";
  if (typeof value === "string") return cut(value === "" ? '""' : value.replaceAll("\n", "⏎"));
  return cut(JSON.stringify(value));
}

const cut = (text: string): string => (text.length > longest ? `${text.slice(0, longest - 1)}…` : text);

/** `canary, development and 98 more (100 clusters)`. */
export function showClusters(names: readonly string[]): string {
  if (names.length === 1) return names[0]!;
  const shown =
    names.length > 6 ? `${names.slice(0, 5).join(", ")} and ${names.length - 5} more` : names.join(", ");
  return `${shown} (${names.length} clusters)`;
}
