import { type Applier, heldAnnotation, isHelmRelease } from "./appliers.ts";
import { definedKind, holdsExternalState, holdsFinalizer, isDefinition, servedFrom } from "./kinds.ts";
import { fields, groupKind, keyOf, type KubeObject, nameOf, type ObjectKey, parseKey } from "./objects.ts";
import { claimsOf, helmRelease, type Ownership, topOwner } from "./ownership.ts";
import type { Scope } from "./scope.ts";
import type { Snapshot } from "./snapshot.ts";

/** Objects that are deleted at once, and what has to go with them before the next may begin. */
export interface Unit {
  readonly id: string;
  readonly part: Part;
  /** The applier that the objects belong to; itself for the part `applier`. */
  readonly applier: ObjectKey | undefined;
  /** What is deleted. */
  readonly objects: ObjectKey[];
  /** What goes with it, by Flux, by an owner, by a provisioner. */
  readonly awaits: ObjectKey[];
  /** What nothing would remove after it, and is deleted then. */
  readonly leftovers: ObjectKey[];
}

/**
 * What a unit is made of. `finalizers` are custom objects that their controller has to agree to, before the other
 * `custom` objects: a topic's operator may live in the cluster that the topic is in.
 */
export type Part =
  "finalizers" | "custom" | "external" | "volumes" | "direct" | "namespaces" | "applier" | "definitions";

/** The units of a teardown, and for each object that goes the unit that removes it. */
export interface Units {
  readonly units: ReadonlyMap<string, Unit>;
  readonly responsible: ReadonlyMap<ObjectKey, string>;
}

export const unitId = (part: Part, owner: string): string => `${part}:${owner}`;

/** The id of the unit that removes what an applier applied: itself where it prunes, else what is deleted directly. */
export function removalOf(applier: ObjectKey, { units }: Units): string {
  const direct = unitId("direct", applier);
  return units.has(direct) ? direct : unitId("applier", applier);
}

/** Whether an applier's own deletion removes what it applied. */
export const removesContents = ({ object, prunes, remote }: Applier, kept: boolean): boolean =>
  object !== undefined && prunes && !kept && remote === undefined;

