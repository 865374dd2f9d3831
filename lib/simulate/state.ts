import type { Knowledge } from "./knowledge.ts";
import type { Latencies } from "./latencies.ts";
import type { World } from "./world.ts";

type Json = Readonly<Record<string, unknown>>;

/** What a controller of Flux says of one of its objects: its Ready condition, and what goes with it. */
export interface FluxStatus {
  /** Undefined while it is being reconciled for the first time, or anew. */
  readonly ready: boolean | undefined;
  /** The reason of the condition, such as `DependencyNotReady`. */
  readonly reason: string;
  readonly message: string;
  /** What Flux's own message names too. */
  readonly names: readonly string[];
  /** Ids of objects of Flux that it cannot go on without: `Kustomization flux-system/apps`. */
  readonly blockedBy: readonly string[];
  /** Whether Flux has given up until its specification changes. */
  readonly stalled: boolean;
  /** The generation that was reconciled last with success; -1 for none. */
  readonly observed: number;
  /** The revision of its source that was applied last. */
  readonly revision: string | undefined;
  /** The version of the chart that is installed. */
  readonly chart: string | undefined;
}

export const unseen: FluxStatus = {
  ready: undefined,
  reason: "Progressing",
  message: "not reconciled yet",
  names: [],
  blockedBy: [],
  stalled: false,
  observed: -1,
  revision: undefined,
  chart: undefined,
};

/** What the simulated controllers see of the cluster, and of one another. */
export interface Context {
  readonly world: World;
  /** Seconds since the beginning. */
  readonly now: number;
  readonly latencies: Latencies;
  readonly knowledge: Knowledge;
  /** Ids of what is told to fail: `HelmRelease apps/web`, `Deployment apps/web`. */
  readonly failing: ReadonlySet<string>;
  /** By id; undefined for what no controller has seen. */
  status(id: string): FluxStatus | undefined;
}

/** An object of Flux with the status that its controller gives it, as expressions see it. */
export function withStatus(object: Json, generation: number, status: FluxStatus | undefined): Json {
  const metadata = { ...(object["metadata"] as Json), generation };
  if (status === undefined || status === unseen)
    return { ...object, metadata, status: { observedGeneration: -1 } };
  const condition = (type: string, value: string) => ({
    type,
    status: value,
    reason: status.reason,
    message: status.message,
  });
  const ready = status.ready === undefined ? "Unknown" : status.ready ? "True" : "False";
  const conditions = [condition("Ready", ready)];
  if (status.stalled) conditions.push(condition("Stalled", "True"));
  else if (status.ready !== true) conditions.push(condition("Reconciling", "True"));
  return {
    ...object,
    metadata,
    status: {
      observedGeneration: status.observed,
      conditions,
      ...(status.revision === undefined ? {} : { lastAppliedRevision: status.revision }),
      ...(status.chart === undefined
        ? {}
        : { history: [{ chartVersion: status.chart }], lastAttemptedRevision: status.chart }),
    },
  };
}
