import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { externalName } from "../../lib/fleet/names.ts";
import { loadBalancerPolicy, secretsPolicy, volumesKeyPolicy } from "./policies.ts";

/** A role of AWS that pods of one ServiceAccount have, through EKS Pod Identity. */
export interface PodRole {
  /** What it is for: the role is named `<cluster>-<purpose>`. */
  readonly purpose: string;
  readonly namespace: string;
  readonly serviceAccount: string;
  /** ARNs of policies that AWS keeps. */
  readonly managedPolicies?: readonly string[];
  /** A policy document of its own, JSON. */
  readonly policy?: pulumi.Input<string>;
}

/** What the roles of a cluster are made from. */
export interface PodRolesArgs {
  readonly cluster: string;
  readonly region: string;
  readonly accountId: pulumi.Input<string>;
  readonly volumesKey: pulumi.Input<string>;
  /** Beside those of the EBS driver, the load balancer controller and external-secrets. */
  readonly more?: readonly PodRole[];
  /** The EKS cluster, as the roles are bound to ServiceAccounts of it. */
  readonly dependsOn: readonly pulumi.Resource[];
}

const ebsPolicy = "arn:aws:iam::aws:policy/service-role/AmazonEBSCSIDriverPolicy";

/** Roles under predictable names, each bound to one ServiceAccount: nobody has to look an ARN up, or annotate one. */
export class PodRoles extends pulumi.ComponentResource {
  /** By purpose. */
  readonly arns: Readonly<Record<string, pulumi.Output<string>>>;
  readonly associations: Readonly<Record<string, aws.eks.PodIdentityAssociation>>;

  constructor(name: string, args: PodRolesArgs, options: pulumi.ComponentResourceOptions) {
    super("sluice:eks:PodRoles", name, {}, options);
    const { cluster, region, accountId, volumesKey, more = [], dependsOn } = args;
    const roles: PodRole[] = [
      {
        purpose: "ebs-csi",
        namespace: "kube-system",
        serviceAccount: "ebs-csi-controller-sa",
        managedPolicies: [ebsPolicy],
        policy: volumesKeyPolicy(volumesKey),
      },
      {
        purpose: "load-balancer",
        namespace: "kube-system",
        serviceAccount: "aws-load-balancer-controller",
        policy: loadBalancerPolicy(cluster),
      },
      {
        purpose: "external-secrets",
        namespace: "external-secrets",
        serviceAccount: "external-secrets",
        policy: secretsPolicy(cluster, region, accountId),
      },
      ...more,
    ];
    const arns: Record<string, pulumi.Output<string>> = {};
    const associations: Record<string, aws.eks.PodIdentityAssociation> = {};
    for (const { purpose, namespace, serviceAccount, managedPolicies = [], policy } of roles) {
      const resource = `${name}-${purpose}`;
      const role = new aws.iam.Role(
        resource,
        {
          name: externalName(cluster, purpose),
          assumeRolePolicy: assumedBy("pods.eks.amazonaws.com", ["sts:AssumeRole", "sts:TagSession"]),
        },
        { parent: this },
      );
      managedPolicies.forEach((policyArn, index) => {
        new aws.iam.RolePolicyAttachment(
          `${resource}-${index}`,
          { role: role.name, policyArn },
          { parent: this },
        );
      });
      if (policy !== undefined)
        new aws.iam.RolePolicy(resource, { role: role.name, policy }, { parent: this });
      arns[purpose] = role.arn;
      associations[purpose] = new aws.eks.PodIdentityAssociation(
        resource,
        { clusterName: cluster, namespace, serviceAccount, roleArn: role.arn },
        { parent: this, dependsOn: [...dependsOn] },
      );
    }
    this.arns = arns;
    this.associations = associations;
    this.registerOutputs({});
  }
}

/** Who may take a role on. */
export function assumedBy(service: string, actions: readonly string[] = ["sts:AssumeRole"]): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service: service }, Action: actions }],
  });
}
