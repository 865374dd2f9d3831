import { definedKind, servedFrom } from "./kinds.ts";
import { fields, type KubeObject, list, type ObjectKey, text } from "./objects.ts";
import { type Ownership, topOwner } from "./ownership.ts";
import type { Snapshot } from "./snapshot.ts";

/** Which appliers hold the controllers that a kind's objects need to go. */
export interface Controllers {
  /** Those that may be needed to finalise objects of a kind. */
  readonly of: (kind: { group: string; plural: string }) => ReadonlySet<ObjectKey>;
  /** Those that may be needed to remove a claim's volume. */
  readonly ofClaim: (claim: KubeObject) => ReadonlySet<ObjectKey>;
  /** Appliers of anything that serves others: definitions, webhooks, drivers, controllers. */
  readonly all: ReadonlySet<ObjectKey>;
}

/** Kinds whose presence says that an applier serves others. */
const serving = new Set([
  "CustomResourceDefinition",
  "ValidatingWebhookConfiguration",
  "MutatingWebhookConfiguration",
  "APIService",
  "CSIDriver",
  "StorageClass",
  "IngressClass",
]);
const workloads = new Set(["Deployment", "StatefulSet", "DaemonSet"]);

/**
 * Finds controllers without being told: who applied the definition, who answers for its webhooks, and whose pods
 * may write the kind's status or finalizers, as only a kind's controller needs to.
 */
export function findControllers({ objects }: Snapshot, ownership: Ownership): Controllers {
  const applierOf = (key: ObjectKey) => ownership.applierOf.get(topOwner(key, ownership));
  const byGroup = new Map<string, Map<string, Set<ObjectKey>>>();
  const all = new Set<ObjectKey>();
  const drivers = new Map<string, ObjectKey>();
  const add = (group: string, plural: string, applier: ObjectKey | undefined) => {
    if (applier === undefined) return;
    all.add(applier);
    const plurals = byGroup.get(group) ?? new Map<string, Set<ObjectKey>>();
    byGroup.set(group, plurals);
    plurals.set(plural, (plurals.get(plural) ?? new Set()).add(applier));
  };
  for (const [key, object] of objects) {
    const applier = applierOf(key);
    const defined = definedKind(object);
    if (defined !== undefined) add(defined.group, defined.plural, applier);
    if (applier !== undefined && serving.has(object.kind)) all.add(applier);
    if (applier !== undefined && (object.kind === "CSIDriver" || object.kind === "StorageClass"))
      drivers.set(object.kind === "CSIDriver" ? object.metadata.name : key, applier);
    for (const { namespace, name } of servedFrom(object)) {
      const server = applierOf(`/Service/${namespace}/${name}`) ?? applier;
      for (const webhook of list(object, "webhooks"))
        for (const rule of list(webhook, "rules"))
          for (const group of list<string>(rule, "apiGroups"))
            if (group !== "*" && group !== "") add(group, "*", server);
    }
  }
  for (const { group, plural, applier } of granted(objects, applierOf)) add(group, plural, applier);

  const none: ReadonlySet<ObjectKey> = new Set();
  const of = ({ group, plural }: { group: string; plural: string }) => {
    const plurals = byGroup.get(group);
    const exact = plurals?.get(plural);
    const any = plurals?.get("*");
    return new Set([...(exact ?? none), ...(any ?? none)]);
  };
  return {
    of,
    all,
    ofClaim: (claim) => {
      const found = new Set(of({ group: "", plural: "persistentvolumes" }));
      const name = text(claim["spec"], "storageClassName");
      const key = `storage.k8s.io/StorageClass//${name}`;
      const provisioner = text(objects.get(key), "provisioner");
      for (const id of [key, provisioner])
        if (id !== undefined && drivers.has(id)) found.add(drivers.get(id)!);
      return found;
    },
  };
}

/** What the pods of appliers may do that only controllers do. */
function* granted(
  objects: Snapshot["objects"],
  applierOf: (key: ObjectKey) => ObjectKey | undefined,
): Generator<{ group: string; plural: string; applier: ObjectKey }> {
  const appliersOfAccount = new Map<string, Set<ObjectKey>>();
  for (const [key, object] of objects) {
    if (!workloads.has(object.kind)) continue;
    const applier = applierOf(key);
    const pod = fields(fields(object["spec"], "template"), "spec");
    const account = `${object.metadata.namespace}/${text(pod, "serviceAccountName") ?? "default"}`;
    if (applier !== undefined)
      appliersOfAccount.set(account, (appliersOfAccount.get(account) ?? new Set()).add(applier));
  }
  for (const binding of objects.values()) {
    const everywhere = binding.kind === "ClusterRoleBinding";
    if (!everywhere && binding.kind !== "RoleBinding") continue;
    const appliers = list(binding, "subjects").flatMap((subject) => {
      const namespace = text(subject, "namespace") ?? binding.metadata.namespace;
      return [...(appliersOfAccount.get(`${namespace}/${text(subject, "name")}`) ?? [])];
    });
    if (appliers.length === 0) continue;
    const reference = fields(binding, "roleRef");
    const within = reference["kind"] === "Role" ? binding.metadata.namespace : "";
    const role = objects.get(
      `rbac.authorization.k8s.io/${text(reference, "kind")}/${within}/${text(reference, "name")}`,
    );
    for (const rule of list(role, "rules"))
      for (const group of list<string>(rule, "apiGroups"))
        for (const plural of controlled(rule, group, everywhere))
          for (const applier of appliers) yield { group, plural, applier };
  }
}

/** The kinds of a rule's resources whose status or finalizers it lets write; `*` for all. */
function controlled(rule: unknown, group: string, everywhere: boolean): string[] {
  const verbs = list<string>(rule, "verbs");
  // Who may do everything is nobody's controller in particular.
  if (group === "*") return [];
  const writes = verbs.some((verb) => verb === "*" || verb === "update" || verb === "patch");
  return list<string>(rule, "resources").flatMap((resource) => {
    if (group === "" && resource === "persistentvolumes")
      return verbs.includes("delete") || verbs.includes("*") ? [resource] : [];
    if (!writes) return [];
    if (resource === "*") return everywhere && group !== "" ? ["*"] : [];
    const [plural, part] = resource.split("/");
    return part === "status" || part === "finalizers" || part === "*" ? [plural!] : [];
  });
}
