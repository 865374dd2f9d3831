import { describeName } from "../flux/object-name.ts";
import { ApiError, type Clock, type ClusterApi, realClock } from "./cluster-api.ts";
import { execute, type StepResult } from "./execute.ts";
import { type KubeObject, type ObjectKey, parseKey } from "./objects.ts";
import { patientApi } from "./patient-api.ts";
import { type Plan, planTeardown, type Step } from "./plan.ts";
import { Poller } from "./poller.ts";
import { noticesOf, refuseWithoutRights } from "./preflight.ts";
import { removeSyncs } from "./remove-syncs.ts";
import { summarise, type TeardownResult } from "./result.ts";
import { takeSnapshot } from "./snapshot.ts";
import { markUnnamed, resumeAppliers, suspendAppliers, unmark } from "./suspend.ts";

/** How to tear down. */
export interface TeardownOptions {
  /** The Kustomizations that sync the cluster, as `namespace/name`. @default found out */
  readonly roots?: readonly string[];
  /** Seconds that all of it may take. @default 3600 */
  readonly seconds?: number;
  /** Seconds without anything going, after which a step has failed. @default 600 */
  readonly stepSeconds?: number;
  /** Objects whose finalizers may be taken away, as `Kind/namespace/name` or `Kind/name`. @default none */
  readonly removeFinalizers?: readonly string[];
  /**
   * Removes whatever holds something outside the cluster, whoever made it, as the cluster itself is to go.
   * @default false: only what Flux applied and what came of it
   */
  readonly allExternal?: boolean;
  /** Removes the sync as well, where it does not apply Flux itself and no operator keeps it. @default false */
  readonly removeSync?: boolean;
  /** Deletes custom objects that hold no finalizer even while their controller is away. @default false */
  readonly ignoreUnavailable?: boolean;
  /** Ends it early: what has begun is not broken off, and nothing more begins. */
  readonly signal?: AbortSignal;
  readonly listener?: Partial<TeardownListener>;
  readonly clock?: Clock;
  /** Milliseconds that an error of the server which may pass is tried again. @default 45,000 */
  readonly patience?: number;
}

/** Told how a teardown goes. */
export interface TeardownListener {
  planned(plan: Plan, notices: ReturnType<typeof noticesOf>): void;
  suspending(count: number): void;
  begun(step: Step): void;
  waiting(step: Step, there: readonly KubeObject[], milliseconds: number): void;
  over(result: StepResult, milliseconds: number): void;
  verifying(): void;
  note(message: string): void;
}

/** After so many rounds what still appears will not stop to. */
const mostRounds = 5;

/** What a teardown would do, without doing it. @throws ApiError if the cluster does not answer */
export async function planOf(
  api: ClusterApi,
  { roots = [], allExternal = false, stepSeconds, clock = realClock, patience }: TeardownOptions = {},
): Promise<Plan> {
  const patient = patientApi(api, clock, patience);
  return planTeardown(await takeSnapshot(patient), {
    roots: roots.map(rootKey),
    allExternal,
    ...(stepSeconds === undefined ? {} : { stepLimit: stepSeconds }),
  });
}

/**
 * Takes down what Flux and those that use it have made in a cluster, in order, until nothing is left but what a
 * bootstrap makes, with the sync suspended. May be run again at any time, and goes on where it was.
 * @returns how it ended: only `clean` means that nothing is left
 * @throws UserError if the credentials do not allow it; ApiError if the cluster does not answer at the beginning
 */
