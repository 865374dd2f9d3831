import * as pulumi from "@pulumi/pulumi";
import { fingerprint } from "../lib/stack/kind-config.ts";
import { kwokVersion } from "../lib/stack/kubernetes-versions.ts";
import type { Cluster } from "../lib/fleet/cluster.ts";
import type { KwokProvider } from "../lib/fleet/providers.ts";
import { localCluster } from "./local-cluster.ts";
import type { KwokFacts, ProvidedCluster } from "./provided-cluster.ts";

/** What a kwok cluster is made from. */
export interface KwokClusterArgs {
  readonly cluster: Pick<Cluster, "name" | "type" | "versions"> & { readonly provider: KwokProvider };
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * A control plane whose nodes are simulated: pods become Ready and run nothing. For tests of scale and of
 * configuration. Another version is another cluster; the number of nodes is not.
 */
export class KwokCluster extends pulumi.ComponentResource implements ProvidedCluster<KwokFacts> {
  readonly kubeconfig: pulumi.Output<string>;
  readonly identity: pulumi.Output<string>;
  readonly facts: KwokFacts = { provider: "kwok" };
  readonly ready: readonly pulumi.Resource[];

  constructor(
    name: string,
    { cluster, tags }: KwokClusterArgs,
    options: pulumi.ComponentResourceOptions = {},
  ) {
    super("sluice:kwok:Cluster", name, {}, options);
    const version = kwokVersion(cluster.versions.kubernetes);
    const nodes = cluster.provider.nodes ?? cluster.type.scaling.nodes.min;
    const scale = 'kwokctl scale node --name "$NAME" --replicas "$NODES" >&2';
    const kubeconfig = 'kwokctl get kubeconfig --name "$NAME"';
    const command = localCluster(
      name,
      {
        tool: "kwokctl",
        install: "https://kwok.sigs.k8s.io/docs/user/installation/",
        name,
        fingerprint: fingerprint(version),
        exists: 'kwokctl get clusters 2>/dev/null | grep -qxF "$NAME"',
        create: `kwokctl create cluster --name "$NAME" --kubeconfig "$(mktemp)" --wait 5m >&2\n${scale}`,
        delete: 'kwokctl delete cluster --name "$NAME"',
        // Also what an update runs: it brings the nodes to their number.
        kubeconfig: `${scale}\n${kubeconfig}`,
        environment: { KWOK_KUBE_VERSION: version, NODES: String(nodes), TAGS: JSON.stringify(tags) },
      },
      { parent: this },
    );
    this.identity = pulumi.interpolate`${name}-${command.id}`;
    this.kubeconfig = pulumi.secret(command.stdout);
    this.ready = [command];
    this.registerOutputs({ kubeconfig: this.kubeconfig });
  }
}
