import type { EffectiveObject } from "../effective/unit.ts";
import { type CheckedCluster, specOf } from "./fleet.ts";

type Json = Readonly<Record<string, unknown>>;

/** The kinds that run pods for good. */
const runningKinds = ["Deployment", "StatefulSet", "DaemonSet"] as const;
/** The kinds that make pods, or are one. */
export const podKinds = [...runningKinds, "Job", "CronJob", "Pod", "ReplicaSet"] as const;

/** A pod's spec in an object, and the path that leads to it. */
export interface PodSpec {
  readonly spec: Json;
  readonly path: string;
}

/** The pods that an object makes, if it makes any. */
export function podSpecOf({ object }: EffectiveObject): PodSpec | undefined {
  const spec = (object["spec"] ?? {}) as Json;
  switch (object["kind"]) {
    case "Pod":
      return { spec, path: "spec" };
    case "CronJob": {
      const job = (spec["jobTemplate"] as Json | undefined)?.["spec"] as Json | undefined;
      return below(job, "spec.jobTemplate.spec");
    }
    case "Deployment":
    case "StatefulSet":
    case "DaemonSet":
    case "ReplicaSet":
    case "Job":
      return below(spec, "spec");
    default:
      return undefined;
  }
}

function below(spec: Json | undefined, path: string): PodSpec | undefined {
  const pod = (spec?.["template"] as Json | undefined)?.["spec"];
  return typeof pod === "object" && pod !== null
    ? { spec: pod as Json, path: `${path}.template.spec` }
    : undefined;
}

export interface Container {
  readonly container: Json;
  readonly name: string;
  readonly path: string;
}

/** The containers of a pod, those that initialise it apart. */
export function containersOf(
  { spec, path }: PodSpec,
  field: "containers" | "initContainers" = "containers",
): Container[] {
  const list = spec[field];
  if (!Array.isArray(list)) return [];
  return list.map((container: Json, index) => ({
    container,
    name: String(container["name"]),
    path: `${path}.${field}[${index}]`,
  }));
}

/** The containers of a cluster's apps that run for good, each with the object that makes it. */
export function appContainers(cluster: CheckedCluster): (Container & { object: EffectiveObject })[] {
  return cluster
    .ofKind(...runningKinds)
    .filter((object) => cluster.isOfApp(object))
    .flatMap((object) =>
      containersOf(podSpecOf(object) ?? { spec: {}, path: "" }).map((each) => ({ ...each, object })),
    );
}

/** All workloads of a cluster. */
export function workloadsOf(cluster: CheckedCluster): { object: EffectiveObject; pod: PodSpec }[] {
  return cluster.ofKind(...podKinds).flatMap((object) => {
    const pod = podSpecOf(object);
    return pod === undefined ? [] : [{ object, pod }];
  });
}

/** The labels of the pods that a workload makes. */
export function podLabelsOf(object: EffectiveObject): Readonly<Record<string, unknown>> {
  const template = specOf(object)["template"] as { metadata?: { labels?: Json } } | undefined;
  return template?.metadata?.labels ?? {};
}

/** Whether labels fit a selector with `matchLabels` and `matchExpressions`. */
export function fits(selector: unknown, labels: Readonly<Record<string, unknown>>): boolean {
  if (typeof selector !== "object" || selector === null) return false;
  const { matchLabels = {}, matchExpressions = [] } = selector as {
    matchLabels?: Json;
    matchExpressions?: readonly { key: string; operator: string; values?: readonly string[] }[];
  };
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const value = labels[key];
      if (operator === "Exists") return value !== undefined;
      if (operator === "DoesNotExist") return value === undefined;
      return values.includes(String(value)) === (operator === "In");
    })
  );
}
