import { loadFleet } from "../../lib/synth/load.ts";
import { planCluster } from "../../lib/stack/plan.ts";
import { describePlan } from "../stack-plan-summary.ts";
import { openFleet } from "../repository.ts";

/** Options of the command. */
export interface PlanOptions {
  readonly json?: boolean;
}

/** `sluice plan`: what a cluster's stack would make and cost, without CLI, cloud or network. */
export async function plan(name: string, { json = false }: PlanOptions): Promise<void> {
  const { root } = await openFleet();
  const cluster = (await loadFleet(root, name)).clusters[0]!;
  const from = cluster.sandbox?.from;
  // Its source may have gone since.
  const source =
    from === undefined
      ? undefined
      : await loadFleet(root, from).then(
          ({ clusters }) => clusters[0],
          () => undefined,
        );
  const planned = await planCluster(root, cluster, source);
  console.log(json ? JSON.stringify({ name, ...planned }, null, 2) : describePlan(cluster, planned));
}
