import { teardownLabel } from "../flux/teardown-label.ts";
import { type Controllers, findControllers } from "./controllers.ts";
import { ancestors, type EdgeReason, orderOf, sorted, withRanks } from "./graph.ts";
import { groupKind, nameOf, type ObjectKey } from "./objects.ts";
import { type Ownership, readOwnership } from "./ownership.ts";
import { decideScope, type Scope, type ScopeOptions } from "./scope.ts";
import { findServed, type ServedKinds } from "./served-kinds.ts";
import type { Snapshot } from "./snapshot.ts";
import { edgesOf, treeOf } from "./order-rules.ts";
import { makeUnits, type Unit, unitId, type Units } from "./units.ts";

/** One step of a teardown. */
export interface Step extends Unit, ServedKinds {
  /** The ids of the steps that have to be over before this one begins. */
  readonly after: readonly string[];
  /** Seconds without anything going, after which the step has failed. */
  readonly limit: number;
  /** Whether what does not go is left to the next step: it may wait for that. */
  readonly mayLinger: boolean;
  readonly phase: Phase;
  /**
   * Deployments that may have to clean up after what is deleted, and hold no finalizer on it: while they are away,
   * nobody would notice.
   */
  readonly needs: readonly ObjectKey[];
}

export type Phase = "apps" | "custom objects" | "controllers" | "definitions";

/** What a teardown does to a cluster, in an order. */
export interface Plan {
  readonly steps: readonly Step[];
  /** Appliers to suspend first, those above before those below. */
  readonly suspend: readonly (readonly ObjectKey[])[];
  readonly scope: Scope;
  readonly ownership: Ownership;
  readonly snapshot: Snapshot;
  /** Appliers that may hold controllers. */
  readonly controllers: ReadonlySet<ObjectKey>;
  /** Orders that could not all hold: the object named first would have to go both before and after the second. */
  readonly contradictions: readonly {
    readonly before: string;
    readonly after: string;
    readonly reason: EdgeReason;
  }[];
}

/** How to plan. */
export interface PlanOptions extends ScopeOptions {
  /** Seconds without progress that a step may take, where its applier does not ask for more. @default 600 */
  readonly stepLimit?: number;
}

/** Plans the teardown of a cluster: what goes, in which order. Changes nothing, and asks nothing. */
export function planTeardown(snapshot: Snapshot, { stepLimit = 600, ...options }: PlanOptions = {}): Plan {
  const ownership = readOwnership(snapshot);
  const scope = decideScope(snapshot, ownership, options);
  const units = makeUnits(snapshot, ownership, scope);
  const controllers = findControllers(snapshot, ownership);
  const tree = treeOf(ownership, scope, units);
  const ids = [...units.units.keys(), ...tree.points];
  const { before, dropped } = orderOf(ids, [
    ...tree.edges,
    ...edgesOf(snapshot, ownership, scope, units, controllers),
  ]);
  const ranks = rankUnits(controllers, ownership, units);
  const ranked = withRanks(
    before,
    (unit) => ranks.get(unit),
    (index) => `meeting:${index}`,
  );
  const order = sorted(ranked);
  const after = (id: string): string[] => [...directly(ranked, id, units)];
  const served = findServed(snapshot, ownership, scope, units, controllers, (id) => ancestors(ranked, [id]));
  const steps = order.flatMap((id): Step[] => {
    const unit = units.units.get(id);
    if (unit === undefined) return [];
    const { timeout = 0 } = ownership.appliers.get(unit.applier ?? "") ?? {};
    const next = units.units.get(unitId("custom", unit.applier ?? ""));
    const mayLinger = unit.part === "finalizers" && next !== undefined;
    return [
      {
        ...unit,
        ...served(id),
        after: after(id),
        limit: unit.part === "applier" ? Math.max(timeout, stepLimit) : stepLimit,
        mayLinger,
        phase: phaseOf(unit, ranks.get(id)!),
        needs: unit.part === "custom" ? deploymentsFor(unit, snapshot, ownership, controllers) : [],
      },
    ];
  });
  // What lingers is waited for with what it may wait for.
  for (const { mayLinger, applier, objects } of steps)
    if (mayLinger) units.units.get(unitId("custom", applier ?? ""))!.awaits.push(...objects);
  return {
    steps,
    suspend: suspensions(ownership, scope),
    scope,
    ownership,
    snapshot,
    controllers: controllers.all,
    contradictions: dropped.filter(({ reason, before: from, after: to }) => told(reason, from, to, scope)),
  };
}

