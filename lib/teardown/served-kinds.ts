import { ApiError } from "./cluster-api.ts";
import type { Controllers } from "./controllers.ts";
import { definedKind, holdsFinalizer } from "./kinds.ts";
import { groupKind, keyOf, type Kind, type ObjectKey, parseKey } from "./objects.ts";
import type { Ownership } from "./ownership.ts";
import type { Scope } from "./scope.ts";
import type { Snapshot } from "./snapshot.ts";
import { removalOf, type Units } from "./units.ts";
import { deleteAll, type Left, untilGone, type WaitContext, type WaitOptions } from "./wait.ts";
import { describeSome } from "./why.ts";

/** What a step takes away the controllers of. */
export interface ServedKinds {
  /** Kinds that go, whose objects these controllers may have to finalise. */
  readonly serves: readonly Kind[];
  /** Objects of those kinds that have their turn with the step or after it, as an order that counts more demands. */
  readonly spares: ReadonlySet<ObjectKey>;
  /** Whether others of them, which hold a finalizer, have their turn before. */
  readonly emptied: boolean;
}

/** Finds for the units of a plan what they serve. @param before the units that are over when a unit begins */
export function findServed(
  { objects, kinds }: Snapshot,
  { appliers }: Ownership,
  { going }: Scope,
  units: Units,
  controllers: Controllers,
  before: (unit: string) => ReadonlySet<string>,
): (unit: string) => ServedKinds {
  const byName = new Map([...kinds.values()].map((kind) => [`${kind.plural}.${kind.group}`, kind]));
  const served = new Map<string, Kind[]>();
  for (const key of going.keys()) {
    const defined = definedKind(objects.get(key)!);
    const kind = defined === undefined ? undefined : byName.get(`${defined.plural}.${defined.group}`);
    if (kind === undefined) continue;
    for (const applier of controllers.of(kind)) {
      if (appliers.get(applier)?.object === undefined) continue;
      const unit = removalOf(applier, units);
      served.set(unit, [...(served.get(unit) ?? []), kind]);
    }
  }
  return (unit) => {
    const serves = served.get(unit) ?? [];
    const spares = new Set<ObjectKey>();
    let emptied = false;
    if (serves.length === 0) return { serves, spares, emptied };
    const over = before(unit);
    const names = new Set(serves.map(groupKind));
    for (const [key, id] of units.responsible)
      if (names.has(groupKind(parseKey(key)))) {
        if (id === unit || !over.has(id)) spares.add(key);
        else emptied ||= holdsFinalizer(objects.get(key)!);
      }
    return { serves, spares, emptied };
  };
}

/** Milliseconds after which whatever makes an object again has done so. */
const settling = 1000;
/** How often objects are deleted that somebody makes again: those that hold a finalizer, and those that do not. */
const mostReturns = 10;
const fewReturns = 3;

/**
 * Looks once more before a controller goes whether it has work: what somebody has made again meanwhile would hold its
 * finalizer for good. That is deleted until no more of it comes. What the controller itself makes again and again, as
 * it does with reports, holds none, and may go after it.
 * @returns what does not go
 * @throws ApiError if what holds a finalizer does not stop to come
 */
export async function clearKinds(
  { serves, spares, emptied }: Pick<ServedKinds, "serves" | "spares" | "emptied">,
  options: WaitOptions,
  context: WaitContext,
): Promise<Left[]> {
  const { api, clock, signal, deadline, note } = context;
  let open = serves;
  // Whoever makes again what has just had its turn may be about to.
  if (emptied) await clock.sleep(settling, signal);
  for (let times = 0; open.length > 0; times++) {
    const lists = await Promise.all(
      open.map(async (kind) => (await api.list(kind)).filter((object) => !spares.has(keyOf(object)))),
    );
    const found = lists.flat();
    const held = found.filter(holdsFinalizer);
    if (found.length === 0 || (held.length === 0 && times >= fewReturns)) return [];
    if (times >= mostReturns)
      throw new ApiError(
        409,
        `what it has to finalise is made again and again: ${describeSome(held)}; find out what makes it`,
      );
    if (held.length > 0 && times === 0)
      note(`${describeSome(held)} came after its turn: its controller stays until it has gone`);
    const keys = found.map(keyOf);
    await deleteAll(keys, context);
    const left = await untilGone(keys, options, context);
    if (left.length > 0 || signal.aborted || clock.now() >= deadline) return left;
    open = open.filter((_, index) => lists[index]!.length > 0);
    await clock.sleep(settling, signal);
  }
  return [];
}
