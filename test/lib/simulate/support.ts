import { dump } from "js-yaml";
import { effectiveCluster } from "../../../lib/effective/cluster.ts";
import type { Sources } from "../../../lib/effective/source.ts";
import { MemoryTree, type Tree } from "../../../lib/flux/tree.ts";
import { type ClusterAt, courseOf } from "../../../lib/simulate/course.ts";
import { type Latencies, usual } from "../../../lib/simulate/latencies.ts";
import { type Outcome, outcomesOf } from "../../../lib/simulate/outcome.ts";
import type { Simulation } from "../../../lib/simulate/simulation.ts";
import { type Trouble, troublesOf } from "../../../lib/simulate/trouble.ts";

export type Manifest = Readonly<Record<string, unknown>>;

/** Files of a cluster by path, each as text or as objects; those in `cluster/` are what the root applies. */
export type Files = Readonly<Record<string, string | readonly Manifest[]>>;

/** A simulation with what came of it. */
export interface Simulated {
  readonly simulation: Simulation;
  readonly outcomes: readonly Outcome[];
  readonly troubles: readonly Trouble[];
  /** The outcome of a Kustomization in flux-system by its name, or of anything by its id. */
  readonly of: (name: string) => Outcome;
  /** Names of what is Ready, Kustomizations in flux-system by their name alone. */
  readonly ready: readonly string[];
}

export interface Settings {
  readonly before?: Files;
  readonly failing?: readonly string[];
  readonly given?: readonly string[];
  readonly latencies?: Latencies;
}

/** Simulates a cluster whose repository has these files. */
export function simulated(
  files: Files,
  { before, failing = [], given = [], latencies = usual }: Settings = {},
): Simulated {
  const now = clusterOf(files);
  const simulation = courseOf(now, {
    kubernetes: "1.35",
    latencies,
    failing: new Set(failing),
    given: new Set(given),
    ...(before === undefined ? {} : { before: clusterOf(before) }),
  });
  const outcomes = outcomesOf(simulation, now.cluster);
  return {
    simulation,
    outcomes,
    troubles: troublesOf(outcomes),
    of: (name) => {
      const id = name.includes(" ") ? name : `Kustomization flux-system/${name}`;
      const found = outcomes.find((outcome) => outcome.id === id);
      if (found === undefined) throw new Error(`${id} is in no outcome`);
      return found;
    },
    ready: outcomes
      .filter(({ verdict }) => verdict === "ready")
      .map(({ id }) => id.replace("Kustomization flux-system/", "")),
  };
}

function clusterOf(files: Files): ClusterAt {
  const texts = Object.entries(files).map(([path, content]): [string, string] => [
    path,
    typeof content === "string" ? content : content.map((object) => dump(object)).join("---\n"),
  ]);
  const tree: Tree = new MemoryTree(new Map(texts));
  const sources: Sources = {
    root: tree,
    content: ({ kind, name }) =>
      kind === "GitRepository"
        ? { tree, revision: "main", reviewed: true }
        : { reason: "elsewhere", message: `what ${kind} '${name}' has is not in this clone` },
  };
  return { cluster: effectiveCluster({ name: "test", path: "cluster" }, sources), sources };
}

/** A Kustomization of the folder of its name, in flux-system. */
export function unit(name: string, spec: Manifest = {}, namespace = "flux-system"): Manifest {
  return {
    apiVersion: "kustomize.toolkit.fluxcd.io/v1",
    kind: "Kustomization",
    metadata: { name, namespace },
    spec: {
      interval: "10m",
      retryInterval: "1m",
      timeout: "2m",
      path: `./${name}`,
      prune: true,
      sourceRef: { kind: "GitRepository", name: "flux-system", namespace: "flux-system" },
      ...spec,
    },
  };
}

export const dependsOn = (...names: readonly string[]): Manifest => ({
  dependsOn: names.map((name) => ({ name })),
});

export function configMap(name: string, data: Manifest = {}, namespace = "default"): Manifest {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace }, data };
}

export const namespace = (name: string): Manifest => ({
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name },
});

export function deployment(name: string, spec: Manifest = {}, pod: Manifest = {}): Manifest {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace: "default" },
    spec: {
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: "main", image: "example.com/main:1" }], ...pod },
      },
      ...spec,
    },
  };
}

/** A definition of the kind Widget in widgets.example.com. */
export function definition(
  spec: Manifest = { type: "object", "x-kubernetes-preserve-unknown-fields": true },
): Manifest {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "widgets.example.com" },
    spec: {
      group: "example.com",
      scope: "Namespaced",
      names: { kind: "Widget", plural: "widgets" },
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: "object", properties: { spec } } },
        },
      ],
    },
  };
}

export function widget(name: string, spec: Manifest = {}): Manifest {
  return { apiVersion: "example.com/v1", kind: "Widget", metadata: { name, namespace: "default" }, spec };
}

/** A release of a chart out of an OCIRepository of its own. */
export function release(name: string, spec: Manifest = {}, chart = name): Manifest[] {
  const metadata = { name, namespace: "default" };
  return [
    {
      apiVersion: "source.toolkit.fluxcd.io/v1",
      kind: "OCIRepository",
      metadata,
      spec: { interval: "1h", url: `oci://example.com/${chart}`, ref: { tag: "1.0.0" }, layerSelector: helm },
    },
    {
      apiVersion: "helm.toolkit.fluxcd.io/v2",
      kind: "HelmRelease",
      metadata,
      spec: { interval: "30m", chartRef: { kind: "OCIRepository", name }, ...spec },
    },
  ];
}

const helm = { mediaType: "application/vnd.cncf.helm.chart.content.v1.tar+gzip", operation: "copy" };