/** Sorts what goes into units. */
export function makeUnits(snapshot: Snapshot, ownership: Ownership, { going, kept }: Scope): Units {
  const { objects } = snapshot;
  const { appliers, applierOf, parentOf } = ownership;
  const units = new Map<string, Unit>();
  const responsible = new Map<ObjectKey, string>();
  const unit = (part: Part, owner: string, applier?: ObjectKey): Unit => {
    const id = unitId(part, owner);
    let found = units.get(id);
    if (found === undefined) {
      found = { id, part, applier, objects: [], awaits: [], leftovers: [] };
      units.set(id, found);
    }
    return found;
  };
  const put = (key: ObjectKey, into: Unit, as: "objects" | "awaits" | "leftovers" = "objects") => {
    into[as].push(key);
    responsible.set(key, into.id);
  };
  const customKinds = new Set(
    [...going.keys()].flatMap((key) => {
      const defined = definedKind(objects.get(key)!);
      return defined === undefined ? [] : [`${defined.plural}.${defined.group}`];
    }),
  );
  const isCustom = (object: KubeObject) => {
    const kind = snapshot.kinds.get(groupKind(nameOf(object)));
    return kind !== undefined && customKinds.has(`${kind.plural}.${kind.group}`);
  };
  const users = usersOfClaims(snapshot, ownership);

  const later: ObjectKey[] = [];
  for (const key of going.keys()) {
    const object = objects.get(key)!;
    const owner = applierOf.get(key);
    const applier = owner === undefined ? undefined : appliers.get(owner);
    const pruned = applier !== undefined && removesContents(applier, kept.has(applier.key));
    const name = owner ?? "";
    if (isDefinition(key)) put(key, unit("definitions", ""));
    else if (appliers.get(key)?.object !== undefined) put(key, unit("applier", key, key));
    else if (parentOf.has(key) && going.has(topOwner(key, ownership))) later.push(key);
    else if (object.kind === "PersistentVolume") later.push(key);
    else if (object.kind === "PersistentVolumeClaim" && !pruned) {
      const of = users.get(key) ?? [];
      put(key, unit("volumes", of.join(" "), of[0]));
    } else if (object.kind === "PersistentVolumeClaim") put(key, unit("applier", name, owner), "awaits");
    else if (holdsFinalizer(object)) put(key, unit("finalizers", name, owner));
    else if (isCustom(object)) put(key, unit("custom", name, owner));
    else if (holdsExternalState(object)) put(key, unit("external", name, owner));
    else if (pruned) put(key, unit("applier", name, owner), left(object) ? "leftovers" : "awaits");
    else if (object.kind === "Namespace") put(key, unit("namespaces", owner ?? key, owner));
    else if (owner !== undefined) put(key, unit("direct", name, owner));
    else later.push(key);
  }
  for (const key of later) placeLater(key);
  return { units, responsible };

  /** What goes with something that has its place by now. */
  function placeLater(key: ObjectKey): void {
    const object = objects.get(key)!;
    const { namespace } = object.metadata;
    const top = parentOf.has(key) ? responsible.get(topOwner(key, ownership)) : undefined;
    if (top !== undefined) put(key, units.get(top)!, "awaits");
    else if (object.kind === "PersistentVolume") {
      const { namespace: of, name } = fields(object["spec"], "claimRef") as {
        namespace?: string;
        name?: string;
      };
      const claim = responsible.get(`/PersistentVolumeClaim/${of}/${name}`);
      const retained = fields(object, "spec")["persistentVolumeReclaimPolicy"] === "Retain";
      if (claim === undefined) put(key, unit("direct", ""));
      else put(key, units.get(claim)!, retained ? "leftovers" : "awaits");
    } else {
      const after = releaseOf(object) ?? serverOf(object);
      if (after !== undefined && units.has(after)) put(key, units.get(after)!, "leftovers");
      else if (object.metadata.annotations?.[heldAnnotation] === "made") put(key, unit("direct", key));
      else if (namespace !== undefined && responsible.has(`/Namespace//${namespace}`))
        responsible.set(key, responsible.get(`/Namespace//${namespace}`)!);
      else put(key, unit("direct", ""));
    }
  }

  /** The HelmRelease whose release Helm keeps in this object. */
  function releaseOf({ kind, metadata }: KubeObject): string | undefined {
    if ((kind !== "Secret" && kind !== "ConfigMap") || metadata.labels?.["owner"] !== "helm")
      return undefined;
    for (const { key, object } of appliers.values()) {
      if (object === undefined || !isHelmRelease(key) || !going.has(key)) continue;
      const release = helmRelease(object)!;
      if (release.storage === metadata.namespace && release.name === metadata.labels["name"])
        return unitId("applier", key);
    }
    return undefined;
  }

  /** Who applied the Service that a webhook configuration leads to: it has to go after that, and soon. */
  function serverOf(object: KubeObject): string | undefined {
    for (const { namespace, name } of servedFrom(object))
      for (const key of [`/Service/${namespace}/${name}`, `/Namespace//${namespace}`]) {
        const owner = applierOf.get(key);
        if (owner !== undefined && units.has(unitId("applier", owner))) return unitId("applier", owner);
        if (responsible.has(key)) return responsible.get(key);
      }
    return undefined;
  }
}

/** Whether whoever applied it was told to leave it. */
function left({ metadata: { annotations = {} } }: KubeObject): boolean {
  return (
    annotations["helm.sh/resource-policy"] === "keep" ||
    annotations["kustomize.toolkit.fluxcd.io/prune"]?.toLowerCase() === "disabled" ||
    annotations["kustomize.toolkit.fluxcd.io/reconcile"]?.toLowerCase() === "disabled" ||
    annotations["kustomize.toolkit.fluxcd.io/ssa"]?.toLowerCase() === "ignore"
  );
}

/** The appliers whose pods mount a claim. */
function usersOfClaims({ objects }: Snapshot, ownership: Ownership): Map<ObjectKey, ObjectKey[]> {
  const users = new Map<ObjectKey, Set<ObjectKey>>();
  for (const object of objects.values()) {
    if (object.kind !== "Pod") continue;
    const applier = ownership.applierOf.get(topOwner(keyOf(object), ownership));
    if (applier === undefined) continue;
    for (const claim of claimsOf(object)) users.set(claim, (users.get(claim) ?? new Set()).add(applier));
  }
  return new Map([...users].map(([claim, appliers]) => [claim, [...appliers].sort()]));
}

/** The namespaces of a unit's objects. */
export function namespacesOf({ objects, awaits, leftovers }: Unit): Set<string> {
  const namespaces = new Set([...objects, ...awaits, ...leftovers].map((key) => parseKey(key).namespace));
  namespaces.delete("");
  return namespaces;
}
