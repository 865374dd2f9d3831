import type { Controllers } from "./controllers.ts";
import type { Edge, EdgeReason } from "./graph.ts";
import { groupKind, nameOf, type ObjectKey, parseKey } from "./objects.ts";
import type { Ownership } from "./ownership.ts";
import type { Scope } from "./scope.ts";
import type { Snapshot } from "./snapshot.ts";
import { namespacesOf, type Part, removalOf, unitId, type Units } from "./units.ts";

/** What is in an applier goes before it; and nothing of it begins before its point `begin`. */
export function treeOf(
  { appliers, applierOf }: Ownership,
  { kept }: Scope,
  { units }: Units,
): { points: string[]; edges: Edge[] } {
  const points: string[] = [];
  const edges: Edge[] = [];
  const edge = (before: string, after: string) => edges.push({ before, after, reason: "tree" });
  const parts: readonly Part[] = ["finalizers", "custom", "external", "direct", "namespaces"];
  for (const { key, object } of appliers.values()) {
    points.push(`begin:${key}`, `end:${key}`);
    const own = parts.map((part) => unitId(part, key)).filter((id) => units.has(id));
    for (const id of own) edge(`begin:${key}`, id);
    const self = object === undefined || kept.has(key) ? [] : [unitId("applier", key)];
    const last = [
      ...["direct", "namespaces"].map((part) => unitId(part as Part, key)).filter((id) => units.has(id)),
      ...self,
    ];
    // The last ones come one after the other, everything else before the first of them.
    const chain = [...last, `end:${key}`];
    for (const id of own) if (!last.includes(id)) edge(id, chain[0]!);
    for (let index = 1; index < chain.length; index++) edge(chain[index - 1]!, chain[index]!);
    edge(`begin:${key}`, chain[0]!);
    edge(unitId("finalizers", key), unitId("custom", key));
    const parent = applierOf.get(key);
    if (parent === undefined) continue;
    edge(`begin:${parent}`, `begin:${key}`);
    const above = ["direct", "namespaces", "applier"]
      .map((part) => unitId(part as Part, parent))
      .find((id) => units.has(id));
    edge(`end:${key}`, above ?? `end:${parent}`);
  }
  edge(unitId("finalizers", ""), unitId("custom", ""));
  return { points, edges };
}

/** Everything else that makes one unit wait for another. */
export function edgesOf(
  snapshot: Snapshot,
  ownership: Ownership,
  scope: Scope,
  all: Units,
  controllers: Controllers,
): Edge[] {
  const { objects, kinds } = snapshot;
  const { appliers } = ownership;
  const { units, responsible } = all;
  const edges: Edge[] = [];
  const add = (before: string, after: string | undefined, reason: EdgeReason) => {
    if (after !== undefined) edges.push({ before, after, reason });
  };
  for (const { key, dependsOn, serviceAccount, remote } of appliers.values()) {
    for (const other of dependsOn) add(`end:${key}`, `begin:${other}`, "dependency");
    if (scope.kept.has(key)) continue;
    if (remote !== undefined) add(`end:${key}`, responsible.get(remote), "account");
    if (serviceAccount !== undefined) {
      add(`end:${key}`, responsible.get(serviceAccount), "account");
      for (const right of rightsOf(objects, serviceAccount))
        add(`end:${key}`, responsible.get(right), "account");
    }
  }
  for (const unit of units.values()) {
    if (unit.part === "definitions") continue;
    const seen = new Set<string>();
    for (const key of [...unit.objects, ...unit.awaits]) {
      const object = objects.get(key)!;
      const kind = kinds.get(groupKind(nameOf(object)));
      if (kind === undefined || appliers.has(key)) continue;
      const claim = kind.group === "" && kind.kind === "PersistentVolumeClaim";
      if (!claim && seen.has(groupKind(kind))) continue;
      seen.add(groupKind(kind));
      for (const applier of claim ? controllers.ofClaim(object) : controllers.of(kind))
        add(unit.id, removalOf(applier, all), claim ? "volume" : "controller");
    }
    for (const namespace of namespacesOf(unit))
      add(unit.id, responsible.get(`/Namespace//${namespace}`), "namespace");
    if (unit.part === "volumes")
      for (const user of unit.id.slice("volumes:".length).split(" ")) add(`end:${user}`, unit.id, "mount");
  }
  return edges;
}

/** The bindings that give a ServiceAccount its rights, and the roles that they name. */
function rightsOf(objects: Snapshot["objects"], account: ObjectKey): ObjectKey[] {
  const rights: ObjectKey[] = [];
  const { namespace, name } = parseKey(account);
  for (const [key, binding] of objects) {
    if (binding.kind !== "RoleBinding" && binding.kind !== "ClusterRoleBinding") continue;
    const subjects = binding["subjects"] as { kind: string; name: string; namespace?: string }[] | undefined;
    const bound = subjects?.some(
      (subject) =>
        subject.kind === "ServiceAccount" &&
        subject.name === name &&
        (subject.namespace ?? binding.metadata.namespace) === namespace,
    );
    if (bound !== true) continue;
    const role = binding["roleRef"] as { kind: string; name: string };
    const within = role.kind === "Role" ? binding.metadata.namespace : "";
    rights.push(key, `rbac.authorization.k8s.io/${role.kind}/${within}/${role.name}`);
  }
  return rights;
}