export async function teardown(api: ClusterApi, options: TeardownOptions = {}): Promise<TeardownResult> {
  const { clock = realClock, listener = {}, seconds = 3600, removeFinalizers = [], patience } = options;
  const signal = options.signal ?? new AbortController().signal;
  const patient = patientApi(api, clock, patience);
  const began = clock.now();
  const deadline = began + seconds * 1000;
  const notes: string[] = [];
  const note = (message: string) => {
    notes.push(message);
    listener.note?.(message);
  };
  const look = () => planOf(api, options);

  let plan = await look();
  listener.planned?.(plan, noticesOf(plan));
  await refuseWithoutRights(patient, plan);
  const all = new Set(plan.scope.going.keys());
  let results: StepResult[] = [];
  let touched = false;
  let failure: string | undefined;
  let before = "";
  try {
    for (let round = 1; round <= mostRounds; round++) {
      listener.suspending?.(plan.suspend.flat().length);
      // What was applied in the last moment may hold appliers that nobody has suspended yet.
      for (let again = 0; again < 3 && (again === 0 || awake(plan)); again++) {
        await suspendAppliers(patient, clock, plan, signal);
        plan = await look();
      }
      for (const key of plan.scope.going.keys()) all.add(key);
      if (signal.aborted || plan.scope.going.size === 0) break;
      await markUnnamed(patient, plan);
      const { kinds } = plan.snapshot;
      touched = true;
      results = await execute(
        {
          api: patient,
          clock,
          poller: new Poller(patient, kinds, clock),
          kinds,
          signal,
          deadline,
          mayStrip: stripper(removeFinalizers),
          note,
          ignoreUnavailable: options.ignoreUnavailable === true,
          plan,
          waiting: (...args) => listener.waiting?.(...args),
        },
        {
          begun: (step) => listener.begun?.(step),
          over: (result, time) => listener.over?.(result, time),
        },
      );
      listener.verifying?.();
      plan = await look();
      for (const key of plan.scope.going.keys()) all.add(key);
      if (plan.scope.going.size === 0 || signal.aborted || clock.now() >= deadline) break;
      // What waits for a finalizer does so in another round, too. What came back, or came late, need not.
      const now = [...plan.scope.going.keys()].sort().join(" ");
      if (now === before || explained(plan, results)) break;
      before = now;
    }
    if (plan.scope.going.size === 0 && !signal.aborted && options.removeSync === true)
      plan = await removeSyncs(patient, plan, { clock, limit: syncLimit(options), signal, note }, look);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    failure = error.message;
  }
  const clean =
    failure === undefined &&
    plan.scope.going.size === 0 &&
    !signal.aborted &&
    plan.snapshot.unreadable.length === 0;
  // Nothing is lost yet: then it is given back as it was. Afterwards that would make everything again.
  const resumed = clean || touched ? [] : await giveBack(patient, plan, note);
  return summarise({
    server: api.server,
    plan,
    results: clean ? [] : results,
    clean,
    interrupted: signal.aborted,
    failure,
    removed: [...all].filter((key) => !plan.scope.going.has(key)).length,
    seconds: (clock.now() - began) / 1000,
    resumed,
    notes,
  });
}

/** Gives back to Flux what an unfinished teardown had suspended: it makes again what was removed. */
export async function resume(
  api: ClusterApi,
  { clock = realClock, patience }: Pick<TeardownOptions, "clock" | "patience"> = {},
): Promise<string[]> {
  const plan = await planOf(api, { clock, patience });
  const patient = patientApi(api, clock, patience);
  await unmark(patient, plan);
  const keys = await resumeAppliers(patient, plan);
  return keys.map((key) => describeName(parseKey(key)));
}

async function giveBack(api: ClusterApi, plan: Plan, note: (message: string) => void): Promise<ObjectKey[]> {
  try {
    return await resumeAppliers(api, plan);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    note(`what was suspended could not be resumed: ${error.message}`);
    return [];
  }
}

/** Milliseconds that the sync itself may take to go. */
const syncLimit = ({ stepSeconds = 600 }: TeardownOptions): number => stepSeconds * 1000;

function rootKey(root: string): ObjectKey {
  const [namespace, name] = root.split("/");
  return `kustomize.toolkit.fluxcd.io/Kustomization/${namespace}/${name}`;
}

/** Whether an object is one of those that the user named. */
function stripper(named: readonly string[]): (key: ObjectKey) => boolean {
  const wanted = new Set(named);
  return (key) => {
    const { kind, namespace, name } = parseKey(key);
    return wanted.has(namespace === "" ? `${kind}/${name}` : `${kind}/${namespace}/${name}`);
  };
}

/** Whether all that is left is stuck, or waits for what is. */
function explained({ scope }: Plan, results: readonly StepResult[]): boolean {
  const stuck = (result: StepResult): boolean =>
    result.outcome === "stuck" &&
    result.left.every(({ object: { metadata } }) => metadata.deletionTimestamp !== undefined);
  const waiting = new Set<string>();
  const reasons = new Set<ObjectKey>();
  for (const result of results) {
    const { step, because = [] } = result;
    const waits = because.length > 0 && because.every(({ id }) => waiting.has(id));
    if (!stuck(result) && !waits) continue;
    waiting.add(step.id);
    for (const key of [...step.objects, ...step.awaits, ...step.leftovers]) reasons.add(key);
  }
  return [...scope.going.keys()].every(
    (key) => reasons.has(key) || reasons.has(`/Namespace//${parseKey(key).namespace}`),
  );
}

/** Whether there is anything to suspend. */
const awake = ({ suspend, ownership: { appliers } }: Plan): boolean =>
  suspend.flat().some((key) => !appliers.get(key)!.suspended);
