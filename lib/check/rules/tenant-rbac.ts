import { type CheckedCluster, metadataOf, specOf } from "../fleet.ts";
import type { Finding, Rule } from "../rule.ts";

type Json = Readonly<Record<string, unknown>>;

/** Whether an app can reach beyond what is its own. */
export const tenantRbac: Rule = {
  name: "tenant-rbac",
  description: "what is outside flux-system is applied as an account of its own, which may not do everything",
  severity: "error",
  check: ({ clusters }) => clusters.flatMap(checkCluster),
};

function checkCluster(cluster: CheckedCluster): Finding[] {
  const found: Finding[] = [];
  const tenants = new Set<string>();
  for (const unit of cluster.effective.units.values()) {
    const { namespace, spec } = unit.definition;
    if (namespace === "flux-system") continue;
    const account = spec["serviceAccountName"];
    if (typeof account === "string") tenants.add(`${namespace}/${account}`);
    else if (spec["kubeConfig"] === undefined)
      found.push({
        cluster: cluster.name,
        unit,
        message: "is applied with all rights of Flux",
        remedy: "give it a serviceAccountName",
      });
  }
  for (const object of cluster.ofKind("HelmRelease")) {
    const { serviceAccountName, kubeConfig } = specOf(object);
    if (cluster.unitOf(object).definition.namespace === "flux-system") continue;
    if (typeof serviceAccountName !== "string" && kubeConfig === undefined)
      found.push({
        cluster: cluster.name,
        object,
        field: "spec",
        message: "is installed with all rights of Flux",
        remedy: "give it the serviceAccountName that its Kustomization has",
      });
  }
  for (const object of cluster.ofKind("ClusterRoleBinding", "RoleBinding")) {
    const { kind, roleRef, subjects } = object.object as {
      kind: string;
      roleRef?: { kind?: string; name?: string };
      subjects?: readonly { kind: string; namespace?: string; name: string }[];
    };
    const holders = (subjects ?? []).filter(
      (subject) =>
        subject.kind === "ServiceAccount" &&
        tenants.has(`${subject.namespace ?? metadataOf(object).namespace ?? ""}/${subject.name}`),
    );
    if (holders.length === 0) continue;
    const role = `${roleRef?.kind} ${roleRef?.name}`;
    const all =
      roleRef?.name === "cluster-admin" || allowsAll(cluster, roleRef, metadataOf(object).namespace);
    // Everything in a namespace of one's own is fine, unless that is Flux's.
    const wide =
      kind === "ClusterRoleBinding"
        ? all
        : all && ["flux-system", "kube-system"].includes(metadataOf(object).namespace ?? "");
    if (!wide) continue;
    found.push({
      cluster: cluster.name,
      object,
      field: "roleRef",
      message: `gives ${role}, which may do everything, to ${holders.map(({ name, namespace }) => `${namespace}/${name}`).join(", ")}, which apps are applied as`,
    });
  }
  return found;
}

function allowsAll(
  cluster: CheckedCluster,
  roleRef: { kind?: string; name?: string } | undefined,
  namespace: string | undefined,
): boolean {
  return cluster.ofKind(roleRef?.kind ?? "").some((role) => {
    const metadata = metadataOf(role);
    if (metadata.name !== roleRef?.name || (roleRef?.kind === "Role" && metadata.namespace !== namespace))
      return false;
    return ((role.object["rules"] ?? []) as Json[]).some(allows);
  });
}

/** Everything, or what leads there: kubernetes.io/docs/concepts/security/rbac-good-practices/#privilege-escalation-risks */
function allows(rule: Json): boolean {
  const has = (part: string, ...any: string[]) =>
    ((rule[part] ?? []) as string[]).some((each) => any.includes(each));
  if (!has("apiGroups", "*", "rbac.authorization.k8s.io") && !has("verbs", "impersonate")) return false;
  if (has("apiGroups", "*") && has("resources", "*") && has("verbs", "*")) return true;
  if (has("resources", "clusterroles") && has("verbs", "escalate", "bind", "*")) return true;
  return has("resources", "users", "groups", "serviceaccounts") && has("verbs", "impersonate");
}
