import { describeName } from "../flux/object-name.ts";
import { type Applier, heldAnnotation, readApplier, releasePatch } from "./appliers.ts";
import { ApiError } from "./cluster-api.ts";
import { definedKind, isAvailable } from "./kinds.ts";
import { groupKind, type Kind, type KubeObject, type ObjectKey, parseKey } from "./objects.ts";
import { isApplierKey } from "./ownership.ts";
import type { Plan, Step } from "./plan.ts";
import { clearKinds } from "./served-kinds.ts";
import { deleteAll, type Left, untilGone, type WaitContext } from "./wait.ts";

/** What running a step needs. */
export interface StepContext extends WaitContext {
  readonly plan: Plan;
  /** Deletes custom objects without a finalizer even while their controller is away. */
  readonly ignoreUnavailable: boolean;
  /** Told every few seconds what a step waits for. */
  readonly waiting: (step: Step, there: readonly KubeObject[], milliseconds: number) => void;
}

/** Milliseconds that objects may stay which may wait for those of the next step. */
const lingering = 30_000;

/**
 * Does one step, and waits until it is over.
 * @returns what is left of it, when that does not go
 * @throws ApiError if the server does not answer, or refuses
 */
export async function runStep(step: Step, context: StepContext): Promise<Left[]> {
  const waiting = (there: readonly KubeObject[], time: number) => context.waiting(step, there, time);
  const wait = (keys: Iterable<ObjectKey>, limit = step.limit * 1000) =>
    untilGone(keys, { limit, waiting }, context);
  const unfinished = await clearKinds(step, { limit: step.limit * 1000, waiting }, context);
  if (unfinished.length > 0) return unfinished;
  if (step.part === "applier") {
    const left = await removeApplier(step.objects[0]!, wait, context);
    if (left.length > 0) return left;
  } else if (step.part === "definitions") {
    await refuseDefinitionsInUse(step.objects, context);
    await deleteAll(step.objects, context);
  } else {
    await untilAvailable(step, context);
    await deleteAll(step.objects, context);
  }

  const left = step.mayLinger
    ? await wait(step.objects, Math.min(lingering, step.limit * 1000))
    : await wait(
        [...step.objects, ...step.awaits].filter((key) => step.part !== "applier" || !isApplierKey(key)),
      );
  // What lingers is not lost: the next step waits for it.
  if (left.length > 0 && !step.mayLinger) return left;
  await deleteAll(step.leftovers, context);
  return wait(step.leftovers);
}

/** How often an applier is deleted that somebody makes again. */
const mostReturns = 5;

/** Deletes an applier while it is awake, so that it removes what it applied; again if somebody makes it again. */
async function removeApplier(
  key: ObjectKey,
  wait: (keys: ObjectKey[]) => Promise<Left[]>,
  context: StepContext,
): Promise<Left[]> {
  const { api, kinds } = context;
  const kind = kinds.get(groupKind(parseKey(key)))!;
  const { namespace, name } = parseKey(key);
  for (let times = 0; times < mostReturns; times++) {
    const object = await api.get(kind, namespace, name, { whole: true });
    if (object === undefined) return [];
    const applier = readApplier(object);
    await ensureAccount(applier, context);
    if (object.metadata.deletionTimestamp === undefined) {
      if ((await api.patch(kind, namespace, name, releasePatch(applier))) === undefined) continue;
      await api.delete(kind, namespace, name);
    }
    const left = await wait([key]);
    if (left.some(({ object: { metadata } }) => metadata.deletionTimestamp !== undefined)) return left;
  }
  const object = await api.get(kind, namespace, name, { whole: true });
  return object === undefined ? [] : [{ key, object, refusal: undefined, returned: mostReturns }];
}

/**
 * Makes the ServiceAccount in whose name an applier acts, if it is missing: Flux would take its absence for a
 * reason to leave everything behind, and say so nowhere but in its log. It gets no rights that were not given to
 * its name before, and is removed at the end.
 */
async function ensureAccount(
  { key, serviceAccount }: Applier,
  { api, kinds, note }: StepContext,
): Promise<void> {
  const kind: Kind | undefined = kinds.get("/ServiceAccount");
  if (serviceAccount === undefined || kind === undefined) return;
  const { namespace, name } = parseKey(serviceAccount);
  if ((await api.get(kind, namespace, name)) !== undefined) return;
  const account: KubeObject = {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name, namespace, annotations: { [heldAnnotation]: "made" } },
    automountServiceAccountToken: false,
  };
  try {
    await api.create(kind, namespace, account);
    note(
      `made ${describeName(parseKey(serviceAccount))} again for as long as ${describeName(parseKey(key))} needs it: without it Flux would leave behind what it applied`,
    );
  } catch (error) {
    if (!(error instanceof ApiError) || error.transient) throw error;
    // Made meanwhile, or its namespace is on its way out: what Flux then leaves is deleted directly.
    if (error.status !== 409)
      note(`${describeName(parseKey(serviceAccount))} is missing and cannot be made: ${error.message}`);
  }
}

/** Milliseconds in which a controller may come back that is needed. */
const comeback = 60_000;

/** Waits for the controllers that clean up after a step's objects without holding a finalizer on them. */
async function untilAvailable({ needs, limit }: Step, context: StepContext): Promise<void> {
  const { api, kinds, clock, signal, deadline, ignoreUnavailable } = context;
  const kind = kinds.get("apps/Deployment");
  if (ignoreUnavailable || needs.length === 0 || kind === undefined) return;
  const end = Math.min(clock.now() + Math.min(comeback, limit * 1000), deadline);
  for (;;) {
    const away = await Promise.all(
      needs.map(async (key) => {
        const { namespace, name } = parseKey(key);
        const object = await api.get(kind, namespace, name, { whole: true });
        return object === undefined || isAvailable(object) ? [] : [describeName(parseKey(key))];
      }),
    );
    if (away.flat().length === 0 || signal.aborted) return;
    if (clock.now() >= end)
      throw new ApiError(
        409,
        `${away.flat().join(", ")} is not available, and may have to clean up after them (mend it, or --ignore-unavailable)`,
      );
    await clock.sleep(1000, signal);
  }
}

/** A definition takes all its objects with it, whether or not their controller lives: none may be left. */
async function refuseDefinitionsInUse(
  keys: readonly ObjectKey[],
  { api, kinds, plan }: StepContext,
): Promise<void> {
  const used = await Promise.all(
    keys.map(async (key) => {
      const defined = definedKind(plan.snapshot.objects.get(key)!)!;
      const kind = [...kinds.values()].find(
        ({ group, plural }) => group === defined.group && plural === defined.plural,
      );
      const objects = kind === undefined ? [] : await api.list(kind);
      return objects.length === 0 ? [] : [`${objects.length} of ${parseKey(key).name}`];
    }),
  );
  const left = used.flat();
  if (left.length > 0)
    throw new ApiError(409, `objects of kinds whose definitions go are still there: ${left.join(", ")}`);
}
