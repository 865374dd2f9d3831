import { metadataOf, type World } from "./world.ts";

type Json = Readonly<Record<string, unknown>>;

/** What Kustomizations have applied last, by their ids, and what several of them apply. */
export class Inventories {
  /** Objects that several Kustomizations apply, by id in the world. */
  readonly contested = new Map<string, Set<string>>();
  readonly #world: World;
  readonly #changed: () => void;
  readonly #inventories = new Map<string, ReadonlySet<string>>();
  /** What each applied the last time, be it that it failed half way: that is in no inventory. */
  readonly #attempts = new Map<string, Set<string>>();

  /** @param changed told when something has been deleted, or is found to have two owners */
  constructor(world: World, changed: () => void) {
    this.#world = world;
    this.#changed = changed;
  }

  /** The ids of objects in the world. */
  of(id: string): ReadonlySet<string> {
    return this.#inventories.get(id) ?? new Set();
  }

  /** What a Kustomization has applied; what it had applied before and has no more is pruned. */
  set(id: string, applied: readonly string[], prune: boolean, time: number): void {
    const now = new Set(applied);
    const stale = [...this.of(id)].filter((key) => !now.has(key));
    this.#inventories.set(id, now);
    if (prune) this.#prune(id, stale, time);
  }

  /** A Kustomization begins to apply. @param unit `namespace/name` */
  begin(unit: string): void {
    this.#attempts.set(unit, new Set());
  }

  /** It has applied an object. */
  attempted(unit: string, key: string): void {
    this.#attempts.get(unit)?.add(key);
  }

  /** A Kustomization goes. @param prune whether what it has applied goes with it */
  forget(id: string, prune: boolean, time: number): void {
    if (prune) this.#prune(id, [...this.of(id)], time);
    this.#inventories.delete(id);
    this.#attempts.delete(id.slice("Kustomization ".length));
  }

  #prune(id: string, keys: readonly string[], time: number): void {
    const unit = id.slice("Kustomization ".length);
    for (const key of [...keys].reverse()) {
      const found = this.#world.objects.get(key);
      // An object that another has taken over is that one's.
      if (found?.unit !== unit || isKept(found.object)) continue;
      this.#world.delete(key, unit, time);
      this.#changed();
    }
  }

  /** Whether a Kustomization still applies an object, as far as it has come. @param unit `namespace/name` */
  owns(unit: string, key: string): boolean {
    return this.of(`Kustomization ${unit}`).has(key) || this.#attempts.get(unit)?.has(key) === true;
  }

  /** Several Kustomizations apply the same object. */
  contest(key: string, ...units: string[]): void {
    const known = this.contested.get(key);
    if (known === undefined) this.#changed();
    this.contested.set(key, new Set([...(known ?? []), ...units]));
  }
}

function isKept(object: Json): boolean {
  const { labels, annotations } = metadataOf(object);
  const has = (key: string, value: string) => labels?.[key] === value || annotations?.[key] === value;
  return (
    has("kustomize.toolkit.fluxcd.io/prune", "disabled") ||
    has("kustomize.toolkit.fluxcd.io/reconcile", "disabled") ||
    has("kustomize.toolkit.fluxcd.io/ssa", "Ignore")
  );
}
