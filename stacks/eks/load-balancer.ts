import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Mirror } from "../../lib/fleet/mirror.ts";
import { kubeProvider } from "../flux/kube-provider.ts";

/** What the load balancer controller is told. */
export interface LoadBalancerControllerArgs {
  readonly cluster: string;
  readonly region: string;
  readonly vpcId: pulumi.Input<string>;
  readonly replicas: number;
  readonly kubeconfig: pulumi.Input<string>;
  readonly identity: pulumi.Input<string>;
  /** What every load balancer is tagged with. */
  readonly tags: Readonly<Record<string, string>>;
  readonly mirror: Mirror | undefined;
}

const chart = "aws-load-balancer-controller";

/**
 * The AWS Load Balancer Controller: it belongs to the stack, not to the platform, so that it outlives the
 * Services whose load balancers it has to delete. Load balancers are internal unless a Service says otherwise.
 */
export class LoadBalancerController extends pulumi.ComponentResource {
  constructor(name: string, args: LoadBalancerControllerArgs, options: pulumi.ComponentResourceOptions) {
    super("sluice:eks:LoadBalancerController", name, {}, options);
    const { cluster, region, vpcId, replicas, kubeconfig, identity, tags, mirror } = args;
    const provider = kubeProvider(`${name}-cloud`, { kubeconfig, identity }, { parent: this });
    new kubernetes.helm.v3.Release(
      `${name}-load-balancer`,
      {
        name: chart,
        namespace: "kube-system",
        ...(mirror?.charts === undefined
          ? { chart, repositoryOpts: { repo: "https://aws.github.io/eks-charts" } }
          : { chart: `${mirror.charts.replace(/\/$/, "")}/${chart}` }),
        version: "3.5.0",
        values: {
          ...(mirror?.images === undefined
            ? {}
            : { image: { repository: `${mirror.images.replace(/\/$/, "")}/public.ecr.aws/eks/${chart}` } }),
          clusterName: cluster,
          region,
          vpcId,
          replicaCount: replicas,
          // The role of its ServiceAccount by Pod Identity, under this name.
          serviceAccount: { create: true, name: "aws-load-balancer-controller" },
          defaultTags: { ...tags },
          defaultTargetType: "ip",
        },
        atomic: true,
        cleanupOnFail: true,
        timeout: 600,
      },
      // It goes with the cluster.
      { parent: this, provider, retainOnDelete: true },
    );
    this.registerOutputs({});
  }
}
