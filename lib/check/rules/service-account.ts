import { type CheckedCluster, metadataOf, specOf } from "../fleet.ts";
import type { Finding, Rule } from "../rule.ts";
import { workloadsOf } from "../workloads.ts";

/** Whether the accounts that objects run as, or are applied as, exist. */
export const serviceAccount: Rule = {
  name: "service-account",
  description: "the ServiceAccount that a Kustomization, a HelmRelease or a pod names exists",
  severity: "error",
  check: ({ clusters }) => clusters.flatMap(checkCluster),
};

function checkCluster(cluster: CheckedCluster): Finding[] {
  if (!cluster.isWhole) return [];
  const found: Finding[] = [];
  const exists = (namespace: string, name: string) =>
    name === "default" || name.includes("⟨") || cluster.has("ServiceAccount", namespace, name);
  for (const unit of cluster.effective.units.values()) {
    const { namespace, spec } = unit.definition;
    const account = spec["serviceAccountName"];
    if (typeof account === "string" && spec["kubeConfig"] === undefined && !exists(namespace, account))
      found.push({
        cluster: cluster.name,
        unit,
        message: `applies as ServiceAccount ${namespace}/${account}, which does not exist`,
      });
  }
  for (const object of cluster.ofKind("HelmRelease")) {
    const account = specOf(object)["serviceAccountName"];
    const { namespace = "" } = metadataOf(object);
    if (
      typeof account === "string" &&
      specOf(object)["kubeConfig"] === undefined &&
      !exists(namespace, account)
    )
      found.push({
        cluster: cluster.name,
        object,
        field: "spec.serviceAccountName",
        message: `installs as ServiceAccount ${namespace}/${account}, which does not exist`,
      });
  }
  for (const { object, pod } of workloadsOf(cluster)) {
    const account = pod.spec["serviceAccountName"];
    const { namespace = "" } = metadataOf(object);
    if (typeof account === "string" && !exists(namespace, account))
      found.push({
        cluster: cluster.name,
        object,
        field: `${pod.path}.serviceAccountName`,
        message: `runs as ServiceAccount ${namespace}/${account}, which does not exist`,
      });
  }
  return found;
}
