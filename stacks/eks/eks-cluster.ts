import * as aws from "@pulumi/aws";
import * as eks from "@pulumi/eks";
import * as pulumi from "@pulumi/pulumi";
import type { Cluster } from "../../lib/fleet/cluster.ts";
import type { Mirror } from "../../lib/fleet/mirror.ts";
import { externalName } from "../../lib/fleet/names.ts";
import type { EksProvider } from "../../lib/fleet/providers.ts";
import { eksSettings, type EksSettings } from "../../lib/stack/eks-settings.ts";
import type { EksFacts, ProvidedCluster } from "../provided-cluster.ts";
import { EncryptionKeys } from "./keys.ts";
import { LoadBalancerController } from "./load-balancer.ts";
import { type Network, Vpc } from "./network.ts";
import { NodeGroup } from "./nodes.ts";
import { type PodRole, PodRoles } from "./roles.ts";

/** What an EKS cluster is made from. */
export interface EksClusterArgs {
  readonly cluster: Pick<Cluster, "name" | "type" | "versions"> & { readonly provider: EksProvider };
  /** Tags of every resource, the plugin's own children included. */
  readonly tags: Readonly<Record<string, string>>;
  /** A protected cluster may be destroyed: somebody confirmed it. @default false */
  readonly mayBeDestroyed?: boolean;
  /** Where charts and images come from. @default from where they are published */
  readonly mirror?: Mirror | undefined;
  /** Roles for ServiceAccounts beside the platform's own. */
  readonly roles?: readonly PodRole[];
}

/**
 * An EKS cluster in a VPC of its own or in one that exists. Nothing of it can be reached from the internet
 * unless the definition lists who may; access is by IAM alone (authentication mode API); secrets, volumes and
 * logs are encrypted or kept by what the environment type asks for.
 */
export class EksCluster extends pulumi.ComponentResource implements ProvidedCluster<EksFacts> {
  readonly kubeconfig: pulumi.Output<string>;
  readonly identity: pulumi.Output<string>;
  readonly facts: EksFacts;
  readonly ready: readonly pulumi.Resource[];
  readonly awsProvider: aws.Provider;

  constructor(name: string, args: EksClusterArgs, options: pulumi.ComponentResourceOptions = {}) {
    const { cluster, tags, mayBeDestroyed = false, roles = [], mirror } = args;
    const settings = eksSettings(cluster);
    // Default tags reach what the plugin of @pulumi/eks makes, which the program never sees.
    const awsProvider = new aws.Provider(
      `${name}-aws`,
      { region: settings.region as aws.Region, defaultTags: { tags: { ...tags } } },
      {
        ...(options.parent === undefined ? {} : { parent: options.parent }),
        ...(options.protect === undefined ? {} : { protect: options.protect }),
      },
    );
    super("sluice:eks:Cluster", name, {}, { ...options, providers: { aws: awsProvider } });
    this.awsProvider = awsProvider;
    const parent = { parent: this };
    const { accountId } = aws.getCallerIdentityOutput({}, parent);
    const keys = new EncryptionKeys(
      name,
      { cluster: name, accountId, protect: settings.deletionProtection },
      parent,
    );
    const network = networkOf(name, cluster.provider, settings, parent);
    const logs = new aws.cloudwatch.LogGroup(
      `${name}-control-plane`,
      // The name that EKS writes to: made here, it has a retention and goes with the stack.
      { name: `/aws/eks/${name}/cluster`, retentionInDays: settings.logDays },
      parent,
    );
    const control = new eks.Cluster(
      name,
      {
        name,
        version: settings.kubernetes,
        authenticationMode: eks.AuthenticationMode.Api,
        vpcId: network.vpcId,
        privateSubnetIds: network.subnetIds,
        ...(network.publicSubnetIds.length === 0 ? {} : { publicSubnetIds: network.publicSubnetIds }),
        nodeAssociatePublicIpAddress: false,
        endpointPrivateAccess: true,
        endpointPublicAccess: settings.publicAccess.length > 0,
        ...(settings.publicAccess.length === 0 ? {} : { publicAccessCidrs: [...settings.publicAccess] }),
        enabledClusterLogTypes: ["api", "audit", "authenticator", "controllerManager", "scheduler"],
        encryptionConfigKeyArn: keys.secrets,
        deletionProtection: settings.deletionProtection && !mayBeDestroyed,
        upgradePolicy: { supportType: "STANDARD" },
        skipDefaultNodeGroup: true,
        createOidcProvider: false,
        useDefaultVpcCni: false,
        vpcCniOptions: { addonVersion: settings.addons["vpc-cni"] },
        // It becomes active on nodes, which there are none of before this.
        corednsAddonOptions: { enabled: false },
        kubeProxyAddonOptions: { enabled: true, version: settings.addons["kube-proxy"] },
        clusterTags: { ...tags },
        tags: { ...tags },
      },
      { ...parent, dependsOn: [logs] },
    );
    const nodes = new NodeGroup(
      name,
      { cluster: name, control, network, volumesKey: keys.volumes, settings, tags },
      parent,
    );
    const names = new aws.eks.Addon(
      `${name}-coredns`,
      {
        clusterName: name,
        addonName: "coredns",
        addonVersion: settings.addons.coredns,
        // EKS makes one of its own with the cluster.
        resolveConflictsOnCreate: "OVERWRITE",
      },
      { ...parent, dependsOn: [nodes] },
    );
    const agent = new aws.eks.Addon(
      `${name}-pod-identity`,
      {
        clusterName: name,
        addonName: "eks-pod-identity-agent",
        addonVersion: settings.addons["eks-pod-identity-agent"],
      },
      { ...parent, dependsOn: [control] },
    );
    const podRoles = new PodRoles(
      name,
      {
        cluster: name,
        region: settings.region,
        accountId,
        volumesKey: keys.volumes,
        more: roles,
        dependsOn: [control],
      },
      parent,
    );
    const volumes = new aws.eks.Addon(
      `${name}-ebs-csi`,
      {
        clusterName: name,
        addonName: "aws-ebs-csi-driver",
        addonVersion: settings.addons["aws-ebs-csi-driver"],
      },
      { ...parent, dependsOn: [nodes, agent, podRoles.associations["ebs-csi"]!] },
    );
    this.identity = pulumi.output(externalName(name, "eks"));
    // It names the command that gets a token, and holds none; still nothing that a log should show.
    this.kubeconfig = pulumi.secret(control.kubeconfigJson);
    this.facts = {
      provider: "eks",
      region: settings.region,
      accountId,
      vpcId: network.vpcId,
      volumesKey: keys.volumes,
      roleArns: podRoles.arns,
    };
    const balancer = new LoadBalancerController(
      name,
      {
        cluster: name,
        region: settings.region,
        vpcId: network.vpcId,
        replicas: cluster.type.availability.replicas,
        kubeconfig: this.kubeconfig,
        identity: this.identity,
        tags,
        mirror,
      },
      { ...parent, dependsOn: [nodes, names, agent, podRoles.associations["load-balancer"]!] },
    );
    this.ready = [control, nodes, names, agent, podRoles, volumes, balancer];
    this.registerOutputs({ kubeconfig: this.kubeconfig });
  }
}

function networkOf(
  name: string,
  provider: EksProvider,
  settings: EksSettings,
  options: pulumi.ComponentResourceOptions,
): Network {
  if (provider.vpc === undefined) return new Vpc(name, { name, settings }, options);
  return {
    vpcId: pulumi.output(provider.vpc.id),
    subnetIds: provider.vpc.subnetIds.map((id) => pulumi.output(id)),
    publicSubnetIds: [],
  };
}
