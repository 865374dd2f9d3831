import { assumeKind } from "./chart-kinds.ts";
import type { Account } from "./access.ts";
import { type Refusal, refusalOf, refusalOfNew } from "./admission.ts";
import { describeManifest } from "../flux/object-name.ts";
import { hasHealth } from "./health.ts";
import type { Simulation } from "./simulation.ts";
import { normalise } from "./normalise.ts";
import { isWaitedFor, stagesOf } from "./stages.ts";
import { metadataOf } from "./world.ts";
import { identityOf } from "../impact/impact.ts";
import { objectChanges } from "../impact/object-changes.ts";

type Json = Readonly<Record<string, unknown>>;

/** What a Kustomization applies. */
export interface Application {
  /** `namespace/name`. */
  readonly unit: string;
  readonly objects: readonly Json[];
  /** Those of them that hold values of Secrets. */
  readonly secret: ReadonlySet<Json>;
  /** Whether what cannot be changed is made anew. */
  readonly force: boolean;
  /** As whom; undefined for Flux itself, which may everything. */
  readonly account: Account | undefined;
  /** Seconds that the Kustomization waits for its objects. */
  readonly patience: number;
}

/** What was applied: ids in the world. */
export interface Applied {
  readonly inventory: readonly string[];
  /** Of those what health checks look at: not what Flux skipped. */
  readonly healthy: readonly string[];
}

const prefix = "kustomize.toolkit.fluxcd.io";

/**
 * Applies objects stage by stage (github.com/fluxcd/pkg/ssa, ApplyAllStaged): of each stage nothing is applied
 * before the API server has taken all of it in a dry run, and a failure leaves the stages before it applied.
 */
export function* applyAll(
  simulation: Simulation,
  application: Application,
): Generator<number, Applied | Refusal> {
  const inventory: string[] = [];
  const skipped = new Set<string>();
  const { world } = simulation;
  const items = application.objects.map((object) => ({
    object: normalise(object, world.kubernetes),
    secret: application.secret.has(object),
  }));
  simulation.inventories.begin(application.unit);
  for (const stage of stagesOf(items)) {
    const anew = new Set<Json>();
    for (const { object, secret } of stage) {
      if (isSkipped(simulation, object)) continue;
      const refused = refusalFor(simulation, object, secret, application);
      if (refused === undefined) continue;
      if (!refused.immutable || !isForced(object, application.force)) return refused;
      const refusedAnew = refusalOfNew(simulation, object, secret);
      if (refusedAnew !== undefined) return refusedAnew;
      anew.add(object);
    }
    for (const { object } of stage) {
      const id = identityOf(object);
      inventory.push(id);
      if (isSkipped(simulation, object)) skipped.add(id);
      else put(simulation, object, application, anew.has(object));
      simulation.inventories.attempted(application.unit, id);
    }
    // What it goes on without is there within a moment.
    if (stage.some(({ object }) => isWaitedFor(object))) yield 1;
  }
  return { inventory, healthy: inventory.filter((id) => world.objects.has(id) && !skipped.has(id)) };
}

function refusalFor(
  simulation: Simulation,
  object: Json,
  secret: boolean,
  { account }: Application,
): Refusal | undefined {
  const id = describeManifest(object);
  if (simulation.failing.has(id) && !hasHealth(object))
    return { message: `${id} is told to fail`, names: [], immutable: false };
  assumeKind(simulation, object);
  return refusalOf(simulation, object, account, secret || object["kind"] === "Secret");
}

const marks = (object: Json, name: string): unknown => {
  const { labels, annotations } = metadataOf(object);
  return labels?.[`${prefix}/${name}`] ?? annotations?.[`${prefix}/${name}`];
};

const isForced = (object: Json, force: boolean): boolean => force || marks(object, "force") === "enabled";

/** Whether Flux leaves an object as it finds it. */
function isSkipped({ world }: Simulation, object: Json): boolean {
  const existing = world.like(object);
  if (existing === undefined) return false;
  return marks(object, "ssa") === "IfNotPresent" || marks(existing.object, "reconcile") === "disabled";
}

function put(simulation: Simulation, object: Json, { unit, patience }: Application, anew: boolean): void {
  const { world, now } = simulation;
  const existing = world.like(object);
  if (existing === undefined) world.put(object, unit, now, patience, "created");
  else if (anew) world.put(object, unit, now, patience, "recreated");
  else if (existing.object !== object && objectChanges(existing.object, object).length > 0)
    world.put(object, unit, now, patience, "configured");
  else if (existing.unit === unit) return;
  else world.disown(existing.id, unit);
  const contested =
    existing?.unit !== undefined &&
    existing.unit !== unit &&
    simulation.inventories.owns(existing.unit, existing.id);
  // Two owners who take an object from one another go on for ever: nothing else changes by it.
  if (contested) simulation.inventories.contest(existing.id, existing.unit, unit);
  else simulation.changed();
  simulation.applied(object, contested);
}
