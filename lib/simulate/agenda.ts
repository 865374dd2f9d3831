/** One thing that is reconciled again and again. */
interface Actor {
  readonly id: string;
  /** What it is in the middle of. */
  course: Generator<number, number | undefined> | undefined;
  /** Which of its entries in the agenda counts. */
  entry: number;
  /** Whether it was told to look again while it was busy. */
  again: boolean;
  /** How far all had come, and what time it was, when it began. */
  begun: number;
  begunAt: number;
  /** How far all had come when it last looked and then knew of all of it. */
  settled: number;
}

interface Entry {
  readonly time: number;
  readonly order: number;
  readonly actor: Actor;
}

/** Nothing takes so many steps that ever comes to an end. */
const most = 2_000_000;

/**
 * A virtual clock and what is to happen when: every actor is reconciled, waits, and is reconciled again, until each
 * has looked at everything as it is and nothing has changed by it. Ties go by what was entered first.
 */
export class Agenda {
  now = 0;
  readonly #reconcile: (id: string) => Generator<number, number | undefined> | undefined;
  readonly #actors = new Map<string, Actor>();
  readonly #heap: Entry[] = [];
  #entries = 0;
  #changes = 0;
  #horizon = 0;

  /** @param reconcile yields the seconds that it is busy, returns those after which it looks again */
  constructor(reconcile: (id: string) => Generator<number, number | undefined> | undefined) {
    this.#reconcile = reconcile;
  }

  /** Everyone has to look again. */
  changed(): void {
    this.#changes++;
  }

  /** Something will be different at a time by itself: nobody is done before. */
  until(time: number): void {
    this.#horizon = Math.max(this.#horizon, time);
  }

  /** Something is to be reconciled now, or again once it is done with what it is doing. */
  trigger(id: string): void {
    let actor = this.#actors.get(id);
    if (actor === undefined) {
      actor = { id, course: undefined, entry: 0, again: false, begun: -1, begunAt: 0, settled: -1 };
      this.#actors.set(id, actor);
    }
    actor.settled = -1;
    if (actor.course === undefined) this.#enter(actor, this.now);
    else actor.again = true;
  }

  run(): void {
    for (let steps = 0; steps < most; steps++) {
      const next = this.#pop();
      if (next === undefined) return;
      if (next.order !== next.actor.entry) continue;
      if (this.#isOver()) {
        // What is left to happen happens should there be more to do.
        this.#push(next);
        return;
      }
      this.now = next.time;
      this.#step(next.actor);
    }
    throw new Error(`the simulation has not come to an end after ${most} steps`);
  }

  #isOver(): boolean {
    for (const { settled } of this.#actors.values()) if (settled < this.#changes) return false;
    return true;
  }

  #step(actor: Actor): void {
    if (actor.course === undefined) {
      actor.course = this.#reconcile(actor.id);
      actor.begun = this.#changes;
      actor.begunAt = this.now;
      actor.again = false;
      if (actor.course === undefined) {
        this.#actors.delete(actor.id);
        return;
      }
    }
    const { done, value } = actor.course.next();
    if (done !== true) {
      this.#enter(actor, this.now + value);
      return;
    }
    actor.course = undefined;
    if (actor.again) {
      actor.again = false;
      this.#enter(actor, this.now);
      return;
    }
    if (value === undefined) {
      // Only a trigger makes it look again.
      actor.settled = Number.POSITIVE_INFINITY;
      return;
    }
    if (actor.begun === this.#changes && actor.begunAt >= this.#horizon) actor.settled = this.#changes;
    this.#enter(actor, this.now + Math.max(value, 1));
  }

  #enter(actor: Actor, time: number): void {
    actor.entry = ++this.#entries;
    this.#push({ time, order: actor.entry, actor });
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    heap.push(entry);
    for (let at = heap.length - 1; at > 0;) {
      const above = (at - 1) >> 1;
      if (!isBefore(heap[at]!, heap[above]!)) break;
      [heap[at], heap[above]] = [heap[above]!, heap[at]!];
      at = above;
    }
  }

  #pop(): Entry | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || first === last) return first;
    heap[0] = last!;
    for (let at = 0; ;) {
      let least = at;
      for (const below of [2 * at + 1, 2 * at + 2])
        if (below < heap.length && isBefore(heap[below]!, heap[least]!)) least = below;
      if (least === at) return first;
      [heap[at], heap[least]] = [heap[least]!, heap[at]!];
      at = least;
    }
  }
}

const isBefore = (a: Entry, b: Entry): boolean => a.time < b.time || (a.time === b.time && a.order < b.order);
