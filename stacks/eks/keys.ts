import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { externalName } from "../../lib/fleet/names.ts";

/** What the keys of a cluster are made from. */
export interface EncryptionKeysArgs {
  readonly cluster: string;
  readonly accountId: pulumi.Input<string>;
  /** A protected cluster's keys can be restored for longer after they were deleted. */
  readonly protect: boolean;
}

/** The cluster's own keys: one for Kubernetes' Secrets in etcd, one for the volumes of nodes and workloads. */
export class EncryptionKeys extends pulumi.ComponentResource {
  /** ARN of the key for Secrets. */
  readonly secrets: pulumi.Output<string>;
  /** ARN of the key for volumes. */
  readonly volumes: pulumi.Output<string>;

  constructor(
    name: string,
    { cluster, accountId, protect }: EncryptionKeysArgs,
    options: pulumi.ComponentResourceOptions,
  ) {
    super("sluice:eks:EncryptionKeys", name, {}, options);
    const key = (purpose: string, description: string) => {
      const made = new aws.kms.Key(
        `${name}-${purpose}`,
        {
          description: `${description} of the cluster ${cluster}`,
          enableKeyRotation: true,
          deletionWindowInDays: protect ? 30 : 7,
          policy: pulumi.output(accountId).apply((account) => keyPolicy(account)),
        },
        { parent: this },
      );
      new aws.kms.Alias(
        `${name}-${purpose}`,
        { name: `alias/${externalName(cluster, purpose)}`, targetKeyId: made.keyId },
        { parent: this },
      );
      return made.arn;
    };
    this.secrets = key("secrets", "Kubernetes Secrets");
    this.volumes = key("volumes", "volumes");
    this.registerOutputs({ secrets: this.secrets, volumes: this.volumes });
  }
}

/** IAM policies of the account decide who uses the key; the service that starts spot and on-demand nodes may. */
function keyPolicy(accountId: string): string {
  const scaling = `arn:aws:iam::${accountId}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling`;
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { AWS: `arn:aws:iam::${accountId}:root` },
        Action: "kms:*",
        Resource: "*",
      },
      {
        Effect: "Allow",
        Principal: { AWS: "*" },
        Action: ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
        Resource: "*",
        Condition: { ArnEquals: { "aws:PrincipalArn": scaling } },
      },
      {
        Effect: "Allow",
        Principal: { AWS: "*" },
        Action: ["kms:CreateGrant"],
        Resource: "*",
        Condition: {
          ArnEquals: { "aws:PrincipalArn": scaling },
          Bool: { "kms:GrantIsForAWSResource": "true" },
        },
      },
    ],
  });
}
