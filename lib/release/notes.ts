import { groupImpact } from "../impact/group.ts";
import { showClusters } from "../impact/show-fields.ts";
import { impactText, whenLater } from "../impact/text.ts";
import type { Impact } from "../impact/review.ts";

/** A cluster whose range takes a release at once. */
export interface PickUp {
  readonly cluster: string;
  readonly bundle: string;
  readonly range: string;
  /** What it takes so far. */
  readonly from: string | undefined;
}

/** What the notes are written from. */
export interface NotesOf {
  readonly version: string;
  readonly previous: string | undefined;
  readonly pickUps: readonly PickUp[];
  /** What happens to each cluster, undefined for the first release. */
  readonly impact: Impact | undefined;
  readonly isProtected: (cluster: string) => boolean;
}

/** The text of a release's tag: what it does to which cluster, and when. */
export function releaseNotes({ version, previous, pickUps, impact, isProtected }: NotesOf): string {
  const lines = [`Release ${version}`];
  if (pickUps.length === 0) lines.push("", "No cluster takes it by a range.");
  else {
    lines.push("", "At once, as soon as its artifact is pushed:");
    for (const { cluster, bundle, range, from } of pickUps)
      lines.push(
        `- ${cluster} takes it: its ${bundle} follows ${range}${from === undefined ? "" : `, and has ${from}`}`,
      );
  }
  if (impact === undefined) {
    lines.push(
      "",
      previous === undefined
        ? "The first release."
        : `What changed since ${previous} is not known here: git fetch --tags origin.`,
    );
    return `${lines.join("\n")}\n`;
  }
  const later = whenLater(impact.later);
  if (later.size > 0) {
    lines.push("", "Later:");
    for (const [when, names] of later) lines.push(`- ${showClusters(names)}: ${when}`);
  }
  const groups = groupImpact(impact);
  lines.push(
    "",
    `Since ${previous}, ${groups.length === 0 ? "no object of any cluster changes." : "cluster by cluster:"}`,
  );
  if (groups.length > 0) {
    const [, ...body] = impactText({ ...impact, later: [] }, isProtected, (_, text) => text).split("\n");
    lines.push(...body);
  }
  return `${lines.join("\n")}\n`;
}
