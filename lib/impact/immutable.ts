import type { FieldChange } from "../flux/field-changes.ts";

type Json = Readonly<Record<string, unknown>>;

/**
 * Fields that the API server refuses to change, by kind (k8s.io/kubernetes, pkg/apis/…/validation, v1.36). A path
 * stands for all below it.
 */
const immutable: Readonly<Record<string, readonly string[]>> = {
  Deployment: ["spec.selector"],
  DaemonSet: ["spec.selector"],
  ReplicaSet: ["spec.selector"],
  Job: [
    "spec.selector",
    "spec.template",
    "spec.completionMode",
    "spec.podFailurePolicy",
    "spec.backoffLimitPerIndex",
  ],
  PersistentVolume: [
    "spec.csi",
    "spec.hostPath",
    "spec.nfs",
    "spec.local",
    "spec.volumeMode",
    "spec.nodeAffinity",
  ],
  StorageClass: ["provisioner", "parameters", "reclaimPolicy", "volumeBindingMode"],
  RoleBinding: ["roleRef"],
  ClusterRoleBinding: ["roleRef"],
  Service: ["spec.clusterIP", "spec.clusterIPs", "spec.loadBalancerClass"],
  Secret: ["type"],
  IngressClass: ["spec.controller"],
  PriorityClass: ["value", "preemptionPolicy"],
  RuntimeClass: ["handler"],
  CustomResourceDefinition: ["spec.scope", "spec.group", "spec.names.plural", "spec.names.kind"],
  CSIDriver: ["spec.attachRequired", "spec.fsGroupPolicy", "spec.volumeLifecycleModes"],
};

/** Fields that may change where all others may not. */
const mutable: Readonly<Record<string, readonly string[]>> = {
  StatefulSet: [
    "spec.replicas",
    "spec.ordinals",
    "spec.template",
    "spec.updateStrategy",
    "spec.persistentVolumeClaimRetentionPolicy",
    "spec.minReadySeconds",
    "spec.revisionHistoryLimit",
  ],
  PersistentVolumeClaim: ["spec.resources", "spec.volumeAttributesClassName"],
};

const builtIn =
  /^(v1|(apps|batch|storage\.k8s\.io|rbac\.authorization\.k8s\.io|networking\.k8s\.io|scheduling\.k8s\.io|node\.k8s\.io|apiextensions\.k8s\.io)\/\w+)$/;

/** The changed fields of an object that cannot be changed. */
export function immutableFields(old: Json, now: Json, fields: readonly FieldChange[]): string[] {
  const kind = String(now["kind"]);
  if (!builtIn.test(String(now["apiVersion"]))) return [];
  const below = (path: string, whole: string) =>
    path === whole || path.startsWith(`${whole}.`) || path.startsWith(`${whole}[`);
  const found = fields.filter(({ path, before, after }) => {
    const never = immutable[kind]?.some((whole) => below(path, whole)) === true;
    const may = mutable[kind];
    // What the server gave may be left unsaid.
    if (kind === "Service" && (before === undefined || after === undefined)) return false;
    return never || (may !== undefined && below(path, "spec") && !may.some((whole) => below(path, whole)));
  });
  const paths = found.map(({ path }) => path);
  if ((kind === "ConfigMap" || kind === "Secret") && old["immutable"] === true)
    paths.push(
      ...fields
        .map(({ path }) => path)
        .filter((path) => /^(data|binaryData|stringData|immutable)\b/.test(path)),
    );
  return [...new Set(paths)];
}
