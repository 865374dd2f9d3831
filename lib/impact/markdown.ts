import { groupImpact, type ImpactGroup } from "./group.ts";
import { describeName } from "../flux/object-name.ts";
import { showClusters, showField, signs } from "./show-fields.ts";
import { type IsProtected, whenLater } from "./text.ts";
import type { Impact } from "./review.ts";

/** The shortest limit of a comment that a code host has, in bytes: Bitbucket's is 32,768, GitHub's 65,536. */
const longest = 32_000;

/** How much is told: all, no fields, no objects. */
type Detail = "fields" | "objects" | "numbers";

/** An impact as a comment on a pull request: shorter where it would not fit into one. */
export function impactMarkdown(impact: Impact, isProtected: IsProtected): string {
  const groups = groupImpact(impact);
  const begin = [...summary(impact, groups)];
  const end = [...laterLines(impact)];
  const page = (middle: readonly string[]) => `${[...begin, ...middle, ...end].join("\n")}\n`;
  for (const detail of ["fields", "objects", "numbers"] as const) {
    const left = groups.flatMap((group) => ["", ...section(group, isProtected, detail)]);
    const text = page(
      detail === "fields" ? left : [...left, "", `Shortened: \`sluice impact\` tells all of it.`],
    );
    if (Buffer.byteLength(text) <= longest) return text;
  }
  const shown: string[] = [];
  for (const [index, group] of groups.entries()) {
    const more = ["", ...section(group, isProtected, "numbers")];
    const rest = [
      "",
      `And ${groups.length - index} more groups of clusters: \`sluice impact\` tells all of it.`,
    ];
    if (Buffer.byteLength(page([...shown, ...more, ...rest])) > longest) return page([...shown, ...rest]);
    shown.push(...more);
  }
  return page(shown);
}

function* summary({ clusters, total, base }: Impact, groups: readonly ImpactGroup[]): Iterable<string> {
  yield clusters.length === 0
    ? `**No cluster changes** against ${code(base)}.`
    : `**${clusters.length} of ${total} clusters change** against ${code(base)}.`;
  const failures = groups.reduce((sum, group) => sum + group.failures.length, 0);
  const dangers = groups
    .flatMap(({ changes }) => changes)
    .filter((change) => change.dangers.length > 0).length;
  if (failures > 0) yield* ["", `❌ ${failures} Kustomization${failures === 1 ? "" : "s"} will fail.`];
  if (dangers > 0)
    yield* ["", `⚠️ ${dangers} change${dangers === 1 ? " deserves" : "s deserve"} a second look.`];
}

function* laterLines({ later }: Impact): Iterable<string> {
  if (later.length > 0) yield* ["", "**Later**", ""];
  for (const [when, names] of whenLater(later)) yield `- ${plain(showClusters(names))}: ${plain(when)}`;
}

/** Of many alike, the first are enough for a comment. */
const mostNotes = 20;

function section(
  { clusters, changes, failures, unknown, clusterChange }: ImpactGroup,
  isProtected: IsProtected,
  detail: Detail,
): string[] {
  const guarded = clusters.filter(isProtected);
  const lines = [`### ${plain(showClusters(clusters))}`];
  if (clusterChange !== undefined) lines.push("", `The cluster is ${clusterChange}.`);
  if (guarded.length > 0) lines.push("", `🔒 protected: ${plain(showClusters(guarded))}`);
  const notes = [
    ...failures.map(({ unit, message }) => `❌ ${code(unit)} will fail: ${plain(message)}`),
    ...changes
      .filter(({ dangers }) => dangers.length > 0)
      .map(({ object, dangers }) => `⚠️ ${code(describeName(object))} ${dangers.map(plain).join("; ")}`),
    ...unknown.map(({ unit, message }) => `❔ ${code(unit)}: ${plain(message)}`),
  ];
  const most = detail === "fields" ? notes.length : mostNotes;
  for (const note of notes.slice(0, most)) lines.push("", note);
  if (notes.length > most) lines.push("", `… and ${notes.length - most} more like these.`);
  if (changes.length === 0) return lines;
  const objects = `${changes.length} object${changes.length === 1 ? "" : "s"}`;
  if (detail === "numbers") return [...lines, "", objects];
  const listed = changes.flatMap(({ object, change, fields, unit }) => [
    `${change === "changed" ? "!" : signs[change]} ${describeName(object)} (${unit})`,
    ...(detail === "fields" ? fields.flatMap((field) => showField(field)).map((line) => `    ${line}`) : []),
  ]);
  return [
    ...lines,
    "",
    `<details><summary>${objects}</summary>`,
    "",
    "```diff",
    ...listed.map((line) => line.replaceAll("```", "'''").replaceAll("\n", " ")),
    "```",
    "</details>",
  ];
}

/** Nothing of a manifest may become a link, a mention or HTML. */
const plain = (text: string): string =>
  text
    .replaceAll("\n", " ")
    .replace(/[\\<>&|*_`[\]~#!]/g, (character) => `\\${character}`)
    .replaceAll("@", "&#64;");

const code = (text: string): string => `\`${text.replace(/[`\n]/g, "'")}\``;
