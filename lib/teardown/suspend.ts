import { type Applier, heldAnnotation, readApplier, resumePatch, suspendPatch } from "./appliers.ts";
import { ApiError, type Clock, type ClusterApi } from "./cluster-api.ts";
import { activityOf, endHealthCheck } from "./health-checks.ts";
import { groupKind, type Kind, type ObjectKey, parseKey } from "./objects.ts";
import type { Plan } from "./plan.ts";

/** Milliseconds that work which was under way may take before it is taken not to end. */
const settling = 20_000;

/**
 * Suspends all appliers, those above before those below, and waits until none of them applies anything any more,
 * so that nothing comes back that is deleted. Each carries an annotation that says what it was before.
 */
export async function suspendAppliers(
  api: ClusterApi,
  clock: Clock,
  plan: Plan,
  signal: AbortSignal,
): Promise<void> {
  const {
    suspend,
    ownership: { appliers },
    snapshot: { kinds },
  } = plan;
  const active = new Set<ObjectKey>();
  for (const level of suspend) {
    if (signal.aborted) return;
    await Promise.all(
      level.map(async (key) => {
        const kind = kinds.get(groupKind(parseKey(key)))!;
        if (await suspendOne(api, kind, appliers.get(key)!)) active.add(key);
      }),
    );
  }
  const end = clock.now() + settling;
  const told = new Set<ObjectKey>();
  while (active.size > 0 && clock.now() < end && !signal.aborted) {
    await Promise.all(
      [...active].map(async (key) => {
        const { namespace, name } = parseKey(key);
        const kind = kinds.get(groupKind(parseKey(key)))!;
        const activity = activityOf(await api.get(kind, namespace, name, { whole: true }));
        if (activity === undefined) active.delete(key);
        else if (activity === "checking health" && !told.has(key)) {
          told.add(key);
          await endHealthCheck(api, key, plan);
        }
      }),
    );
    if (active.size > 0) await clock.sleep(250, signal);
  }
}

/** @returns whether it may be at work in this moment */
async function suspendOne(api: ClusterApi, kind: Kind, applier: Applier): Promise<boolean> {
  const { namespace, name } = parseKey(applier.key);
  if (applier.suspended && applier.object?.metadata.annotations?.[heldAnnotation] !== undefined) return false;
  for (let current = applier, attempt = 0; ; attempt++) {
    const patch = suspendPatch(current);
    try {
      const object = await api.patch(kind, namespace, name, patch);
      return activityOf(object) !== undefined;
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 409 || attempt === 10) throw error;
    }
    const object = await api.get(kind, namespace, name, { whole: true });
    // Suspended, what is on its way out would leave behind what it applied.
    if (object === undefined || object.metadata.deletionTimestamp !== undefined) return false;
    current = readApplier(object);
  }
}

/**
 * Marks what goes only because of something that goes before it, so that a second run still knows: nobody owns a
 * StatefulSet's volumes, and once it has gone nobody could say whose they were.
 */
export async function markUnnamed(
  api: ClusterApi,
  { scope: { unnamed }, snapshot: { objects, kinds } }: Plan,
): Promise<void> {
  await Promise.all(
    [...unnamed].map(async (key) => {
      if (objects.get(key)!.metadata.annotations?.[heldAnnotation] !== undefined) return;
      const { namespace, name } = parseKey(key);
      const metadata = { annotations: { [heldAnnotation]: "goes" } };
      await api.patch(kinds.get(groupKind(parseKey(key)))!, namespace, name, { metadata });
    }),
  );
}

/** Takes the marks away again, and the ServiceAccounts that a teardown has made. */
export async function unmark(api: ClusterApi, { snapshot: { objects, kinds } }: Plan): Promise<void> {
  await Promise.all(
    [...objects].map(async ([key, object]) => {
      const mark = object.metadata.annotations?.[heldAnnotation];
      if (mark !== "goes" && mark !== "made") return;
      const { namespace, name } = parseKey(key);
      const kind = kinds.get(groupKind(parseKey(key)))!;
      if (mark === "made") await api.delete(kind, namespace, name);
      else await api.patch(kind, namespace, name, { metadata: { annotations: { [heldAnnotation]: null } } });
    }),
  );
}

/** Gives back to Flux what a teardown had suspended. @returns the keys of what was resumed */
export async function resumeAppliers(
  api: ClusterApi,
  { ownership: { appliers }, snapshot: { kinds } }: Pick<Plan, "ownership" | "snapshot">,
): Promise<ObjectKey[]> {
  const resumed = await Promise.all(
    [...appliers.values()].map(async ({ key, object }) => {
      if (object === undefined || object.metadata.deletionTimestamp !== undefined) return undefined;
      const kind = kinds.get(groupKind(parseKey(key)))!;
      const { namespace, name } = parseKey(key);
      // As it is now: the plan may be from before it was suspended.
      const current = await api.get(kind, namespace, name, { whole: true });
      const patch = current === undefined ? undefined : resumePatch(readApplier(current));
      if (patch === undefined) return undefined;
      await api.patch(kind, namespace, name, patch);
      return key;
    }),
  );
  return resumed.filter((key) => key !== undefined);
}
