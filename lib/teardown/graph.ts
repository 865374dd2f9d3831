/** Why one unit waits for another; the earlier in this list, the more it counts where all cannot hold. */
export const reasons = [
  "tree",
  "dependency",
  "account",
  "controller",
  "mount",
  "namespace",
  "volume",
] as const;
export type EdgeReason = (typeof reasons)[number];

/** `before` has to be gone when `after` begins. */
export interface Edge {
  readonly before: string;
  readonly after: string;
  readonly reason: EdgeReason;
}

/** An order of units: for each, those before it. */
export type Predecessors = Map<string, Set<string>>;

/**
 * The order that edges give. Where they contradict one another, those that count less are left out.
 * @returns the predecessors of each unit, and the edges that were left out
 */
export function orderOf(
  units: readonly string[],
  edges: readonly Edge[],
): { before: Predecessors; dropped: Edge[] } {
  const before: Predecessors = new Map(units.map((unit) => [unit, new Set()]));
  const dropped: Edge[] = [];
  for (const reason of reasons) {
    const group = edges.filter(
      (edge) =>
        edge.reason === reason &&
        edge.before !== edge.after &&
        before.has(edge.before) &&
        before.has(edge.after) &&
        !before.get(edge.after)!.has(edge.before),
    );
    for (const edge of group) before.get(edge.after)!.add(edge.before);
    if (acyclic(before)) continue;
    for (const edge of group) before.get(edge.after)!.delete(edge.before);
    for (const edge of group)
      if (reaches(before, edge.before, edge.after)) dropped.push(edge);
      else before.get(edge.after)!.add(edge.before);
  }
  return { before, dropped };
}

/** Whether every unit can come after those before it. */
function acyclic(before: Predecessors): boolean {
  return sorted(before).length === before.size;
}

/** The units in an order in which each comes after those before it; without those that are in a cycle. */
export function sorted(before: Predecessors): string[] {
  const { after, open } = successors(before);
  const order = [...before.keys()].filter((unit) => open.get(unit) === 0);
  for (const unit of order)
    for (const next of after.get(unit)!) {
      const left = open.get(next)! - 1;
      open.set(next, left);
      if (left === 0) order.push(next);
    }
  return order;
}

/** The units after each unit, and how many are before it. */
function successors(before: Predecessors): { after: Map<string, string[]>; open: Map<string, number> } {
  const after = new Map<string, string[]>([...before.keys()].map((unit) => [unit, []]));
  const open = new Map<string, number>();
  for (const [unit, predecessors] of before) {
    open.set(unit, predecessors.size);
    for (const each of predecessors) after.get(each)!.push(unit);
  }
  return { after, open };
}

/** Whether `to` has to be gone before `from` begins. */
function reaches(before: Predecessors, from: string, to: string): boolean {
  const seen = new Set([from]);
  const open = [from];
  for (let unit = open.pop(); unit !== undefined; unit = open.pop()) {
    if (unit === to) return true;
    for (const each of before.get(unit) ?? [])
      if (!seen.has(each)) {
        seen.add(each);
        open.push(each);
      }
  }
  return false;
}

/**
 * Puts ranks into an order: a unit of a higher rank also waits for those of lower ranks, except for those that
 * themselves wait for it. Written with a few meeting points instead of an edge for each pair.
 * @param rankOf undefined for what has no rank: it waits for nothing more
 * @param meet makes the name of a meeting point
 */
export function withRanks(
  before: Predecessors,
  rankOf: (unit: string) => number | undefined,
  meet: (index: number) => string,
): Predecessors {
  const result: Predecessors = new Map([...before].map(([unit, set]) => [unit, new Set(set)]));
  const { after, open } = successors(before);
  const left = new Set(before.keys());
  const meetings = new Meetings(result, meet);
  let ready = [...left].filter((unit) => open.get(unit) === 0);
  while (ready.length > 0) {
    const ranks = [...left].map(rankOf).filter((rank) => rank !== undefined);
    const lowest = ranks.length === 0 ? 0 : Math.min(...ranks);
    let now = ready.filter((unit) => (rankOf(unit) ?? lowest) <= lowest);
    if (now.length === 0) {
      // Of the others, only those that a lower rank waits for.
      const waiting = [...left].filter((unit) => rankOf(unit) === lowest);
      const needed = ancestors(before, waiting);
      const candidates = ready.filter((unit) => needed.has(unit));
      const least = Math.min(...candidates.map((unit) => rankOf(unit)!));
      now = candidates.filter((unit) => rankOf(unit) === least);
    }
    for (const unit of now) {
      const rank = rankOf(unit);
      const meeting = rank === undefined ? undefined : meetings.of(rank);
      if (meeting !== undefined) result.get(unit)!.add(meeting);
      left.delete(unit);
    }
    for (const unit of now) meetings.done(unit, rankOf(unit));
    const freed: string[] = [];
    for (const unit of now)
      for (const next of after.get(unit)!) {
        const count = open.get(next)! - 1;
        open.set(next, count);
        if (count === 0) freed.push(next);
      }
    ready = [...ready.filter((unit) => left.has(unit)), ...freed];
  }
  return result;
}

/** For each rank, a point at which all that were done of lower ranks meet. */
class Meetings {
  readonly #result: Predecessors;
  readonly #meet: (index: number) => string;
  readonly #points = new Map<number, { point: string | undefined; seen: number }>();
  readonly #done: { unit: string; rank: number }[] = [];
  #count = 0;

  constructor(result: Predecessors, meet: (index: number) => string) {
    this.#result = result;
    this.#meet = meet;
  }

  done(unit: string, rank: number | undefined): void {
    if (rank !== undefined) this.#done.push({ unit, rank });
  }

  of(rank: number): string | undefined {
    const { point, seen } = this.#points.get(rank) ?? { point: undefined, seen: 0 };
    const lower = this.#done.slice(seen).filter((each) => each.rank < rank);
    if (lower.length === 0) {
      this.#points.set(rank, { point, seen: this.#done.length });
      return point;
    }
    const next = this.#meet(this.#count++);
    const before = new Set(lower.map(({ unit }) => unit));
    if (point !== undefined) before.add(point);
    this.#result.set(next, before);
    this.#points.set(rank, { point: next, seen: this.#done.length });
    return next;
  }
}

/** Units and all that have to be gone before them. */
export function ancestors(before: Predecessors, units: readonly string[]): Set<string> {
  const seen = new Set(units);
  const open = [...units];
  for (let unit = open.pop(); unit !== undefined; unit = open.pop())
    for (const each of before.get(unit)!)
      if (!seen.has(each)) {
        seen.add(each);
        open.push(each);
      }
  return seen;
}
