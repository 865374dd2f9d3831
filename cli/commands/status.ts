import type { Cluster } from "../../lib/fleet/cluster.ts";
import { suggestion } from "../../lib/fleet/suggestion.ts";
import { throwIfAny, UserError } from "../../lib/fleet/user-error.ts";
import { kubeconfigFiles } from "../../lib/stack/kubeconfig.ts";
import { contextOf, describeStatus, fleetStatus, type Reach } from "../../lib/status/index.ts";
import { loadFleet } from "../../lib/synth/load.ts";
import { connect, contextsOf } from "../../lib/teardown/index.ts";
import { openFleet } from "../repository.ts";

/** Options of the command. */
export interface StatusOptions {
  readonly kubeconfig?: string;
  readonly json?: boolean;
}

/** Milliseconds that a cluster may take to answer. */
const timeout = 8000;

/** `sluice status`: a row for each cluster. Not being ready is no failure of the command. */
export async function status(
  names: readonly string[],
  { kubeconfig, json = false }: StatusOptions,
): Promise<void> {
  const { root } = await openFleet();
  const { clusters } = await loadFleet(root);
  const all = clusters.map(({ name }) => name);
  throwIfAny(
    names
      .filter((name) => !all.includes(name))
      .map((name) => ({ message: `there is no cluster '${name}'${suggestion(name, all)}` })),
    2,
  );
  const wanted = names.length === 0 ? clusters : clusters.filter(({ name }) => names.includes(name));
  const where = kubeconfig === undefined ? {} : { file: kubeconfig };
  const contexts = await contextsOf(where);
  const reach = (cluster: Cluster): Reach => {
    const { provider } = cluster;
    const context = contextOf(cluster, contexts);
    const own = provider.kind === "existing" ? provider.kubeconfig : undefined;
    const file = kubeconfig ?? (own === undefined ? undefined : kubeconfigFiles(own)[0]);
    return {
      context,
      api: () => {
        if (context === undefined)
          throw new UserError({ message: `no context of the kubeconfig leads to it (${provider.kind})` });
        return connect({ context, timeout, ...(file === undefined ? {} : { file }) });
      },
    };
  };
  const now = new Date();
  const rows = await fleetStatus(wanted, reach, now);
  console.log(
    json ? JSON.stringify({ clusters: rows }, null, 2) : describeStatus(rows, now, process.stdout.columns),
  );
}
