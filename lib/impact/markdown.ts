import { groupImpact, type ImpactGroup } from "./group.ts";
import { showClusters, showField, showObject, signs } from "./show-fields.ts";
import { type IsProtected, whenLater } from "./text.ts";
import type { Impact } from "./review.ts";

/** Code hosts refuse longer comments. */
const longest = 60_000;

/** An impact as a comment on a pull request. */
export function impactMarkdown(impact: Impact, isProtected: IsProtected): string {
  const { clusters, total, later, base } = impact;
  const groups = groupImpact(impact);
  const lines = [
    clusters.length === 0
      ? `**No cluster changes** against \`${base}\`.`
      : `**${clusters.length} of ${total} clusters change** against \`${base}\`.`,
  ];
  const dangers = groups.reduce(
    (sum, { changes }) => sum + changes.filter((change) => change.dangers.length > 0).length,
    0,
  );
  const failures = groups.reduce((sum, group) => sum + group.failures.length, 0);
  if (failures > 0) lines.push("", `❌ ${failures} Kustomization${failures === 1 ? "" : "s"} will fail.`);
  if (dangers > 0)
    lines.push("", `⚠️ ${dangers} change${dangers === 1 ? " deserves" : "s deserve"} a second look.`);
  for (const group of groups) lines.push("", ...section(group, isProtected));
  if (later.length > 0) {
    lines.push("", "**Later**", "");
    for (const [when, names] of whenLater(later)) lines.push(`- ${showClusters(names)}: ${when}`);
  }
  const text = `${lines.join("\n")}\n`;
  if (text.length <= longest) return text;
  const end = text.lastIndexOf("\n", longest);
  return `${text.slice(0, end)}\n\`\`\`\n</details>\n\n… cut here: run \`sluice impact\` for the rest.\n`;
}

function section(
  { clusters, changes, failures, unknown, clusterChange }: ImpactGroup,
  isProtected: IsProtected,
): string[] {
  const guarded = clusters.filter(isProtected);
  const lines = [`### ${showClusters(clusters)}`];
  if (clusterChange !== undefined) lines.push("", `The cluster is ${clusterChange}.`);
  if (guarded.length > 0) lines.push("", `🔒 protected: ${showClusters(guarded)}`);
  for (const { unit, message } of failures) lines.push("", `❌ \`${unit}\` will fail: ${escape(message)}`);
  for (const change of changes.filter(({ dangers }) => dangers.length > 0))
    lines.push("", `⚠️ \`${showObject(change.object)}\` ${change.dangers.map(escape).join("; ")}`);
  if (changes.length > 0) {
    lines.push(
      "",
      `<details><summary>${changes.length} object${changes.length === 1 ? "" : "s"}</summary>`,
      "",
      "```diff",
    );
    for (const { object, change, fields, unit } of changes) {
      lines.push(`${change === "changed" ? "!" : signs[change]} ${showObject(object)} (${unit})`);
      for (const field of fields)
        lines.push(...showField(field).map((line) => `    ${line.replaceAll("```", "'''")}`));
    }
    lines.push("```", "</details>");
  }
  for (const { unit, message } of unknown) lines.push("", `❔ \`${unit}\`: ${escape(message)}`);
  return lines;
}

const escape = (text: string): string => text.replace(/[<>&|*_`]/g, (character) => `\\${character}`);
