import * as pulumi from "@pulumi/pulumi";
import { fingerprint, kindConfig, mirrorHosts } from "../lib/stack/kind-config.ts";
import { kindImage } from "../lib/stack/kubernetes-versions.ts";
import type { Cluster } from "../lib/fleet/cluster.ts";
import type { KindProvider } from "../lib/fleet/providers.ts";
import { localCluster } from "./local-cluster.ts";
import type { KindFacts, ProvidedCluster } from "./provided-cluster.ts";

/** What a kind cluster is made from. */
export interface KindClusterArgs {
  readonly cluster: Pick<Cluster, "name" | "type" | "versions"> & { readonly provider: KindProvider };
  /** What its node containers are told about owner and expiry. */
  readonly tags: Readonly<Record<string, string>>;
}

/** Kubernetes in Docker, on the machine that runs the stack. Another version or shape is another cluster. */
export class KindCluster extends pulumi.ComponentResource implements ProvidedCluster<KindFacts> {
  readonly kubeconfig: pulumi.Output<string>;
  readonly identity: pulumi.Output<string>;
  readonly facts: KindFacts = { provider: "kind" };
  readonly ready: readonly pulumi.Resource[];

  constructor(
    name: string,
    { cluster, tags }: KindClusterArgs,
    options: pulumi.ComponentResourceOptions = {},
  ) {
    super("sluice:kind:Cluster", name, {}, options);
    const config = kindConfig(cluster);
    const image = kindImage(cluster.versions.kubernetes);
    if (image === undefined)
      throw new Error(`kind has no image for Kubernetes ${cluster.versions.kubernetes}`);
    const { registryMirror } = cluster.provider;
    const hosts = registryMirror === undefined ? "" : mirrorHosts(registryMirror);
    const command = localCluster(
      name,
      {
        tool: "kind",
        install: "https://kind.sigs.k8s.io/docs/user/quick-start/#installation",
        name,
        fingerprint: fingerprint(image, config, hosts),
        exists: 'kind get clusters 2>/dev/null | grep -qxF "$NAME"',
        // A kubeconfig of its own: the user's stays as it is.
        create: [
          'kind create cluster --name "$NAME" --image "$IMAGE" --config - --kubeconfig "$(mktemp)" --wait 5m >&2',
          ...(registryMirror === undefined ? [] : [pullThroughMirror]),
        ].join("\n"),
        delete: 'kind delete cluster --name "$NAME"',
        kubeconfig: 'kind get kubeconfig --name "$NAME"',
        environment: { IMAGE: image, TAGS: JSON.stringify(tags), ...(hosts === "" ? {} : { HOSTS: hosts }) },
        stdin: config,
      },
      { parent: this },
    );
    this.identity = pulumi.interpolate`${name}-${command.id}`;
    this.kubeconfig = pulumi.secret(command.stdout);
    this.ready = [command];
    this.registerOutputs({ kubeconfig: this.kubeconfig });
  }
}

/** Writes containerd's hosts.toml on each node, the machine's address put in as the node knows it. */
const pullThroughMirror = `for node in $(kind get nodes --name "$NAME"); do
  printf '%s' "$HOSTS" | docker exec -i "$node" sh -c '
    host=$(getent hosts host.docker.internal | cut -d" " -f1); host=\${host:-$(ip route | sed -n "s/^default via \\([^ ]*\\).*/\\1/p")}
    mkdir -p /etc/containerd/certs.d/_default && sed "s/SLUICE_HOST/$host/" > /etc/containerd/certs.d/_default/hosts.toml' >&2
done`;
