import {
  type Applier,
  applierKinds,
  goneApplier,
  isApplier,
  labelledAppliers,
  readApplier,
} from "./appliers.ts";
import { keyOf, keyOfName, type KubeObject, list, type ObjectKey, text } from "./objects.ts";
import type { Snapshot } from "./snapshot.ts";

/** Who applied what, and what came of what. */
export interface Ownership {
  /** All appliers, those also that have gone and are still named by what they left. */
  readonly appliers: ReadonlyMap<ObjectKey, Applier>;
  /** The applier of an object that was applied. What Kubernetes made of such an object is not in it. */
  readonly applierOf: ReadonlyMap<ObjectKey, ObjectKey>;
  /** What an applier has applied. */
  readonly contents: ReadonlyMap<ObjectKey, readonly ObjectKey[]>;
  /** The object that owns an object: Kubernetes removes the one after the other. */
  readonly parentOf: ReadonlyMap<ObjectKey, ObjectKey>;
  readonly childrenOf: ReadonlyMap<ObjectKey, readonly ObjectKey[]>;
}

/** Reads who owns what from inventories, labels, annotations and owner references. */
export function readOwnership({ objects }: Snapshot): Ownership {
  const appliers = new Map<ObjectKey, Applier>();
  for (const object of objects.values())
    if (isApplier(object)) appliers.set(keyOf(object), readApplier(object));

  const parentOf = new Map<ObjectKey, ObjectKey>();
  for (const [key, object] of objects) {
    const parent = parentKey(object, objects);
    if (parent !== undefined) parentOf.set(key, parent);
  }

  const inInventory = new Map<ObjectKey, ObjectKey>();
  for (const { key, inventory, remote } of appliers.values())
    if (remote === undefined) for (const entry of inventory) if (entry !== key) inInventory.set(entry, key);
  const releases = releaseNames(appliers);
  const applierOf = new Map<ObjectKey, ObjectKey>();
  for (const [key, object] of objects) {
    if (parentOf.has(key)) continue;
    const named = labelledAppliers(object).filter((applier) => applier !== key);
    const living = named.find((applier) => appliers.has(applier));
    const owner = living ?? inInventory.get(key) ?? releases.get(releaseOf(object)) ?? named[0];
    if (owner === undefined) continue;
    if (!appliers.has(owner)) appliers.set(owner, goneApplier(owner));
    applierOf.set(key, owner);
  }
  return {
    appliers,
    applierOf,
    contents: inverted(applierOf),
    parentOf,
    childrenOf: inverted(parentOf),
  };
}

/** The first owner that exists: garbage collection waits for all, but one is enough to say where it belongs. */
function parentKey(object: KubeObject, objects: Snapshot["objects"]): ObjectKey | undefined {
  for (const { apiVersion, kind, name, uid } of object.metadata.ownerReferences ?? []) {
    const slash = apiVersion.indexOf("/");
    const group = slash < 0 ? "" : apiVersion.slice(0, slash);
    for (const namespace of [object.metadata.namespace ?? "", ""]) {
      const key = keyOfName({ group, kind, namespace, name });
      if (objects.get(key)?.metadata.uid === uid) return key;
    }
  }
  return undefined;
}

/** HelmReleases by the name and namespace of their release, which Helm writes on what it makes. */
function releaseNames(appliers: ReadonlyMap<ObjectKey, Applier>): Map<string | undefined, ObjectKey> {
  const names = new Map<string | undefined, ObjectKey>();
  for (const { key, object } of appliers.values()) {
    const release = object === undefined ? undefined : helmRelease(object);
    if (release !== undefined) names.set(`${release.namespace}/${release.name}`, key);
  }
  return names;
}

/** The name of a HelmRelease's release, where its objects are, and where Helm keeps it. */
export function helmRelease(
  object: KubeObject,
): { name: string; namespace: string; storage: string } | undefined {
  if (object.kind !== "HelmRelease") return undefined;
  const spec = object["spec"];
  const own = object.metadata.namespace!;
  const target = text(spec, "targetNamespace");
  const { name } = object.metadata;
  return {
    name: text(spec, "releaseName") ?? (target === undefined ? name : `${target}-${name}`),
    namespace: target ?? own,
    storage: text(spec, "storageNamespace") ?? own,
  };
}

function releaseOf({ metadata: { annotations } }: KubeObject): string | undefined {
  const name = annotations?.["meta.helm.sh/release-name"];
  return name === undefined ? "" : `${annotations?.["meta.helm.sh/release-namespace"]}/${name}`;
}

function inverted(map: ReadonlyMap<ObjectKey, ObjectKey>): Map<ObjectKey, ObjectKey[]> {
  const result = new Map<ObjectKey, ObjectKey[]>();
  for (const [key, owner] of map) {
    const keys = result.get(owner);
    if (keys === undefined) result.set(owner, [key]);
    else keys.push(key);
  }
  return result;
}

/** An object and all that came of it. */
export function withDescendants(key: ObjectKey, { childrenOf }: Pick<Ownership, "childrenOf">): ObjectKey[] {
  const found = [key];
  for (const each of found) found.push(...(childrenOf.get(each) ?? []));
  return found;
}

/** The object at the top of the chain of owners that an object is in. */
export function topOwner(key: ObjectKey, { parentOf }: Pick<Ownership, "parentOf">): ObjectKey {
  const seen = new Set([key]);
  for (let at = key; ;) {
    const next = parentOf.get(at);
    if (next === undefined || seen.has(next)) return at;
    seen.add(next);
    at = next;
  }
}

/** The appliers above an applier, the nearest first. */
export function appliersAbove(key: ObjectKey, { applierOf, parentOf }: Ownership): ObjectKey[] {
  const above: ObjectKey[] = [];
  for (let at: ObjectKey | undefined = key; ;) {
    at = applierOf.get(topOwner(at, { parentOf }));
    if (at === undefined || at === key || above.includes(at)) return above;
    above.push(at);
  }
}

/** Whether a key is an applier's. */
export const isApplierKey = (key: ObjectKey): boolean =>
  [...applierKinds.keys()].some((type) => key.startsWith(`${type}/`));

/** The claims that a pod mounts. */
export function claimsOf(pod: KubeObject): ObjectKey[] {
  return list(pod["spec"], "volumes").flatMap((volume) => {
    const name = text((volume as { persistentVolumeClaim?: unknown }).persistentVolumeClaim, "claimName");
    return name === undefined
      ? []
      : [
          keyOfName({
            group: "",
            kind: "PersistentVolumeClaim",
            namespace: pod.metadata.namespace ?? "",
            name,
          }),
        ];
  });
}
