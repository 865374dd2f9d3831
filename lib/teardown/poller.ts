import type { Clock, ClusterApi } from "./cluster-api.ts";
import { applierKinds } from "./appliers.ts";
import { groupKind, keyOf, type Kind, type KubeObject, type ObjectKey, parseKey } from "./objects.ts";

/** Objects that something waits for, as they are now. */
export interface Watched {
  /** Resolves when all of them have been looked at anew. @throws ApiError if that fails for long */
  next(): Promise<void>;
  /** Those that are there. */
  readonly there: ReadonlyMap<ObjectKey, KubeObject>;
  /** Ends the looking. */
  stop(): void;
}

/** Up to so many objects of a kind are looked at one by one, more by listing the kind. */
const few = 8;
/** Milliseconds between two looks: short at first, longer where nothing happens, and never less than the least. */
const least = 20;
const shortest = 100;
const longest = 1000;
const growth = 1.05;

interface Entry {
  readonly keys: ReadonlySet<ObjectKey>;
  readonly there: Map<ObjectKey, KubeObject>;
  waiting: { resolve: () => void; reject: (error: unknown) => void }[];
}

/**
 * Looks at objects again and again, all that anybody waits for in one round: a thousand objects of one kind are
 * one listing. Asking is slower than a watch by a fraction of a second, and misses nothing.
 */
export class Poller {
  readonly #api: ClusterApi;
  readonly #kinds: ReadonlyMap<string, Kind>;
  readonly #clock: Clock;
  readonly #entries = new Set<Entry>();
  #running = false;
  #pause = shortest;
  /** Ends the pause: something new is to be looked at. */
  #wake = new AbortController();

  constructor(api: ClusterApi, kinds: ReadonlyMap<string, Kind>, clock: Clock) {
    this.#api = api;
    this.#kinds = kinds;
    this.#clock = clock;
  }

  /** Begins to look at objects. */
  watch(keys: Iterable<ObjectKey>): Watched {
    const entry: Entry = { keys: new Set(keys), there: new Map(), waiting: [] };
    this.#entries.add(entry);
    this.#pause = shortest;
    this.#wake.abort();
    return {
      there: entry.there,
      next: () =>
        new Promise((resolve, reject) => {
          entry.waiting.push({ resolve, reject });
          void this.#run();
        }),
      stop: () => void this.#entries.delete(entry),
    };
  }

  async #run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    // What asks for a look in the same moment gets the same one.
    await this.#clock.sleep(0);
    for (let entries = this.#waiting(); entries.length > 0; entries = this.#waiting()) {
      this.#wake = new AbortController();
      const asked = entries.map((entry) => ({ entry, waiting: entry.waiting.splice(0) }));
      try {
        const there = await this.#look(new Set(entries.flatMap(({ keys }) => [...keys])));
        let changed = false;
        for (const { entry, waiting } of asked) {
          const before = entry.there.size;
          entry.there.clear();
          for (const key of entry.keys) {
            const object = there.get(key);
            if (object !== undefined) entry.there.set(key, object);
          }
          changed ||= entry.there.size !== before;
          for (const { resolve } of waiting) resolve();
        }
        this.#pause = changed ? shortest : Math.min(this.#pause * growth, longest);
      } catch (error) {
        for (const { waiting } of asked) for (const { reject } of waiting) reject(error);
      }
      await this.#clock.sleep(least);
      await this.#clock.sleep(this.#pause - least, this.#wake.signal);
    }
    this.#running = false;
  }

  #waiting(): Entry[] {
    return [...this.#entries].filter(({ waiting }) => waiting.length > 0);
  }

  async #look(keys: ReadonlySet<ObjectKey>): Promise<Map<ObjectKey, KubeObject>> {
    const byKind = new Map<Kind, ObjectKey[]>();
    for (const key of keys) {
      const kind = this.#kinds.get(groupKind(parseKey(key)));
      if (kind === undefined) continue;
      const same = byKind.get(kind);
      if (same === undefined) byKind.set(kind, [key]);
      else same.push(key);
    }
    const found = await Promise.all([...byKind].map(([kind, same]) => this.#lookAt(kind, same)));
    return new Map(found.flat().map((object) => [keyOf(object), object]));
  }

  async #lookAt(kind: Kind, keys: readonly ObjectKey[]): Promise<readonly KubeObject[]> {
    const namespaces = new Set(keys.map((key) => parseKey(key).namespace));
    // An applier's conditions say what it is at.
    const whole = applierKinds.has(groupKind(kind));
    if (keys.length > few) {
      const [namespace] = namespaces;
      return this.#api.list(kind, {
        whole,
        ...(namespaces.size === 1 && namespace !== "" ? { namespace } : {}),
      });
    }
    const objects = await Promise.all(
      keys.map((key) => {
        const { namespace, name } = parseKey(key);
        return this.#api.get(kind, namespace, name, { whole });
      }),
    );
    return objects.filter((object) => object !== undefined);
  }
}
