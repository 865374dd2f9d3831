/**
 * How long things take that Flux waits for, in seconds. Only these are guesses: how long Flux itself waits before it
 * looks again follows from the manifests and from its controllers' settings.
 */
export interface Latencies {
  /** Until a source has its artifact. */
  readonly fetch: number;
  /** Until a Kustomization has built and applied a stage of its objects. */
  readonly apply: number;
  /** Until a workload, or a custom object with a controller, is healthy. @param timeout of what waits for it */
  readonly healthy: (timeout: number) => number;
  /** Until a release is installed or upgraded. @param timeout of the release */
  readonly release: (timeout: number) => number;
  /** How often what has to wait for a dependency looks again: `--requeue-dependency` of Flux's controllers. */
  readonly requeue: number;
}

/** A fast network, and workloads that begin within seconds. */
export const usual: Latencies = {
  fetch: 2,
  apply: 2,
  healthy: () => 15,
  release: () => 30,
  requeue: 30,
};

/** All that has a timeout takes that long, and just succeeds. */
export const slowest: Latencies = {
  fetch: 60,
  apply: 10,
  healthy: (timeout) => Math.max(15, timeout - 10),
  release: (timeout) => Math.max(30, timeout - 1),
  requeue: 30,
};
