import type { ComponentResourceOptions } from "@pulumi/pulumi";
import type { Cluster } from "../lib/fleet/cluster.ts";
import type { Mirror } from "../lib/fleet/mirror.ts";
import type { PodRole } from "./eks/roles.ts";
import type { ProvidedCluster } from "./provided-cluster.ts";

/** What providers are told beside the definition. */
export interface ProvideOptions {
  readonly tags: Readonly<Record<string, string>>;
  /** A protected cluster may be destroyed: somebody confirmed it. */
  readonly mayBeDestroyed: boolean;
  readonly podRoles: readonly PodRole[];
  readonly mirror: Mirror | undefined;
}

/** Makes the cluster that a definition asks for. Only its own provider's code is loaded: AWS's is large. */
export async function provideCluster(
  cluster: Pick<Cluster, "name" | "type" | "versions" | "provider">,
  { tags, mayBeDestroyed, podRoles, mirror }: ProvideOptions,
  options: ComponentResourceOptions,
): Promise<ProvidedCluster> {
  const { name, provider } = cluster;
  switch (provider.kind) {
    case "kind": {
      const { KindCluster } = await import("./kind.ts");
      return new KindCluster(name, { cluster: { ...cluster, provider }, tags }, options);
    }
    case "kwok": {
      const { KwokCluster } = await import("./kwok.ts");
      return new KwokCluster(name, { cluster: { ...cluster, provider }, tags }, options);
    }
    case "existing": {
      const { ExistingCluster } = await import("./existing.ts");
      return new ExistingCluster(name, provider, options);
    }
    case "eks": {
      const { EksCluster } = await import("./eks/eks-cluster.ts");
      return new EksCluster(
        name,
        { cluster: { ...cluster, provider }, tags, mayBeDestroyed, roles: podRoles, mirror },
        options,
      );
    }
  }
}
