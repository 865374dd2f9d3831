import type { Cluster } from "../fleet/cluster.ts";

/**
 * What every resource of a cluster is tagged with, so that a bill or a stray resource leads to its cluster and,
 * in a sandbox, to who answers for it and until when.
 */
export function tagsOf(
  cluster: Pick<Cluster, "name" | "type" | "sandbox" | "fleet">,
): Record<string, string> {
  const { name, type, sandbox, fleet } = cluster;
  return {
    "sluice.dev/fleet": fleet.name,
    "sluice.dev/cluster": name,
    "sluice.dev/type": type.name,
    ...(sandbox === undefined
      ? {}
      : {
          "sluice.dev/owner": sandbox.owner,
          "sluice.dev/purpose": sandbox.purpose,
          "sluice.dev/expires": sandbox.expires,
        }),
  };
}
