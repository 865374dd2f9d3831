import { literal } from "../fleet/literal.ts";
import type { Impact } from "./review.ts";
import type { ClusterImpact, ObjectChange, UnitNote } from "./impact.ts";

/** The same changes on one or many clusters. */
export interface ImpactGroup {
  readonly clusters: readonly string[];
  /** With `{cluster}` where each cluster has its own name. */
  readonly changes: readonly ObjectChange[];
  readonly failures: readonly UnitNote[];
  readonly unknown: readonly UnitNote[];
  readonly clusterChange: ClusterImpact["clusterChange"];
}

/** Tells the same change once, however many clusters it reaches: those of most clusters first. */
export function groupImpact({ clusters }: Pick<Impact, "clusters">): ImpactGroup[] {
  const facts = new Map<string, { fact: Fact; clusters: string[] }>();
  for (const impact of clusters)
    for (const fact of factsOf(impact)) {
      // The same manifest has one path in git and another in an artifact.
      const text = JSON.stringify(fact, (key, value: unknown) => (key === "file" ? undefined : value));
      const common = clusters.length > 1 ? withoutName(text, impact.cluster) : text;
      const known = facts.get(common);
      if (known === undefined) facts.set(common, { fact, clusters: [impact.cluster] });
      else {
        // From the second cluster on, the common form is the true one.
        if (known.clusters.length === 1) known.fact = withFile(JSON.parse(common) as Fact, known.fact);
        known.clusters.push(impact.cluster);
      }
    }
  const groups = new Map<string, { clusters: string[]; facts: Fact[] }>();
  for (const { fact, clusters: names } of facts.values()) {
    const key = names.join("\0");
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { clusters: names, facts: [fact] });
    else group.facts.push(fact);
  }
  return [...groups.values()]
    .sort((a, b) => b.clusters.length - a.clusters.length || (a.clusters[0]! < b.clusters[0]! ? -1 : 1))
    .map(({ clusters: names, facts: own }) => ({
      clusters: names,
      changes: own.flatMap((fact) => ("change" in fact ? fact.change : [])),
      failures: own.flatMap((fact) => ("failure" in fact ? fact.failure : [])),
      unknown: own.flatMap((fact) => ("unknown" in fact ? fact.unknown : [])),
      clusterChange: own.flatMap((fact) => ("clusterChange" in fact ? fact.clusterChange : []))[0],
    }));
}

type Fact =
  | { change: ObjectChange }
  | { failure: UnitNote }
  | { unknown: UnitNote }
  | { clusterChange: "added" | "removed" };

function factsOf({ changes, failures, unknown, clusterChange }: ClusterImpact): Fact[] {
  return [
    ...(clusterChange === undefined ? [] : [{ clusterChange }]),
    ...changes.map((change) => ({ change })),
    ...failures.map((failure) => ({ failure })),
    ...unknown.map((note) => ({ unknown: note })),
  ];
}

/** A common form has lost its manifest: the first cluster's stands for all. */
function withFile(common: Fact, first: Fact): Fact {
  return "change" in common && "change" in first
    ? { change: { ...common.change, file: first.change.file } }
    : common;
}

function withoutName(text: string, name: string): string {
  if (!text.includes(name)) return text;
  const escaped = literal(name);
  return text.replace(new RegExp(`(?<![\\w])${escaped}(?![\\w])`, "g"), "{cluster}");
}
