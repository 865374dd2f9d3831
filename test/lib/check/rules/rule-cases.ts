import { describe, expect, it } from "vitest";
import { CheckedCluster, type ClusterKnowledge, nameOf } from "../../../../lib/check/fleet.ts";
import type { Finding, Rule } from "../../../../lib/check/rule.ts";
import { effectiveCluster, objectsOf } from "../../../../lib/effective/cluster.ts";
import type { SourceContent, SourceObject, Sources } from "../../../../lib/effective/source.ts";
import { MemoryTree } from "../../../../lib/flux/tree.ts";

/** A fleet for a rule: YAML that the one cluster `test` applies, or files, whose `clusters/<name>` are the clusters. */
export type RuleFleet = string | Readonly<Record<string, string>>;

/** A fleet with a fault: `Kind namespace/name: message` of each finding, as text that is part of it or a pattern. */
export type BrokenFleet = readonly [fleet: RuleFleet, ...findings: (string | RegExp)[]];

/** Cases of a rule, by what they show. */
export interface RuleCases {
  readonly compliant: Readonly<Record<string, RuleFleet>>;
  readonly broken: Readonly<Record<string, BrokenFleet>>;
  /** What is known of every cluster. */
  readonly knowledge?: ClusterKnowledge;
}

/** The tests of a rule: compliant fleets give nothing, and each broken one exactly its findings. */
export function ruleCases(rule: Rule, { compliant, broken, knowledge }: RuleCases): void {
  describe(rule.name, () => {
    for (const [title, fleet] of Object.entries(compliant))
      it(`lets pass: ${title}`, () => {
        expect(findingsOf(rule, fleet, knowledge)).toEqual([]);
      });
    for (const [title, [fleet, ...expected]] of Object.entries(broken))
      it(`tells: ${title}`, () => {
        const found = findingsOf(rule, fleet, knowledge);
        expect(found).toHaveLength(expected.length);
        expected.forEach((each, index) => {
          if (typeof each === "string") expect(found[index]).toContain(each);
          else expect(found[index]).toMatch(each);
        });
      });
  });
}

/** The findings of a rule as text. */
export function findingsOf(rule: Rule, fleet: RuleFleet, knowledge?: ClusterKnowledge): string[] {
  return rule.check({ clusters: clustersOf(fleet, knowledge) }).map(describeFinding);
}

const describeFinding = ({ cluster, object, unit, message }: Finding): string =>
  `${cluster}: ${object !== undefined ? nameOf(object) : unit !== undefined ? `Kustomization ${unit.id}` : ""}: ${message}`;

/** The clusters of a fleet in memory. */
export function clustersOf(fleet: RuleFleet, knowledge: ClusterKnowledge = {}): CheckedCluster[] {
  const files = typeof fleet === "string" ? { "clusters/test/all.yaml": fleet } : fleet;
  const tree = new MemoryTree(new Map(Object.entries(files)));
  return (tree.list("clusters") ?? []).map((name) => {
    const cluster = effectiveCluster({ name, path: `clusters/${name}` }, new TreeSources(tree));
    objectsOf(cluster);
    return new CheckedCluster(cluster, { kubernetes: "1.35", ...knowledge });
  });
}

/**
 * Every GitRepository is the tree itself, save those of other hosts; a release that a
 * range of an OCIRepository takes is empty, with an older one to fall back to if its URL says so.
 */
class TreeSources implements Sources {
  readonly root: MemoryTree;
  constructor(root: MemoryTree) {
    this.root = root;
  }
  content({ kind, name, spec }: SourceObject): SourceContent {
    const url = String(spec["url"]);
    if (kind === "OCIRepository" && url.includes("released"))
      return {
        tree: new MemoryTree(new Map()),
        revision: "1.1.0 (the best in 1.x)",
        reviewed: false,
        taken: { tag: "1.1.0", fallback: url.endsWith("twice") ? "1.0.0" : undefined },
      };
    return kind === "GitRepository" && !url.includes("elsewhere")
      ? { tree: this.root, revision: "main", reviewed: true }
      : { reason: "elsewhere", message: `${kind} '${name}' is elsewhere` };
  }
}

/** A Kustomization of Flux. @param spec further fields, as YAML in braces */
export const kustomization = (
  name: string,
  path: string,
  spec = "",
  namespace = "flux-system",
): string => `---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: { name: ${name}, namespace: ${namespace} }
spec: { interval: 10m, path: ./${path}, prune: true, sourceRef: { kind: GitRepository, name: flux-system, namespace: flux-system }${spec === "" ? "" : `, ${spec}`} }
`;

/** A Deployment of one container. @param container its further fields, as YAML in braces */
export const deployment = (name: string, container: string, spec = "replicas: 1", pod = ""): string => `---
apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name}, namespace: apps }
spec:
  ${spec}
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec:
      ${pod === "" ? "enableServiceLinks: false" : pod}
      containers:
        - { name: web, image: "web:1"${container === "" ? "" : `, ${container}`} }
`;

/** Any object. @param rest its further fields, as YAML */
export const object = (
  apiVersion: string,
  kind: string,
  name: string,
  rest = "",
  namespace = "apps",
): string => `---
apiVersion: ${apiVersion}
kind: ${kind}
metadata: { name: ${name}${namespace === "" ? "" : `, namespace: ${namespace}`} }
${rest}
`;

/** A HelmRelease. */
export const release = (name: string, spec: string, namespace = "apps"): string =>
  object("helm.toolkit.fluxcd.io/v2", "HelmRelease", name, `spec: { interval: 10m, ${spec} }`, namespace);
