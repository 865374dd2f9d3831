import { askCluster } from "../lib/check/live.ts";
import type { CheckedFleet } from "../lib/check/fleet.ts";
import type { LiveAnswers } from "../lib/check/run.ts";
import type { Finding } from "../lib/check/rule.ts";
import type { Unchecked } from "../lib/check/unchecked.ts";
import { UserError } from "../lib/fleet/user-error.ts";
import { contextOf } from "../lib/status/index.ts";
import { connect, contextsOf } from "../lib/teardown/index.ts";

/**
 * Asks each cluster's own API server, by the contexts of a kubeconfig.
 * @param given the context, where it is not the one of the cluster's provider
 * @throws UserError if no context leads to any cluster, or one does not answer
 */
export async function askClusters(
  { clusters }: CheckedFleet,
  given: string | undefined,
  file: string | undefined,
): Promise<LiveAnswers> {
  if (given !== undefined && clusters.length !== 1)
    throw new UserError(
      {
        where: "--context",
        message: `is one cluster, and these are ${clusters.length}: ${clusters.map(({ name }) => name).join(", ")}`,
        remedy: "name the one that it is: --cluster NAME",
      },
      2,
    );
  const where = file === undefined ? {} : { file };
  const contexts = given === undefined ? await contextsOf(where) : [];
  const findings: Finding[] = [];
  const unchecked: Unchecked[] = [];
  let asked = 0;
  for (const cluster of clusters) {
    const { definition } = cluster;
    const context = given ?? (definition === undefined ? undefined : contextOf(definition, contexts));
    if (context === undefined) {
      unchecked.push({
        clusters: [cluster.name],
        message: "with the cluster: no context of the kubeconfig leads to it",
        remedy: `name it: --cluster ${cluster.name} --context CONTEXT`,
      });
      continue;
    }
    const provider = definition?.provider;
    const own = file ?? (provider?.kind === "existing" ? provider.kubeconfig : undefined);
    const api = await connect({ context, ...(own === undefined ? {} : { file: own }) });
    const answers = await askCluster(cluster, api);
    findings.push(...answers.findings);
    unchecked.push(...answers.unchecked);
    asked++;
  }
  if (asked === 0)
    throw new UserError(
      {
        where: "--live",
        message: "no context of the kubeconfig leads to any of the clusters",
        remedy: "name one: --cluster NAME --context CONTEXT",
      },
      2,
    );
  return { findings, unchecked };
}