/** The Deployments of those who may be the controllers of a unit's objects. */
function deploymentsFor(
  { objects: keys }: Unit,
  { objects, kinds }: Snapshot,
  { contents }: Ownership,
  controllers: Controllers,
): ObjectKey[] {
  const found = new Set<ObjectKey>();
  for (const id of new Set(keys.map((key) => groupKind(nameOf(objects.get(key)!)))))
    for (const applier of controllers.of(kinds.get(id)!))
      for (const key of contents.get(applier) ?? []) if (key.startsWith("apps/Deployment/")) found.add(key);
  return [...found].sort();
}

/** The steps that a step waits for, through the points that are no steps. */
function directly(
  before: ReadonlyMap<string, ReadonlySet<string>>,
  id: string,
  { units }: Units,
): Set<string> {
  const found = new Set<string>();
  const seen = new Set<string>();
  const open = [...before.get(id)!];
  for (let each = open.pop(); each !== undefined; each = open.pop()) {
    if (seen.has(each)) continue;
    seen.add(each);
    if (units.has(each)) found.add(each);
    else open.push(...before.get(each)!);
  }
  return found;
}

/** Apps first, then custom objects and what is outside, then controllers, then definitions. */
function rankUnits({ all }: Controllers, ownership: Ownership, { units }: Units): Map<string, number> {
  const { appliers, contents } = ownership;
  const serves = new Map<ObjectKey, boolean>();
  const isController = (key: ObjectKey): boolean => {
    const known = serves.get(key);
    if (known !== undefined) return known;
    serves.set(key, false); // against a cycle
    const role = appliers.get(key)?.object?.metadata.labels?.[teardownLabel];
    const result =
      role === "controller" ||
      (role === undefined &&
        (all.has(key) || (contents.get(key) ?? []).some((each) => appliers.has(each) && isController(each))));
    serves.set(key, result);
    return result;
  };
  return new Map(
    [...units.values()].map(({ id, part, applier }) => {
      if (part === "definitions") return [id, 3];
      const controller = applier === undefined || isController(applier);
      if (part === "applier" || part === "direct") return [id, controller ? 2 : 0];
      if (part === "namespaces") return [id, 2];
      return [id, controller || part === "volumes" ? 1 : 0];
    }),
  );
}

const phaseOf = ({ part }: Unit, rank: number): Phase =>
  part === "definitions"
    ? "definitions"
    : rank === 0
      ? "apps"
      : rank === 1
        ? "custom objects"
        : "controllers";

/** All appliers that live, by how deep they are: what is above goes to sleep before what is below. */
function suspensions({ appliers, applierOf }: Ownership, { kept }: Scope): ObjectKey[][] {
  const levels: ObjectKey[][] = [];
  for (const { key, object } of appliers.values()) {
    // What is on its way out has to stay awake for it; a HelmRelease that stays applies nothing that goes.
    if (object === undefined || object.metadata.deletionTimestamp !== undefined) continue;
    if (kept.has(key) && object.kind === "HelmRelease") continue;
    let depth = 0;
    const seen = new Set([key]);
    for (let at = applierOf.get(key); at !== undefined && !seen.has(at); at = applierOf.get(at)) {
      seen.add(at);
      depth++;
    }
    (levels[depth] ??= []).push(key);
  }
  return levels.filter((level) => level !== undefined);
}

/** Whether a contradiction is worth telling: not that something depends on what it is in, which stays. */
function told(reason: EdgeReason, before: string, after: string, { kept }: Scope): boolean {
  const of = (unit: string) => unit.slice(unit.indexOf(":") + 1);
  return reason === "dependency"
    ? !kept.has(of(after)) && !kept.has(of(before))
    : reason === "account" || reason === "controller";
}
