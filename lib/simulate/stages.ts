import { metadataOf } from "./world.ts";

type Json = Readonly<Record<string, unknown>>;

/**
 * The stages in which Flux applies the objects of one Kustomization, each in its order: definitions, namespaces and
 * ClusterRoles, then classes, then all the rest (github.com/fluxcd/pkg/ssa, ApplyAllStaged).
 */
export function stagesOf<T extends { readonly object: Json }>(objects: readonly T[]): T[][] {
  const stages: [T[], T[], T[]] = [[], [], []];
  for (const item of objects) stages[stageOf(item.object)].push(item);
  for (const stage of stages) stage.sort((a, b) => compare(a.object, b.object));
  return stages.filter((stage) => stage.length > 0);
}

/** Whether Flux waits for an object to be there before it goes on to the next stage. */
export const isWaitedFor = (object: Json): boolean => stageOf(object) < 2;

function stageOf(object: Json): 0 | 1 | 2 {
  const kind = String(object["kind"]);
  const apiVersion = String(object["apiVersion"]);
  const lower = kind.toLowerCase();
  if (
    (lower === "customresourcedefinition" && apiVersion.startsWith("apiextensions.k8s.io/")) ||
    (lower === "namespace" && apiVersion === "v1") ||
    (lower === "clusterrole" && apiVersion.startsWith("rbac.authorization.k8s.io/"))
  )
    return 0;
  return kind.endsWith("Class") ? 1 : 2;
}

/** github.com/fluxcd/pkg/ssa, sort.go */
const first = [
  "CustomResourceDefinition",
  "Namespace",
  "ClusterRole",
  "ClusterClass",
  "RuntimeClass",
  "PriorityClass",
  "StorageClass",
  "VolumeSnapshotClass",
  "IngressClass",
  "GatewayClass",
  "ClusterRoleBinding",
  "ResourceQuota",
  "ServiceAccount",
  "Role",
  "RoleBinding",
  "ConfigMap",
  "Secret",
  "Service",
  "LimitRange",
  "Deployment",
  "StatefulSet",
  "CronJob",
  "PodDisruptionBudget",
];
const last = ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

function compare(a: Json, b: Json): number {
  const keys = (object: Json) => {
    const { name, namespace = "" } = metadataOf(object);
    const apiVersion = String(object["apiVersion"]);
    const slash = apiVersion.indexOf("/");
    return [slash < 0 ? "" : apiVersion.slice(0, slash), String(object["kind"]), namespace, name];
  };
  const difference = rankOf(a) - rankOf(b);
  if (difference !== 0) return difference;
  const [left, right] = [keys(a), keys(b)];
  for (const [index, key] of left.entries()) if (key !== right[index]) return key < right[index]! ? -1 : 1;
  return 0;
}

function rankOf(object: Json): number {
  const kind = String(object["kind"]);
  const early = first.indexOf(kind);
  return early >= 0 ? early - first.length : last.indexOf(kind) + 1;
}
