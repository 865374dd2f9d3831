import { setTimeout as sleep } from "node:timers/promises";
import type { ControlPlane, KubeObject } from "../control-plane/index.ts";

/** What there is in a cluster, by its name: `Kind namespace/name`, or the number of a kind's objects. */
export type ClusterState = ReadonlyMap<string, unknown>;

/** Names that contain what differs by nature: hashes of pods, ids of volumes. */
const volatile = new Set([
  "Event",
  "Lease",
  "ComponentStatus",
  "Pod",
  "EndpointSlice",
  "Endpoints",
  "PersistentVolume",
  "IPAddress",
  "ControllerRevision",
  "ReplicaSet",
]);

/**
 * Every object of every kind by its name, with what is wanted of it; of those with volatile names, their number.
 * @param same whether to tell an object from another one of its name, and from itself before a change. @default false
 */
export async function everything(
  { client }: Pick<ControlPlane, "client">,
  { same = false } = {},
): Promise<ClusterState> {
  for (let attempt = 0; ; attempt++)
    try {
      const all = new Map<string, unknown>();
      for (const object of await client.everything()) {
        const { kind, metadata } = object;
        if (kind === "Event" || kind === "Lease") continue;
        if (volatile.has(kind)) all.set(`number of ${kind}s`, Number(all.get(`number of ${kind}s`) ?? 0) + 1);
        else {
          const { uid, generation } = metadata;
          const state = wanted(object);
          all.set(
            `${kind} ${metadata.namespace ?? ""}/${metadata.name}`,
            same ? { uid, generation, state } : state,
          );
        }
      }
      return all;
    } catch (error) {
      // Definitions that have just come or gone: their storage begins anew.
      if (attempt === 60) throw error;
      await sleep(250);
    }
}

/** The same, once it stays as it is for a while. */
export async function settled(
  plane: Pick<ControlPlane, "client">,
  options?: { same: boolean },
): Promise<ClusterState> {
  for (let before = await everything(plane, options); ;) {
    await sleep(2000);
    const now = await everything(plane, options);
    if (changes(before, now).length === 0) return now;
    before = now;
  }
}

/** What of an object does not differ from cluster to cluster, nor from day to day. */
function wanted(object: KubeObject): unknown {
  const { kind, metadata, spec, status: _, ...rest } = object;
  const { modifiedAt: __, ...labels } = metadata.labels ?? {};
  switch (kind) {
    case "Namespace":
    case "Service": // its address
    case "Node":
    case "APIService": // a certificate
    case "PersistentVolumeClaim": // its volume
    case "FluxInstance": // the labels of Flux
      return {};
    case "Secret":
      return { labels, data: Object.keys(rest.data ?? {}) };
    case "ConfigMap":
      return {
        labels,
        data: /certificate|authority|\bca\b|crt/.test(JSON.stringify(rest.data)) ? {} : rest.data,
      };
    case "Kustomization":
    case "GitRepository": {
      const { url: ___, ...others } = spec as { url?: string };
      return others;
    }
    default:
      return { ...rest, labels, spec };
  }
}

/** What differs, a line for each object. */
export function changes(expected: ClusterState, actual: ClusterState): string[] {
  const found: string[] = [];
  for (const name of new Set([...expected.keys(), ...actual.keys()])) {
    const [before, now] = [expected, actual].map((all) => JSON.stringify(sorted(all.get(name))));
    if (before === now) continue;
    found.push(
      before === undefined
        ? `${name} is new`
        : now === undefined
          ? `${name} is missing`
          : `${name}: ${before} is ${now}`,
    );
  }
  return found.sort();
}

/** With the keys of all mappings in order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, each]) => [key, sorted(each)]),
  );
}
