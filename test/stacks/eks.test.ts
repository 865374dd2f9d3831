import { beforeAll, describe, expect, it } from "vitest";
import * as pulumi from "@pulumi/pulumi";
import type { Mirror } from "../../lib/fleet/mirror.ts";
import { eks, type EksProvider } from "../../lib/fleet/providers.ts";
import type { PlannedResource } from "../../lib/stack/planned-resource.ts";
import { EksCluster } from "../../stacks/eks/eks-cluster.ts";
import { all, mockedStack, only, settled, types, valueOf, versionsOf } from "./mocked-stack.ts";

const sandboxTags = {
  "sluice.dev/cluster": "trial",
  "sluice.dev/owner": "ann@example.com",
  "sluice.dev/purpose": "platform",
  "sluice.dev/expires": "2026-12-01T00:00:00Z",
};

const mirror = { charts: "oci://registry.internal/charts", images: "registry.internal/images" };

interface Made {
  readonly cluster: EksCluster;
  resources: readonly PlannedResource[];
}
const made: Record<string, Made> = {};

beforeAll(async () => {
  const resources = await mockedStack();
  const make = async (
    name: string,
    type: keyof typeof types,
    provider: Partial<EksProvider> = {},
    more: { tags?: Record<string, string>; mayBeDestroyed?: boolean; mirror?: Mirror } = {},
  ) => {
    const before = resources.length;
    const cluster = new EksCluster(
      name,
      {
        cluster: {
          name,
          type: types[type],
          versions: versionsOf("1.35"),
          provider: eks({ region: "eu-west-2", ...provider }),
        },
        ...more,
        tags: more.tags ?? { "sluice.dev/cluster": name },
      },
      { protect: types[type].protected },
    );
    await settled(resources);
    made[name] = { cluster, resources: resources.slice(before) };
  };
  await make("development", "development");
  await make("staging", "staging");
  await make("production", "production");
  await make("leaving", "production", {}, { mayBeDestroyed: true });
  await make("open", "development", { publicAccess: ["203.0.113.0/24"] });
  await make("guest", "development", { vpc: { id: "vpc-1", subnetIds: ["subnet-1", "subnet-2"] } });
  await make("resting", "resting");
  await make("closed", "development", {}, { mirror });
  await make("trial", "development", {}, { tags: sandboxTags });
});

const of = (name: string) => made[name]!.resources;
const control = (name: string) => only(of(name), "eks:index:Cluster").inputs;
const nodes = (name: string) => only(of(name), "eks:index:ManagedNodeGroup").inputs;

describe("what differs between environment types", () => {
  it("development runs on spot nodes in one zone, with one way out", () => {
    expect(nodes("development")).toMatchObject({
      capacityType: "SPOT",
      instanceTypes: ["m7g.large"],
      amiType: "AL2023_ARM_64_STANDARD",
      scalingConfig: { minSize: 1, maxSize: 3, desiredSize: 1 },
    });
    expect(nodes("development")["subnetIds"]).toHaveLength(1);
    expect(all(of("development"), "aws:ec2/natGateway:NatGateway")).toHaveLength(1);
  });

  it("staging runs on demand in two zones, on the architecture of its instance types", () => {
    expect(nodes("staging")).toMatchObject({ capacityType: "ON_DEMAND", amiType: "AL2023_x86_64_STANDARD" });
    expect(nodes("staging")["subnetIds"]).toHaveLength(2);
  });

  it("production runs on demand in three zones, each with a way out of its own", () => {
    expect(nodes("production")).toMatchObject({
      capacityType: "ON_DEMAND",
      scalingConfig: { minSize: 3, maxSize: 12, desiredSize: 3 },
    });
    expect(nodes("production")["subnetIds"]).toHaveLength(3);
    expect(all(of("production"), "aws:ec2/natGateway:NatGateway")).toHaveLength(3);
  });

  it("only production refuses to be deleted, in Pulumi and in EKS, until somebody confirmed it", () => {
    for (const name of ["development", "staging"]) {
      expect(control(name)["deletionProtection"]).toBe(false);
      expect(of(name).every(({ protect }) => !protect)).toBe(true);
    }
    expect(control("production")["deletionProtection"]).toBe(true);
    expect(of("production").filter(({ protect }) => !protect)).toEqual([]);
    expect(control("leaving")["deletionProtection"]).toBe(false);
  });

  it("production keeps logs and deleted keys longer", () => {
    const logs = (name: string) =>
      only(of(name), "aws:cloudwatch/logGroup:LogGroup").inputs["retentionInDays"];
    expect([logs("development"), logs("production")]).toEqual([7, 90]);
    const windows = (name: string) =>
      all(of(name), "aws:kms/key:Key").map(({ inputs }) => inputs["deletionWindowInDays"]);
    expect(windows("development")).toEqual([7, 7]);
    expect(windows("production")).toEqual([30, 30]);
  });
});

