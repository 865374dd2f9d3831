import type { Cluster } from "../fleet/cluster.ts";

/** A context of a kubeconfig, and the name that it gives to its cluster. */
export interface KnownContext {
  readonly name: string;
  readonly cluster: string;
}

/**
 * The context that leads to a cluster of the fleet: as its provider's own tool names it. An EKS cluster's is named
 * by whoever fetched it, and found by the cluster that it leads to.
 * @returns undefined if there is none
 */
export function contextOf(
  { name, provider }: Pick<Cluster, "name" | "provider">,
  contexts: readonly KnownContext[],
): string | undefined {
  const has = (wanted: string) => (contexts.some((context) => context.name === wanted) ? wanted : undefined);
  switch (provider.kind) {
    case "existing":
      return provider.context;
    case "kind":
      return has(`kind-${name}`);
    case "kwok":
      return has(`kwok-${name}`);
    case "eks": {
      // aws eks update-kubeconfig; eksctl.
      const endings = [`:${provider.region}:`, `cluster/${name}`];
      const found = contexts.find(
        ({ cluster }) =>
          (cluster.startsWith("arn:") && cluster.includes(endings[0]!) && cluster.endsWith(endings[1]!)) ||
          cluster === `${name}.${provider.region}.eksctl.io`,
      );
      return found?.name ?? has(name);
    }
  }
}
