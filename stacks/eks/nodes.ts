import * as aws from "@pulumi/aws";
import * as eks from "@pulumi/eks";
import * as pulumi from "@pulumi/pulumi";
import { externalName } from "../../lib/fleet/names.ts";
import type { EksSettings } from "../../lib/stack/eks-settings.ts";
import type { Network } from "./network.ts";
import { assumedBy } from "./roles.ts";

/** What the nodes of a cluster are made from. */
export interface NodeGroupArgs {
  readonly cluster: string;
  readonly control: eks.Cluster;
  readonly network: Pick<Network, "subnetIds">;
  /** ARN of the key for the nodes' volumes. */
  readonly volumesKey: pulumi.Input<string>;
  readonly settings: Pick<
    EksSettings,
    "nodes" | "hours" | "capacity" | "architecture" | "nodeDisk" | "nodeZones" | "kubernetes"
  >;
  readonly tags: Readonly<Record<string, string>>;
}

const nodePolicies = [
  "AmazonEKSWorkerNodePolicy",
  "AmazonEC2ContainerRegistryPullOnly",
  "AmazonEKS_CNI_Policy",
];

/** The managed node group of a cluster, over as many zones as its type is available in, and the nodes' role. */
export class NodeGroup extends pulumi.ComponentResource {
  constructor(name: string, args: NodeGroupArgs, options: pulumi.ComponentResourceOptions) {
    super("sluice:eks:NodeGroup", name, {}, options);
    const { cluster, control, network, volumesKey, settings, tags } = args;
    const role = new aws.iam.Role(
      `${name}-nodes`,
      { name: externalName(cluster, "nodes"), assumeRolePolicy: assumedBy("ec2.amazonaws.com") },
      { parent: this },
    );
    const policies = nodePolicies.map(
      (policy) =>
        new aws.iam.RolePolicyAttachment(
          `${name}-nodes-${policy}`,
          { role: role.name, policyArn: `arn:aws:iam::aws:policy/${policy}` },
          { parent: this },
        ),
    );
    const named = { ...tags, Name: externalName(cluster, "nodes") };
    const template = new aws.ec2.LaunchTemplate(
      `${name}-nodes`,
      {
        name: externalName(cluster, "nodes"),
        updateDefaultVersion: true,
        blockDeviceMappings: [
          {
            deviceName: "/dev/xvda",
            ebs: {
              volumeSize: settings.nodeDisk,
              volumeType: "gp3",
              encrypted: "true",
              kmsKeyId: volumesKey,
              deleteOnTermination: "true",
            },
          },
        ],
        // One hop: a pod does not reach the node's own credentials.
        metadataOptions: { httpTokens: "required", httpPutResponseHopLimit: 1 },
        // The provider's default tags do not reach what EC2 makes from a template.
        tagSpecifications: ["instance", "volume", "network-interface"].map((resourceType) => ({
          resourceType,
          tags: named,
        })),
      },
      { parent: this },
    );
    const { min, max } = settings.nodes;
    const group = new eks.ManagedNodeGroup(
      name,
      {
        cluster: control,
        nodeGroupName: externalName(cluster, "nodes"),
        nodeRoleArn: role.arn,
        subnetIds: network.subnetIds.slice(0, settings.nodeZones),
        capacityType: settings.capacity,
        instanceTypes: [...settings.nodes.instanceTypes],
        amiType: settings.architecture === "arm64" ? "AL2023_ARM_64_STANDARD" : "AL2023_x86_64_STANDARD",
        version: settings.kubernetes,
        launchTemplate: { id: template.id, version: template.latestVersion.apply(String) },
        scalingConfig: { minSize: min, maxSize: max, desiredSize: Math.max(min, 1) },
        // What an autoscaler set stays.
        ignoreScalingChanges: true,
        tags: { ...tags },
      },
      { parent: this, dependsOn: policies },
    );
    if (settings.hours !== undefined) {
      const { begin, end, timeZone } = settings.hours;
      const schedule = (when: string, recurrence: string, size: { min: number; max: number }) =>
        new aws.autoscaling.Schedule(
          `${name}-${when}`,
          {
            scheduledActionName: externalName(cluster, when),
            autoscalingGroupName: scalingGroup(group),
            recurrence,
            timeZone,
            minSize: size.min,
            maxSize: size.max,
            desiredCapacity: size.max === 0 ? 0 : Math.max(size.min, 1),
          },
          { parent: this },
        );
      schedule("begin", begin, { min, max });
      // With a maximum of zero no autoscaler brings one back in the night.
      schedule("end", end, { min: 0, max: 0 });
    }
    this.registerOutputs({});
  }
}

/** The name of the Auto Scaling group that EKS makes for a node group; a plan does not know it. */
const scalingGroup = (group: eks.ManagedNodeGroup): pulumi.Output<string> =>
  pulumi
    .output(group.nodeGroup)
    .apply(
      (made: aws.eks.NodeGroup | undefined) =>
        made?.resources.apply((resources) => resources[0]?.autoscalingGroups?.[0]?.name ?? "") ??
        pulumi.output("(known once it is made)"),
    );
