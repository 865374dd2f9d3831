import type { Cluster } from "../lib/fleet/cluster.ts";
import { UserError } from "../lib/fleet/user-error.ts";
import { contextOf } from "../lib/status/index.ts";
import { kubeconfigFiles } from "../lib/stack/kubeconfig.ts";
import { connect, contextsOf } from "../lib/teardown/connect.ts";
import type { ConnectedCluster } from "../lib/teardown/http-api.ts";

/** Milliseconds that a cluster may take to answer. */
const timeout = 8000;

/** How a cluster is reached: the context that leads to it, and its API. */
export interface ReachedCluster {
  readonly context: string | undefined;
  /** @throws UserError where no context leads to it */
  readonly api: () => Promise<ConnectedCluster>;
}

/** Finds the contexts of a kubeconfig that lead to clusters. @param kubeconfig its path @default KUBECONFIG, then ~/.kube/config */
export async function reacher(kubeconfig: string | undefined): Promise<(cluster: Cluster) => ReachedCluster> {
  const contexts = await contextsOf(kubeconfig === undefined ? {} : { file: kubeconfig });
  return (cluster) => {
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
}
