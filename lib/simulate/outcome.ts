import type { EffectiveCluster } from "../effective/cluster.ts";
import { describeManifest } from "../flux/object-name.ts";
import { chartOf } from "./release.ts";
import { fluxId, fluxKinds, kindOf } from "./flux-kinds.ts";
import type { Simulation } from "./simulation.ts";
import { syncId } from "./source.ts";
import { metadataOf } from "./world.ts";

type Json = Readonly<Record<string, unknown>>;

/** What becomes of one object of Flux. */
export interface Outcome {
  /** `Kustomization flux-system/apps`. */
  readonly id: string;
  readonly kind: string;
  /**
   * `failed`: for a reason of its own; `waiting`: for others that are not Ready; `suspended`: Flux leaves it alone;
   * `absent`: the Kustomization that would make it never does.
   */
  readonly verdict: "ready" | "failed" | "waiting" | "suspended" | "absent";
  /** The reason of the Ready condition, such as `BuildFailed`; empty for what has none. */
  readonly reason: string;
  readonly message: string;
  /** What Flux's own message names too. */
  readonly names: readonly string[];
  /** Ids of objects of Flux that it cannot go on without. */
  readonly blockedBy: readonly string[];
  /** Seconds until it is Ready; undefined where it never is. */
  readonly readyAfter: number | undefined;
  /** Ids of what is Ready before it, whatever the timing. */
  readonly after: readonly string[];
  /** What a Kustomization has applied in the end and goes on to own, as `apps/v1 Deployment namespace/name`. */
  readonly applied: readonly string[];
}

/** What becomes of everything that Flux acts on, in the order in which it becomes Ready. */
export function outcomesOf(simulation: Simulation, effective: EffectiveCluster): Outcome[] {
  const outcomes: Outcome[] = [];
  for (const { object } of simulation.world.objects.values())
    if (kindOf(object) !== undefined) outcomes.push(outcomeOf(simulation, object));
  const there = new Set(outcomes.map(({ id }) => id));
  for (const unit of effective.units.values())
    for (const { object } of unit.result().objects) {
      if (kindOf(object) === undefined) continue;
      const id = fluxId(object);
      if (there.has(id)) continue;
      there.add(id);
      outcomes.push({
        ...nothing,
        id,
        kind: String(object["kind"]),
        verdict: "absent",
        message: `Kustomization ${unit.id} never applies it`,
        blockedBy: [`Kustomization ${unit.id}`],
      });
    }
  return outcomes.sort(
    (a, b) =>
      (a.readyAfter ?? Number.POSITIVE_INFINITY) - (b.readyAfter ?? Number.POSITIVE_INFINITY) ||
      compare(a.id, b.id),
  );
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const nothing = {
  reason: "",
  message: "",
  names: [],
  blockedBy: [],
  readyAfter: undefined,
  after: [],
  applied: [],
};

function outcomeOf(simulation: Simulation, object: Json): Outcome {
  const id = fluxId(object);
  const kind = String(object["kind"]);
  const spec = (object["spec"] ?? {}) as Json;
  const status = simulation.lastStatus(id);
  const applied = [...simulation.inventories.of(id)].flatMap((key) => {
    const found = simulation.world.objects.get(key)?.object;
    if (found === undefined) return [];
    return [showId(found)];
  });
  const base = { ...nothing, id, kind, applied };
  if (spec["suspend"] === true)
    return {
      ...base,
      verdict: "suspended",
      message: "suspended: Flux applies nothing of it until it is resumed",
    };
  const { ready, reason = "", message = "not reconciled yet", names = [], blockedBy = [] } = status ?? {};
  const open = blockedBy.filter(
    (other) => isKnown(simulation, other) && simulation.lastStatus(other)?.ready !== true,
  );
  const waits = open.length > 0 && reason !== "ReconciliationFailed";
  return {
    ...base,
    verdict: ready === true ? "ready" : waits ? "waiting" : "failed",
    reason,
    message,
    names,
    blockedBy: open,
    readyAfter: simulation.readyAt(id),
    after: ready === true ? predecessors(simulation, id, object, spec) : [],
  };
}

/** Whether something is there, or in git: what is neither holds nothing up, it is the fault of who names it. */
function isKnown(simulation: Simulation, id: string): boolean {
  const [kind, path] = id.split(" ") as [string, string];
  const [namespace, name] = path.split("/") as [string, string];
  return simulation.find(id) !== undefined || simulation.knowledge.isInGit(kind, namespace, name);
}

function showId(object: Json): string {
  return `${String(object["apiVersion"])} ${describeManifest(object)}`;
}

function predecessors(simulation: Simulation, id: string, object: Json, spec: Json): string[] {
  const { namespace = "default" } = metadataOf(object);
  const found = new Set<string>();
  const kind = String(object["kind"]);
  if (kind === "Kustomization" || kind === "HelmRelease")
    for (const each of (spec["dependsOn"] ?? []) as readonly {
      name: string;
      namespace?: string;
      readyExpr?: string;
    }[])
      if (each.readyExpr === undefined || each.readyExpr === "")
        found.add(`${kind} ${each.namespace ?? namespace}/${each.name}`);
  if (kind === "HelmRelease") found.add(chartOf(simulation, object).source);
  if (kind === "Kustomization") {
    const source = (spec["sourceRef"] ?? {}) as { kind?: string; name?: string; namespace?: string };
    found.add(`${source.kind} ${source.namespace ?? namespace}/${source.name}`);
    if (spec["wait"] === true)
      for (const key of simulation.inventories.of(id)) {
        const child = simulation.world.objects.get(key)?.object;
        if (child !== undefined && kindOf(child) !== undefined) found.add(fluxId(child));
      }
    for (const each of (spec["healthChecks"] ?? []) as readonly {
      apiVersion?: string;
      kind: string;
      namespace?: string;
      name: string;
    }[]) {
      const group = each.apiVersion?.split("/")[0] ?? "";
      if (fluxKinds.has(`${group} ${each.kind}`)) found.add(`${each.kind} ${each.namespace}/${each.name}`);
    }
  }
  found.delete(id);
  found.delete(syncId);
  return [...found].filter((other) => simulation.find(other) !== undefined);
}
