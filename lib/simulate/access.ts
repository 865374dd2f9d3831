import { pluralOf } from "./plural.ts";
import { groupOf, metadataOf, type World, type WorldObject } from "./world.ts";

type Json = Readonly<Record<string, unknown>>;

/** A ServiceAccount that a Kustomization or a release is applied as. */
export interface Account {
  readonly namespace: string;
  readonly name: string;
}

interface RoleRule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly verbs?: readonly string[];
  readonly resourceNames?: readonly string[];
}

/**
 * Why an account may not do something with an object, in Kubernetes' words; undefined where it may. The account
 * itself need not exist: who impersonates it is authorised by its name alone.
 */
export function refusedAccess(
  world: World,
  { namespace, name }: Account,
  verb: "create" | "patch" | "delete",
  object: Json,
): string | undefined {
  const apiVersion = String(object["apiVersion"]);
  const kind = String(object["kind"]);
  const group = groupOf(apiVersion);
  const resource = pluralOf(world, apiVersion, kind);
  const within = metadataOf(object).namespace;
  const bindings = [...world.objects.values()].filter((binding) => {
    const bindingKind = binding.object["kind"];
    return (
      (bindingKind === "ClusterRoleBinding" ||
        (bindingKind === "RoleBinding" &&
          within !== undefined &&
          metadataOf(binding.object).namespace === within)) &&
      namesAccount(binding, namespace, name)
    );
  });
  const allowed = bindings.some((binding) =>
    rulesOf(world, binding).some(
      (rule) =>
        holds(rule.apiGroups, group) &&
        holds(rule.resources, resource) &&
        holds(rule.verbs, verb) &&
        (rule.resourceNames === undefined ||
          (verb !== "create" && rule.resourceNames.includes(metadataOf(object).name))),
    ),
  );
  if (allowed) return undefined;
  const where = within === undefined ? "at the cluster scope" : `in the namespace "${within}"`;
  return `User "system:serviceaccount:${namespace}:${name}" cannot ${verb} resource "${resource}" in API group "${group}" ${where}`;
}

const holds = (list: readonly string[] | undefined, item: string): boolean =>
  list !== undefined && (list.includes("*") || list.includes(item));

function namesAccount({ object }: WorldObject, namespace: string, name: string): boolean {
  const subjects = (object["subjects"] ?? []) as readonly {
    kind: string;
    name: string;
    namespace?: string;
  }[];
  const groups = ["system:authenticated", "system:serviceaccounts", `system:serviceaccounts:${namespace}`];
  return subjects.some((subject) => {
    if (subject.kind === "ServiceAccount") return subject.name === name && subject.namespace === namespace;
    if (subject.kind === "Group") return groups.includes(subject.name);
    return subject.kind === "User" && subject.name === `system:serviceaccount:${namespace}:${name}`;
  });
}

function rulesOf(world: World, { object }: WorldObject): readonly RoleRule[] {
  const { kind, name } = object["roleRef"] as { kind: string; name: string };
  const namespace = kind === "Role" ? metadataOf(object).namespace : undefined;
  const role = world.get("rbac.authorization.k8s.io/v1", kind, namespace, name)?.object;
  if (role !== undefined) return (role["rules"] ?? []) as readonly RoleRule[];
  if (kind !== "ClusterRole") return [];
  if (name === "cluster-admin") return [everything];
  if (name !== "admin" && name !== "edit") return [];
  return [...(name === "admin" ? [administration] : []), ...edited, ...aggregated(world, name)];
}

/** What ClusterRoles add to Kubernetes' own. */
function aggregated(world: World, to: "admin" | "edit"): RoleRule[] {
  const labels = to === "admin" ? ["admin", "edit"] : ["edit"];
  return [...world.objects.values()].flatMap(({ object }) => {
    if (object["kind"] !== "ClusterRole") return [];
    const own = metadataOf(object).labels ?? {};
    const adds = labels.some((label) => own[`rbac.authorization.k8s.io/aggregate-to-${label}`] === "true");
    return adds ? (object["rules"] ?? []) : [];
  });
}

const writing = ["create", "delete", "deletecollection", "patch", "update", "get", "list", "watch"];
const everything: RoleRule = { apiGroups: ["*"], resources: ["*"], verbs: ["*"] };

/** What `admin` may beyond `edit` (k8s.io/kubernetes, plugin/pkg/auth/authorizer/rbac/bootstrappolicy/policy.go). */
const administration: RoleRule = {
  apiGroups: ["rbac.authorization.k8s.io"],
  resources: ["roles", "rolebindings"],
  verbs: writing,
};

/** What `edit` may change (the same file). */
const edited: readonly RoleRule[] = [
  {
    apiGroups: [""],
    resources: [
      "configmaps",
      "events",
      "persistentvolumeclaims",
      "pods",
      "replicationcontrollers",
      "secrets",
      "serviceaccounts",
      "services",
    ],
    verbs: writing,
  },
  {
    apiGroups: ["apps"],
    resources: ["daemonsets", "deployments", "replicasets", "statefulsets"],
    verbs: writing,
  },
  { apiGroups: ["autoscaling"], resources: ["horizontalpodautoscalers"], verbs: writing },
  { apiGroups: ["batch"], resources: ["cronjobs", "jobs"], verbs: writing },
  { apiGroups: ["policy"], resources: ["poddisruptionbudgets"], verbs: writing },
  { apiGroups: ["networking.k8s.io"], resources: ["ingresses", "networkpolicies"], verbs: writing },
];