describe("node hours", () => {
  it("bring the nodes in the morning, as many as the definition says, and take all of them in the evening", () => {
    const schedules = of("resting").filter(({ type }) => type === "aws:autoscaling/schedule:Schedule");
    const shown = schedules.map(({ inputs }) => [
      inputs["recurrence"],
      inputs["timeZone"],
      inputs["minSize"],
      inputs["maxSize"],
      inputs["desiredCapacity"],
    ]);
    expect(shown).toEqual([
      ["30 7 * * MON-FRI", "Europe/London", 1, 3, 1],
      ["0 19 * * MON-FRI", "Europe/London", 0, 0, 0],
    ]);
    // Ignored by the group itself, so that an update in the night brings none back.
    expect(nodes("resting")["ignoreScalingChanges"]).toBe(true);
  });

  it("are nobody's who did not ask for them", () => {
    for (const name of ["development", "staging", "production"])
      expect(of(name).some(({ type }) => type === "aws:autoscaling/schedule:Schedule")).toBe(false);
  });
});

describe("every EKS cluster", () => {
  it("spans three zones, whatever its nodes do", () => {
    for (const name of ["development", "production"]) {
      const zones = all(of(name), "aws:ec2/subnet:Subnet").map(({ inputs }) => inputs["availabilityZone"]);
      expect(zones.toSorted()).toEqual(["a", "a", "b", "b", "c", "c"]);
      expect(control(name)["privateSubnetIds"]).toHaveLength(3);
    }
  });

  it("has nothing public by default", () => {
    for (const name of ["development", "staging", "production"]) {
      expect(control(name)).toMatchObject({
        endpointPrivateAccess: true,
        endpointPublicAccess: false,
        nodeAssociatePublicIpAddress: false,
      });
      expect(control(name)).not.toHaveProperty("publicAccessCidrs");
      for (const { inputs } of all(of(name), "aws:ec2/subnet:Subnet"))
        expect(inputs["mapPublicIpOnLaunch"]).toBe(false);
      // The nodes' subnets lead out by a gateway that nothing comes in by.
      for (const table of all(of(name), "aws:ec2/routeTable:RouteTable").filter((each) =>
        each.name.includes("private"),
      ))
        expect(table.inputs["routes"]).toEqual([
          { cidrBlock: "0.0.0.0/0", natGatewayId: expect.any(String) as string },
        ]);
      const group = only(of(name), "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup").inputs;
      expect(Object.keys(group)).not.toContain("ingress");
    }
  });

  it("opens its endpoint to the ranges that the definition lists, and to no other", () => {
    expect(control("open")).toMatchObject({
      endpointPrivateAccess: true,
      endpointPublicAccess: true,
      publicAccessCidrs: ["203.0.113.0/24"],
    });
  });

  it("lets people in by IAM alone, encrypts Secrets and volumes, and logs all of its control plane", () => {
    const secrets = only(of("staging"), "aws:kms/key:Key", /secrets/);
    expect(control("staging")).toMatchObject({
      authenticationMode: "API",
      createOidcProvider: false,
      skipDefaultNodeGroup: true,
      upgradePolicy: { supportType: "STANDARD" },
      encryptionConfigKeyArn: expect.stringContaining(secrets.name) as string,
      enabledClusterLogTypes: ["api", "audit", "authenticator", "controllerManager", "scheduler"],
      version: "1.35",
    });
    const template = only(of("staging"), "aws:ec2/launchTemplate:LaunchTemplate").inputs;
    expect(template).toMatchObject({
      metadataOptions: { httpTokens: "required", httpPutResponseHopLimit: 1 },
      blockDeviceMappings: [
        { ebs: { encrypted: "true", kmsKeyId: expect.stringContaining("volumes") as string } },
      ],
    });
  });

  it("pins its add-ons", () => {
    const versions = Object.fromEntries(
      all(of("staging"), "aws:eks/addon:Addon").map(({ inputs }) => [
        inputs["addonName"] as string,
        inputs["addonVersion"] as string,
      ]),
    );
    expect(Object.keys(versions).sort()).toEqual(["aws-ebs-csi-driver", "coredns", "eks-pod-identity-agent"]);
    const { vpcCniOptions, kubeProxyAddonOptions } = control("staging") as Record<
      string,
      Record<string, string>
    >;
    for (const version of [
      ...Object.values(versions),
      vpcCniOptions!["addonVersion"],
      kubeProxyAddonOptions!["version"],
    ])
      expect(version).toMatch(/^v\d+\.\d+\.\d+-eksbuild\.\d+$/);
    expect(kubeProxyAddonOptions!["version"]).toMatch(/^v1\.35\./);
    expect(only(of("staging"), "kubernetes:helm.sh/v3:Release").inputs["version"]).toMatch(/^\d+\.\d+\.\d+$/);
  });

  it("names its services once there are nodes that they can run on", () => {
    const dns = all(of("staging"), "aws:eks/addon:Addon").find(
      ({ inputs }) => inputs["addonName"] === "coredns",
    )!;
    expect(control("staging")["corednsAddonOptions"]).toMatchObject({ enabled: false });
    expect(dns.dependencies).toContain(only(of("staging"), "eks:index:ManagedNodeGroup").urn);
  });

  it("takes its load balancers' controller from the mirror where the fleet has one", () => {
    const balancers = (name: string) => only(of(name), "kubernetes:helm.sh/v3:Release").inputs;
    expect(balancers("closed")).toMatchObject({
      chart: "oci://registry.internal/charts/aws-load-balancer-controller",
      values: {
        image: { repository: "registry.internal/images/public.ecr.aws/eks/aws-load-balancer-controller" },
      },
    });
    expect(balancers("staging")).toMatchObject({
      chart: "aws-load-balancer-controller",
      repositoryOpts: { repo: "https://aws.github.io/eks-charts" },
    });
  });

  it("gives pods roles under names that a manifest can know, and each the least that it needs", async () => {
    const roles = all(of("staging"), "aws:iam/role:Role").map(({ inputs }) => inputs["name"]);
    expect(roles.toSorted()).toEqual([
      "staging-ebs-csi",
      "staging-external-secrets",
      "staging-load-balancer",
      "staging-nodes",
    ]);
    const bound = all(of("staging"), "aws:eks/podIdentityAssociation:PodIdentityAssociation").map(
      ({ inputs }) => `${String(inputs["namespace"])}/${String(inputs["serviceAccount"])}`,
    );
    expect(bound.toSorted()).toEqual([
      "external-secrets/external-secrets",
      "kube-system/aws-load-balancer-controller",
      "kube-system/ebs-csi-controller-sa",
    ]);
    const secrets = JSON.parse(
      only(of("staging"), "aws:iam/rolePolicy:RolePolicy", /external-secrets/).inputs["policy"] as string,
    ) as { Statement: { Resource: string }[] };
    for (const { Resource } of secrets.Statement) expect(Resource).toMatch(/[:/]staging\/\*$/);
    const balancers = only(of("staging"), "aws:iam/rolePolicy:RolePolicy", /load-balancer/).inputs[
      "policy"
    ] as string;
    expect(balancers).toContain('"aws:ResourceTag/elbv2.k8s.aws/cluster":"staging"');
    expect(await valueOf(made["staging"]!.cluster.facts.roleArns["external-secrets"]!)).toContain(
      "staging-external-secrets",
    );
  });

  it("is made by one AWS provider, whose default tags reach what the plugin makes, too", () => {
    const provider = only(of("trial"), "pulumi:providers:aws");
    // A provider's inputs that are no text travel as JSON.
    const defaults = provider.inputs["defaultTags"];
    expect(typeof defaults === "string" ? JSON.parse(defaults) : defaults).toEqual({ tags: sandboxTags });
    for (const { type, name, provider: used } of of("trial").filter((each) => each.type.startsWith("aws:")))
      expect(used, `${type} ${name}`).toBe("pulumi:providers:aws trial-aws");
    const template = only(of("trial"), "aws:ec2/launchTemplate:LaunchTemplate").inputs as {
      tagSpecifications: { tags: Record<string, string> }[];
    };
    for (const { tags } of template.tagSpecifications) expect(tags).toMatchObject(sandboxTags);
    expect(control("trial")).toMatchObject({ tags: sandboxTags, clusterTags: sandboxTags });
    const { values } = only(of("trial"), "kubernetes:helm.sh/v3:Release").inputs as {
      values: { defaultTags: object };
    };
    expect(values.defaultTags).toEqual(sandboxTags);
  });

  it("keeps its kubeconfig as a secret, and tells its facts", async () => {
    const { kubeconfig, facts } = made["production"]!.cluster;
    expect(await pulumi.isSecret(kubeconfig)).toBe(true);
    expect(await valueOf(kubeconfig)).toBe("{}");
    expect(facts.region).toBe("eu-west-2");
    expect(await valueOf(facts.accountId)).toBe("123456789012");
    expect(await valueOf(facts.vpcId)).toBe("production-id");
    expect(await valueOf(facts.volumesKey)).toContain("production-volumes");
    for (const { inputs } of all(of("production"), "pulumi:providers:kubernetes"))
      expect(inputs["kubeconfig"]).toBe("[secret]");
  });
});

it("a VPC that someone else made is used and not touched", () => {
  expect(
    of("guest").filter(({ type }) =>
      /^aws:ec2\/(vpc|subnet|natGateway|internetGateway|routeTable):/.test(type),
    ),
  ).toEqual([]);
  expect(control("guest")).toMatchObject({ vpcId: "vpc-1", privateSubnetIds: ["subnet-1", "subnet-2"] });
  expect(control("guest")).not.toHaveProperty("publicSubnetIds");
});
