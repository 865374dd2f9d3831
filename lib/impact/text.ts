import { groupImpact, type ImpactGroup } from "./group.ts";
import { showClusters, showField, showObject, signs } from "./show-fields.ts";
import type { Impact } from "./review.ts";

/** How parts of the text are styled; the identity where there are no colours. */
export type Style = (format: "bold" | "dim" | "red" | "green" | "yellow", text: string) => string;

/** Facts about clusters that their manifests do not say. */
export type IsProtected = (cluster: string) => boolean;

/** An impact as people read it in a terminal. */
export function impactText(impact: Impact, isProtected: IsProtected, style: Style): string {
  const { base, head, clusters, total, later } = impact;
  const reached = clusters.length === 0 ? "no cluster" : `${clusters.length} of ${total} clusters`;
  const lines = [style("bold", `${head} against ${base}: it changes ${reached}`)];
  for (const group of groupImpact(impact)) {
    const guarded = group.clusters.filter(isProtected);
    lines.push("", style("bold", showClusters(group.clusters)));
    if (guarded.length > 0) lines.push(style("yellow", `  ! protected: ${showClusters(guarded)}`));
    lines.push(...groupLines(group, style));
  }
  if (later.length > 0) {
    lines.push("", style("bold", "Later"));
    for (const [when, names] of whenLater(later)) lines.push(`  ${showClusters(names)}: ${when}`);
  }
  return lines.join("\n");
}

function groupLines({ changes, failures, unknown, clusterChange }: ImpactGroup, style: Style): string[] {
  const lines: string[] = [];
  if (clusterChange !== undefined) lines.push(`  the cluster is ${clusterChange}`);
  const colours = { added: "green", changed: "yellow", removed: "red" } as const;
  for (const { object, change, fields, unit, dangers } of changes) {
    lines.push(
      `  ${style(colours[change], signs[change])} ${showObject(object)} ${style("dim", `(${unit})`)}`,
    );
    for (const field of fields) lines.push(...showField(field).map((line) => `      ${line}`));
    for (const danger of dangers) lines.push(style("red", `      ! ${danger}`));
  }
  for (const { unit, message } of failures) lines.push(style("red", `  ✗ ${unit} will fail: ${message}`));
  for (const { unit, message } of unknown) lines.push(style("dim", `  ? ${unit}: ${message}`));
  return lines;
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
