import * as pulumi from "@pulumi/pulumi";

type Statement = Readonly<Record<string, unknown>>;
const policyDocument = (statements: readonly Statement[]): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: statements });

/** The EBS driver may use the key that volumes are encrypted with, for volumes alone. */
export function volumesKeyPolicy(key: pulumi.Input<string>): pulumi.Output<string> {
  return pulumi.output(key).apply((arn) =>
    policyDocument([
      {
        Effect: "Allow",
        Action: ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
        Resource: arn,
      },
      {
        Effect: "Allow",
        Action: ["kms:CreateGrant"],
        Resource: arn,
        Condition: { Bool: { "kms:GrantIsForAWSResource": "true" } },
      },
    ]),
  );
}

/** external-secrets may read the secrets and parameters whose names begin with `<cluster>/`. */
export function secretsPolicy(
  cluster: string,
  region: string,
  accountId: pulumi.Input<string>,
): pulumi.Output<string> {
  return pulumi.output(accountId).apply((account) =>
    policyDocument([
      {
        Effect: "Allow",
        Action: [
          "secretsmanager:DescribeSecret",
          "secretsmanager:GetSecretValue",
          "secretsmanager:ListSecretVersionIds",
        ],
        Resource: `arn:aws:secretsmanager:${region}:${account}:secret:${cluster}/*`,
      },
      {
        Effect: "Allow",
        Action: ["ssm:GetParameter*"],
        Resource: `arn:aws:ssm:${region}:${account}:parameter/${cluster}/*`,
      },
    ]),
  );
}

/**
 * The load balancer controller may look at what there is, and make and change what it tags as this cluster's.
 * Its actions are those that the controller's installation guide asks for
 * (https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/deploy/installation/); the condition
 * on the tag's value, which keeps it from other clusters' load balancers, is ours.
 */
export function loadBalancerPolicy(cluster: string): string {
  const tag = "elbv2.k8s.aws/cluster";
  const requested = { StringEquals: { [`aws:RequestTag/${tag}`]: cluster } };
  const ours = { StringEquals: { [`aws:ResourceTag/${tag}`]: cluster } };
  const elb = (...actions: string[]) => actions.map((action) => `elasticloadbalancing:${action}`);
  const ec2 = (...actions: string[]) => actions.map((action) => `ec2:${action}`);
  const balancers = ["loadbalancer/net/*/*", "loadbalancer/app/*/*", "targetgroup/*/*"].map(
    (path) => `arn:aws:elasticloadbalancing:*:*:${path}`,
  );
  const listeners = ["listener/net", "listener/app", "listener-rule/net", "listener-rule/app"].map(
    (path) => `arn:aws:elasticloadbalancing:*:*:${path}/*/*/*`,
  );
  return policyDocument([
    {
      Effect: "Allow",
      Action: ["iam:CreateServiceLinkedRole"],
      Resource: "*",
      Condition: { StringEquals: { "iam:AWSServiceName": "elasticloadbalancing.amazonaws.com" } },
    },
    {
      Effect: "Allow",
      Action: [
        ...ec2("Describe*", "GetCoipPoolUsage", "GetSecurityGroupsForVpc"),
        ...elb("Describe*"),
        "acm:DescribeCertificate",
        "acm:ListCertificates",
        "cognito-idp:DescribeUserPoolClient",
        "iam:GetServerCertificate",
        "iam:ListServerCertificates",
        "shield:DescribeProtection",
        "shield:GetSubscriptionState",
        "wafv2:AssociateWebACL",
        "wafv2:DisassociateWebACL",
        "wafv2:GetWebACL",
        "wafv2:GetWebACLForResource",
      ],
      Resource: "*",
    },
    // Rules of groups that it did not make: the nodes' group has to let the load balancer in.
    {
      Effect: "Allow",
      Action: ec2("AuthorizeSecurityGroupIngress", "RevokeSecurityGroupIngress"),
      Resource: "*",
    },
    { Effect: "Allow", Action: ec2("CreateSecurityGroup"), Resource: "*" },
    {
      Effect: "Allow",
      Action: ec2("CreateTags"),
      Resource: "arn:aws:ec2:*:*:security-group/*",
      Condition: { StringEquals: { "ec2:CreateAction": "CreateSecurityGroup", ...requested.StringEquals } },
    },
    {
      Effect: "Allow",
      Action: ec2("CreateTags", "DeleteTags", "DeleteSecurityGroup"),
      Resource: "arn:aws:ec2:*:*:security-group/*",
      Condition: ours,
    },
    {
      Effect: "Allow",
      Action: elb("CreateLoadBalancer", "CreateTargetGroup"),
      Resource: "*",
      Condition: requested,
    },
    {
      Effect: "Allow",
      Action: elb("AddTags"),
      Resource: balancers,
      Condition: {
        StringEquals: {
          "elasticloadbalancing:CreateAction": ["CreateTargetGroup", "CreateLoadBalancer"],
          ...requested.StringEquals,
        },
      },
    },
    { Effect: "Allow", Action: elb("AddTags", "RemoveTags"), Resource: balancers, Condition: ours },
    {
      Effect: "Allow",
      Action: elb(
        "CreateListener",
        "DeleteListener",
        "CreateRule",
        "DeleteRule",
        "ModifyListener",
        "ModifyListenerAttributes",
        "ModifyRule",
        "SetRulePriorities",
        "AddListenerCertificates",
        "RemoveListenerCertificates",
        "SetWebAcl",
      ),
      Resource: "*",
    },
    { Effect: "Allow", Action: elb("AddTags", "RemoveTags"), Resource: listeners },
    {
      Effect: "Allow",
      Action: elb(
        "DeleteLoadBalancer",
        "DeleteTargetGroup",
        "ModifyCapacityReservation",
        "ModifyIpPools",
        "ModifyLoadBalancerAttributes",
        "ModifyTargetGroup",
        "ModifyTargetGroupAttributes",
        "SetIpAddressType",
        "SetSecurityGroups",
        "SetSubnets",
      ),
      Resource: "*",
      Condition: ours,
    },
    {
      Effect: "Allow",
      Action: elb("RegisterTargets", "DeregisterTargets"),
      Resource: "arn:aws:elasticloadbalancing:*:*:targetgroup/*/*",
    },
  ]);
}
