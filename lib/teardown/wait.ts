import { ApiError, type Clock, type ClusterApi } from "./cluster-api.ts";
import { isDefinition } from "./kinds.ts";
import { isApplierKey } from "./ownership.ts";
import { groupKind, type Kind, type KubeObject, type ObjectKey, parseKey } from "./objects.ts";
import type { Poller } from "./poller.ts";

/** What waiting needs. */
export interface WaitContext {
  readonly api: ClusterApi;
  readonly clock: Clock;
  readonly poller: Poller;
  readonly kinds: ReadonlyMap<string, Kind>;
  readonly signal: AbortSignal;
  /** When all of it has to be over, in the clock's milliseconds. */
  readonly deadline: number;
  /** Whose finalizers may be taken away: those that the user named. */
  readonly mayStrip: (key: ObjectKey) => boolean;
  readonly note: (message: string) => void;
}

/** How long to wait, and what to do about what does not go. */
export interface WaitOptions {
  /** Milliseconds without anything going, after which the rest is given up. */
  readonly limit: number;
  /** Told every few seconds what is waited for. */
  readonly waiting: (there: readonly KubeObject[], milliseconds: number) => void;
}

/** What was waited for in vain, and why it may be that it does not go. */
export interface Left {
  readonly key: ObjectKey;
  readonly object: KubeObject;
  /** What the server said when it was asked to delete it. */
  readonly refusal: string | undefined;
  /** How often it has come back. */
  readonly returned: number;
}

/** Milliseconds that Flux or a namespace may take to begin with an object, before it is deleted directly. */
const grace = 3000;
/** The same for garbage collection, which takes its time. */
const collectionGrace = 30_000;
/** Between two tries to delete what the server refuses to. */
const again = 5000;
/** Before a finalizer is taken away that the user named: its controller may yet come. */
const stripGrace = 5000;
/** Between two reports of what is waited for. */
const reportEvery = 10_000;

/**
 * Waits until objects have gone. Those that nobody deletes are deleted: what Flux left behind, what came back.
 * @returns what is left when the limit or the deadline is reached, or the signal aborted
 */
export async function untilGone(
  keys: Iterable<ObjectKey>,
  { limit, waiting }: WaitOptions,
  context: WaitContext,
): Promise<Left[]> {
  const { api, clock, poller, kinds, signal, deadline, mayStrip, note } = context;
  const wanted = [...keys];
  if (wanted.length === 0) return [];
  const watched = poller.watch(wanted);
  const since = new Map<ObjectKey, number>();
  const uids = new Map<ObjectKey, string>();
  const returned = new Map<ObjectKey, number>();
  const refusals = new Map<ObjectKey, string>();
  const began = clock.now();
  let progressed = began;
  let reported = began;
  let fewest = Infinity;
  try {
    for (;;) {
      await watched.next();
      const now = clock.now();
      const { there } = watched;
      if (there.size === 0) return [];
      if (there.size < fewest) {
        fewest = there.size;
        progressed = now;
      }
      const left = () =>
        [...there].map(([key, object]) => ({
          key,
          object,
          refusal: refusals.get(key),
          returned: returned.get(key) ?? 0,
        }));
      if (signal.aborted || now >= deadline || now - progressed > limit) return left();
      if (
        [...there].every(([key, { metadata }]) => isOrdered(key) && metadata.deletionTimestamp === undefined)
      )
        return left();
      if (now - reported >= reportEvery) {
        reported = now;
        waiting([...there.values()], now - began);
      }
      await Promise.all([...there].map(([key, object]) => attend(key, object, now)));
    }
  } finally {
    watched.stop();
  }

  async function attend(key: ObjectKey, object: KubeObject, now: number): Promise<void> {
    const { uid, deletionTimestamp, finalizers = [], ownerReferences = [] } = object.metadata;
    const kind = kinds.get(groupKind(parseKey(key)))!;
    const { namespace, name } = parseKey(key);
    const before = uids.get(key);
    if (uid !== undefined && before !== uid) {
      uids.set(key, uid);
      if (before !== undefined) returned.set(key, (returned.get(key) ?? 0) + 1);
    }
    const state = `${key} ${deletionTimestamp === undefined ? "stays" : "goes"}`;
    if (!since.has(state)) since.set(state, now);
    const age = now - since.get(state)!;
    try {
      if (deletionTimestamp !== undefined) {
        if (finalizers.length === 0 || age < stripGrace || !mayStrip(key)) return;
        note(`took the finalizers ${finalizers.join(", ")} from ${key}, as told`);
        await api.patch(kind, namespace, name, { metadata: { finalizers: null } });
      } else if (!goesAlone(key) && age >= (ownerReferences.length > 0 ? collectionGrace : grace)) {
        since.set(state, now - grace + again);
        await api.delete(kind, namespace, name);
      }
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      refusals.set(key, error.message);
    }
  }
}

/** Asks for the deletion of objects. @throws ApiError if the server does not answer */
export async function deleteAll(
  keys: readonly ObjectKey[],
  { api, kinds }: Pick<WaitContext, "api" | "kinds">,
): Promise<void> {
  const results = await Promise.allSettled(
    keys.map((key) => {
      const { namespace, name } = parseKey(key);
      return api.delete(kinds.get(groupKind(parseKey(key)))!, namespace, name);
    }),
  );
  // What the server refuses is tried again while it is waited for; what gets no answer ends the step.
  for (const result of results)
    if (result.status === "rejected") {
      const error: unknown = result.reason;
      if (!(error instanceof ApiError) || error.transient) throw error;
    }
}

/** What is deleted in its turn and not in passing: found awake, somebody has made it again. */
const isOrdered = (key: ObjectKey): boolean => isApplierKey(key) || isDefinition(key);

/** What must not be deleted directly: those, and a volume before its provisioner has removed it. */
const goesAlone = (key: ObjectKey): boolean => isOrdered(key) || key.startsWith("/PersistentVolume/");
