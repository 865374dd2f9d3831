import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { type EksSettings, vpcZones } from "../../lib/stack/eks-settings.ts";

/** Where an EKS cluster runs. */
export interface Network {
  readonly vpcId: pulumi.Output<string>;
  /** Private subnets, one in each zone: the control plane's, and the nodes'. */
  readonly subnetIds: pulumi.Output<string>[];
  /** Public ones, for load balancers that the internet may reach. None in a VPC that someone else made. */
  readonly publicSubnetIds: pulumi.Output<string>[];
}

/** What a VPC is made from. */
export interface VpcArgs {
  readonly name: string;
  readonly settings: Pick<EksSettings, "natGateways">;
}

/** Zones in which EKS makes no cluster (docs.aws.amazon.com/eks/latest/userguide/network-reqs.html). */
const withoutClusters = ["use1-az3", "usw1-az2", "cac1-az3"];

/**
 * A VPC over three zones: private subnets for nodes, small public ones for load balancers and the way out.
 * Nothing in it has a public address but the gateways.
 */
export class Vpc extends pulumi.ComponentResource implements Network {
  readonly vpcId: pulumi.Output<string>;
  readonly subnetIds: pulumi.Output<string>[] = [];
  readonly publicSubnetIds: pulumi.Output<string>[] = [];

  constructor(name: string, { name: cluster, settings }: VpcArgs, options: pulumi.ComponentResourceOptions) {
    super("sluice:eks:Vpc", name, {}, options);
    const parent = { parent: this };
    const named = (suffix: string, tags: Record<string, string> = {}) => ({
      Name: `${cluster}-${suffix}`,
      ...tags,
    });
    const vpc = new aws.ec2.Vpc(
      name,
      { cidrBlock: "10.0.0.0/16", enableDnsHostnames: true, enableDnsSupport: true, tags: { Name: cluster } },
      parent,
    );
    this.vpcId = vpc.id;
    // The group that whatever names none gets: it lets nothing through.
    new aws.ec2.DefaultSecurityGroup(`${name}-default`, { vpcId: vpc.id, tags: named("default") }, parent);
    const internet = new aws.ec2.InternetGateway(
      `${name}-internet`,
      { vpcId: vpc.id, tags: named("internet") },
      parent,
    );
    const out = new aws.ec2.RouteTable(
      `${name}-public`,
      { vpcId: vpc.id, routes: [{ cidrBlock: "0.0.0.0/0", gatewayId: internet.id }], tags: named("public") },
      parent,
    );
    const { names: zones } = aws.getAvailabilityZonesOutput(
      {
        state: "available",
        filters: [{ name: "opt-in-status", values: ["opt-in-not-required"] }],
        excludeZoneIds: withoutClusters,
      },
      parent,
    );
    const gateways: aws.ec2.NatGateway[] = [];
    for (let index = 0; index < vpcZones; index++) {
      const availabilityZone = zones.apply((all) => all[index] ?? all[0]!);
      const open = new aws.ec2.Subnet(
        `${name}-public-${index}`,
        {
          vpcId: vpc.id,
          availabilityZone,
          cidrBlock: `10.0.${240 + index}.0/24`,
          mapPublicIpOnLaunch: false,
          tags: named(`public-${index}`, { "kubernetes.io/role/elb": "1" }),
        },
        parent,
      );
      new aws.ec2.RouteTableAssociation(
        `${name}-public-${index}`,
        { subnetId: open.id, routeTableId: out.id },
        parent,
      );
      this.publicSubnetIds.push(open.id);
      if (index < settings.natGateways) {
        const address = new aws.ec2.Eip(
          `${name}-nat-${index}`,
          { domain: "vpc", tags: named(`nat-${index}`) },
          parent,
        );
        gateways.push(
          new aws.ec2.NatGateway(
            `${name}-nat-${index}`,
            { allocationId: address.id, subnetId: open.id, tags: named(`nat-${index}`) },
            { ...parent, dependsOn: [internet] },
          ),
        );
      }
      const routes = new aws.ec2.RouteTable(
        `${name}-private-${index}`,
        {
          vpcId: vpc.id,
          routes: [{ cidrBlock: "0.0.0.0/0", natGatewayId: (gateways[index] ?? gateways[0]!).id }],
          tags: named(`private-${index}`),
        },
        parent,
      );
      const closed = new aws.ec2.Subnet(
        `${name}-private-${index}`,
        {
          vpcId: vpc.id,
          availabilityZone,
          cidrBlock: `10.0.${index * 64}.0/18`,
          mapPublicIpOnLaunch: false,
          tags: named(`private-${index}`, { "kubernetes.io/role/internal-elb": "1" }),
        },
        parent,
      );
      new aws.ec2.RouteTableAssociation(
        `${name}-private-${index}`,
        { subnetId: closed.id, routeTableId: routes.id },
        parent,
      );
      this.subnetIds.push(closed.id);
    }
    this.registerOutputs({ vpcId: this.vpcId });
  }
}
