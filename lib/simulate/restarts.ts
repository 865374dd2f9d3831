import { objectChanges } from "../impact/object-changes.ts";
import { podSpecOf } from "../check/workloads.ts";
import { fluxName, metadataOf, type World, type WorldEvent } from "./world.ts";
import type { ReleaseEvent } from "./simulation.ts";

type Json = Readonly<Record<string, unknown>>;

/** A workload whose pods are made anew. */
export interface Roll {
  /** `Deployment/apps/web`. */
  readonly workload: string;
  /** The fields of its pod template that differ: `spec.template.spec.containers[web].image`. */
  readonly because: readonly string[];
}

/** A workload that goes on with what it read when it began. */
export interface Stale {
  readonly workload: string;
  /** `ConfigMap/apps/settings`. */
  readonly reads: string;
}

/** What a change sets in motion. */
export interface Restarts {
  /** Kustomizations that apply something else than before, each with how many objects. */
  readonly applies: readonly {
    readonly unit: string;
    readonly created: number;
    readonly changed: number;
    readonly deleted: number;
  }[];
  /** Releases that Helm installs or upgrades. */
  readonly releases: readonly { readonly id: string; readonly upgrade: boolean }[];
  readonly rolls: readonly Roll[];
  /** Objects that are deleted and made anew. */
  readonly recreated: readonly string[];
  /** Workloads that do not notice that their configuration has changed. */
  readonly stale: readonly Stale[];
}

/** Reads what a change has set in motion off what was done. */
export function restartsOf(
  world: World,
  events: readonly WorldEvent[],
  releases: readonly ReleaseEvent[],
): Restarts {
  const applies = new Map<string, { created: number; changed: number; deleted: number }>();
  const rolls = new Map<string, Set<string>>();
  const recreated = new Set<string>();
  const configured = new Set<string>();
  for (const { action, unit, object, before } of events) {
    const name = fluxName(object);
    if (unit !== undefined) {
      const counts = applies.get(unit) ?? { created: 0, changed: 0, deleted: 0 };
      applies.set(unit, counts);
      counts[action === "created" ? "created" : action === "deleted" ? "deleted" : "changed"]++;
    }
    if (action === "recreated") recreated.add(name);
    if (action !== "configured" || before === undefined) continue;
    if (["ConfigMap", "Secret"].includes(String(object["kind"]))) configured.add(name);
    const fields = templateChanges(before, object);
    if (fields.length > 0) rolls.set(name, new Set([...(rolls.get(name) ?? []), ...fields]));
  }
  const begun = new Set(releases.map(({ id }) => id));
  return {
    applies: [...applies].map(([unit, counts]) => ({ unit, ...counts })),
    releases: [...begun].map((id) => ({ id, upgrade: releases.find((each) => each.id === id)!.upgrade })),
    rolls: [...rolls].map(([workload, fields]) => ({ workload, because: [...fields] })),
    recreated: [...recreated],
    stale: staleWorkloads(world, configured, new Set([...rolls.keys(), ...recreated])),
  };
}

/** What of a pod template differs, for workloads that then replace their pods by themselves. */
function templateChanges(before: Json, now: Json): string[] {
  const spec = (now["spec"] ?? {}) as Json;
  if (!["Deployment", "StatefulSet", "DaemonSet"].includes(String(now["kind"]))) return [];
  if ((spec["updateStrategy"] as Json | undefined)?.["type"] === "OnDelete" || spec["paused"] === true)
    return [];
  const old = ((before["spec"] ?? {}) as Json)["template"];
  return objectChanges(old, spec["template"], "spec.template").map(({ path }) => path);
}

function staleWorkloads(
  world: World,
  configured: ReadonlySet<string>,
  renewed: ReadonlySet<string>,
): Stale[] {
  const found: Stale[] = [];
  for (const { object } of world.objects.values()) {
    const workload = fluxName(object);
    if (renewed.has(workload)) continue;
    const kind = String(object["kind"]);
    if (!["Deployment", "StatefulSet", "DaemonSet"].includes(kind)) continue;
    const pod = podSpecOf({ object, shown: undefined, file: "", line: 0, unit: "" });
    const { namespace = "default" } = metadataOf(object);
    for (const name of pod === undefined ? [] : readBy(pod.spec))
      if (configured.has(name.replace("/", `/${namespace}/`)))
        found.push({ workload, reads: name.replace("/", `/${namespace}/`) });
  }
  return found;
}

/** The ConfigMaps and Secrets that a pod reads once, at its start: what is mounted follows by itself. */
function readBy(pod: Json): Set<string> {
  const found = new Set<string>();
  const containers = ["containers", "initContainers"].flatMap(
    (field) => (pod[field] ?? []) as readonly Json[],
  );
  for (const container of containers) {
    for (const from of (container["envFrom"] ?? []) as readonly Json[]) {
      add("ConfigMap", from["configMapRef"]);
      add("Secret", from["secretRef"]);
    }
    for (const { valueFrom } of (container["env"] ?? []) as readonly { valueFrom?: Json }[]) {
      add("ConfigMap", valueFrom?.["configMapKeyRef"]);
      add("Secret", valueFrom?.["secretKeyRef"]);
    }
  }
  return found;

  function add(kind: string, reference: unknown): void {
    const name = (reference as { name?: string } | undefined)?.name;
    if (name !== undefined) found.add(`${kind}/${name}`);
  }
}
