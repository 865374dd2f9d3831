import { describeLeft } from "../teardown/describe.ts";
import { type ClusterApi, progressLines, teardown, type TeardownOptions } from "../teardown/index.ts";

/** The ordered removal of what Flux and its users made in a stack's cluster, before the stack's own parts go. */
export interface StackTeardown {
  /**
   * Whether the cluster itself goes with the stack. Then whatever stands for something outside goes before it,
   * whoever made it: a load balancer or a volume would outlive the cluster, and nobody would know whose it was.
   */
  readonly clusterGoes: boolean;
  /** Seconds that all of it may take. */
  readonly seconds: number;
}

/**
 * Takes down what is in a cluster before its stack is destroyed, the sync as well. Safe to run again after it ended
 * half way.
 * @param report told line by line what is done and what is waited for
 * @returns what is left and why, in lines; empty when nothing is
 * @throws UserError if the credentials do not allow it; ApiError if the cluster does not answer at the beginning
 */
export async function tearDownStack(
  api: ClusterApi,
  { clusterGoes, seconds }: StackTeardown,
  report: (line: string) => void,
  more: Pick<TeardownOptions, "signal" | "clock" | "patience"> = {},
): Promise<readonly string[]> {
  const result = await teardown(api, {
    ...more,
    seconds,
    allExternal: clusterGoes,
    removeSync: true,
    listener: progressLines(report),
  });
  const left = describeLeft(result);
  if (result.outcome !== "clean") return left.length > 0 ? left : ["  it was ended early"];
  report(
    result.removed === 0
      ? "nothing to take down: Flux has made nothing here"
      : `${result.removed} objects are gone, in ${result.seconds.toFixed(1)} s`,
  );
  return [];
}
