import { groupImpact, type ImpactGroup } from "./group.ts";
import { describeName } from "../flux/object-name.ts";
import { showClusters, showField, signs, wrap } from "./show-fields.ts";
import type { Impact } from "./review.ts";

/** How parts of the text are styled; the identity where there are no colours. */
export type Style = (format: "bold" | "dim" | "red" | "green" | "yellow", text: string) => string;

/** Facts about clusters that their manifests do not say. */
export type IsProtected = (cluster: string) => boolean;

/** An impact as people read it in a terminal. @param width of the longest line; without it messages are one line */
export function impactText(
  impact: Impact,
  isProtected: IsProtected,
  style: Style,
  width = Number.POSITIVE_INFINITY,
): string {
  const { base, head, clusters, total, later } = impact;
  const reached = clusters.length === 0 ? "no cluster" : `${clusters.length} of ${total} clusters`;
  const lines: string[] = [];
  const say: Say = (format, text, indent = "") => {
    for (const line of wrap(text, width, indent))
      lines.push(format === undefined ? line : style(format, line));
  };
  say("bold", `${head} against ${base}: it changes ${reached}`);
  for (const group of groupImpact(impact)) {
    const guarded = group.clusters.filter(isProtected);
    lines.push("");
    say("bold", showClusters(group.clusters));
    if (guarded.length > 0) say("yellow", `  ! protected: ${showClusters(guarded)}`, "    ");
    sayGroup(group, say, width);
  }
  if (later.length > 0) {
    lines.push("");
    say("bold", "Later");
    for (const [when, names] of whenLater(later)) say(undefined, `  ${showClusters(names)}: ${when}`, "    ");
  }
  return lines.join("\n");
}

/** Values are cut where a line has room for more: whoever wants all of them has the JSON. */
const mostWidth = 120;

type Say = (format: Parameters<Style>[0] | undefined, text: string, indent?: string) => void;

function sayGroup({ changes, failures, unknown, clusterChange }: ImpactGroup, say: Say, width: number): void {
  if (clusterChange !== undefined) say(undefined, `  the cluster is ${clusterChange}`);
  const colours = { added: "green", changed: "yellow", removed: "red" } as const;
  for (const { object, change, fields, unit, dangers } of changes) {
    say(colours[change], `  ${signs[change]} ${describeName(object)} (${unit})`, "      ");
    for (const field of fields)
      for (const line of showField(field, Math.min(width, mostWidth) - 6))
        say(undefined, `      ${line}`, "        ");
    for (const danger of dangers) say("red", `      ! ${danger}`, "        ");
  }
  for (const { unit, message } of failures) say("red", `  ✗ ${unit} will fail: ${message}`, "    ");
  for (const { unit, message } of unknown) say("dim", `  ? ${unit}: ${message}`, "    ");
}

/** The clusters by what they wait for. */
export function whenLater(later: Impact["later"]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const { cluster, bundle, when } of later) {
    const key = `${bundle} ${when}`;
    groups.set(key, [...(groups.get(key) ?? []), cluster]);
  }
  return groups;
}
