import type { Cluster } from "../fleet/cluster.ts";
import { hoursPerWeek } from "../fleet/environment-types.ts";
import { eksSettings } from "./eks-settings.ts";

/** One line of a bill. */
export interface PricedItem {
  readonly what: string;
  /** US dollars a month. */
  readonly low: number;
  /** The same with every node that autoscaling or the definition allows. */
  readonly high: number;
}

/** What a cluster costs in a month, roughly. */
export interface MonthlyCost {
  readonly items: readonly PricedItem[];
  readonly low: number;
  readonly high: number;
  /** What the figure leaves out. */
  readonly without: readonly string[];
}

/**
 * AWS list prices in US dollars, on demand, Linux, us-east-1, as published in autumn 2026, rounded. A rough
 * figure needs no look-up; whoever needs an exact one asks AWS's calculator.
 */
const prices = {
  hoursPerMonth: 730,
  controlPlanePerHour: 0.1,
  natGatewayPerHour: 0.045,
  publicAddressPerHour: 0.005,
  keyPerMonth: 1,
  diskPerGibMonth: 0.08,
  /** What a spot node costs of an on-demand one: it varies by the hour, 0.3 to 0.5. */
  spotShare: 0.4,
  /** A `large` of each family, per hour; other sizes follow from it. */
  largePerHour: {
    t3: 0.0832,
    t3a: 0.0752,
    t4g: 0.0672,
    m5: 0.096,
    m6a: 0.0864,
    m6g: 0.077,
    m6i: 0.096,
    m7a: 0.1159,
    m7g: 0.0816,
    m7i: 0.1008,
    m8g: 0.0898,
    c5: 0.085,
    c6a: 0.0765,
    c6g: 0.068,
    c6i: 0.085,
    c7a: 0.1026,
    c7g: 0.0725,
    c7i: 0.0893,
    c8g: 0.0798,
    r5: 0.126,
    r6a: 0.1134,
    r6g: 0.1008,
    r6i: 0.126,
    r7a: 0.1521,
    r7g: 0.1071,
    r7i: 0.1323,
    r8g: 0.1178,
  } as Readonly<Record<string, number>>,
  /** Sizes in units of a `large`. */
  sizes: { medium: 0.5, large: 1, xlarge: 2 } as Readonly<Record<string, number>>,
  /** What a region costs of us-east-1. */
  regions: {
    "us-east-1": 1,
    "us-east-2": 1,
    "us-west-2": 1,
    "ca-central-1": 1.11,
    "eu-west-1": 1.11,
    "eu-west-2": 1.16,
    "eu-west-3": 1.17,
    "eu-central-1": 1.2,
    "eu-north-1": 1.06,
    "ap-south-1": 1.05,
    "ap-southeast-1": 1.25,
    "ap-southeast-2": 1.25,
    "ap-northeast-1": 1.29,
  } as Readonly<Record<string, number>>,
  otherRegion: 1.25,
};

/** What a cluster costs, or undefined where it costs nothing beyond the machine that it runs on. */
export function monthlyCost(
  cluster: Pick<Cluster, "name" | "type" | "provider" | "versions">,
): MonthlyCost | undefined {
  const { provider } = cluster;
  if (provider.kind !== "eks") return undefined;
  const settings = eksSettings({ ...cluster, provider });
  const { nodes, capacity, nodeDisk, natGateways } = settings;
  const factor = prices.regions[settings.region] ?? prices.otherRegion;
  const month = prices.hoursPerMonth;
  const without = ["traffic", "logs", "volumes and load balancers of the workloads"];

  // Whichever of the instance types a node gets: the cheapest and the dearest bound it.
  const hourly = nodes.instanceTypes.flatMap((type) => instancePrice(type) ?? []);
  if (hourly.length < nodes.instanceTypes.length)
    without.push("nodes of a type that the price table does not have");
  const share = capacity === "SPOT" ? prices.spotShare : 1;
  // Nodes that are gone out of hours cost nothing then, nor do their disks.
  const running = cluster.type.nodeHours === undefined ? 1 : hoursPerWeek(cluster.type.nodeHours) / 168;
  const node = (price: number) =>
    (price * month * share + nodeDisk * prices.diskPerGibMonth) * factor * running;
  const fixed = (what: string, amount: number): PricedItem => ({ what, low: amount, high: amount });
  const items: PricedItem[] = [
    fixed("control plane", prices.controlPlanePerHour * month),
    ...(hourly.length === 0
      ? []
      : [
          {
            what: `${nodes.min === nodes.max ? nodes.min : `${nodes.min}–${nodes.max}`} × ${nodes.instanceTypes.join(" or ")}${capacity === "SPOT" ? ", spot" : ""}${running === 1 ? "" : ", in their hours"}`,
            low: nodes.min * node(Math.min(...hourly)),
            high: nodes.max * node(Math.max(...hourly)),
          },
        ]),
    ...(provider.vpc === undefined
      ? [
          fixed(
            `${natGateways} NAT gateway${natGateways === 1 ? "" : "s"}`,
            natGateways * (prices.natGatewayPerHour * factor + prices.publicAddressPerHour) * month,
          ),
        ]
      : []),
    fixed("2 encryption keys", 2 * prices.keyPerMonth),
  ];
  const sum = (end: "low" | "high") => items.reduce((total, item) => total + item[end], 0);
  return { items, low: sum("low"), high: sum("high"), without };
}

/** US dollars an hour in us-east-1, or undefined for a type that the table does not have. */
export function instancePrice(instanceType: string): number | undefined {
  const [family = "", size = ""] = instanceType.split(".");
  const large = prices.largePerHour[family];
  const times = /^(\d+)xlarge$/.exec(size);
  const units = times === null ? prices.sizes[size] : Number(times[1]) * 2;
  return large === undefined || units === undefined ? undefined : large * units;
}
