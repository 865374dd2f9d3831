import type { Cluster } from "../fleet/cluster.ts";
import type { OfficeHours } from "../fleet/environment-types.ts";
import type { EksProvider } from "../fleet/providers.ts";
import { eksAddonVersions, type EksAddonName } from "./kubernetes-versions.ts";

/** What of a cluster decides how its EKS cluster is made. */
export type EksCluster = Pick<Cluster, "name" | "type" | "versions"> & { readonly provider: EksProvider };

/** How an EKS cluster is made: the environment type and the provider's options, worked out. */
export interface EksSettings {
  readonly region: string;
  readonly kubernetes: string;
  /** Zones that nodes run in. The control plane and the subnets always span three. */
  readonly nodeZones: number;
  /** One gateway in all, or one in each zone, so that the loss of a zone takes no other zone's way out. */
  readonly natGateways: number;
  readonly nodes: { readonly min: number; readonly max: number; readonly instanceTypes: readonly string[] };
  /** When nodes run, as AWS's schedules say it; undefined where they always do. */
  readonly hours: NodeSchedule | undefined;
  readonly capacity: "SPOT" | "ON_DEMAND";
  readonly architecture: "arm64" | "x86_64";
  /** Size of each node's volume, in GiB. */
  readonly nodeDisk: number;
  readonly publicAccess: readonly string[];
  readonly deletionProtection: boolean;
  /** Days that the control plane's logs are kept. */
  readonly logDays: number;
  readonly addons: Readonly<Record<EksAddonName, string>>;
}

/** When nodes come and go: `minute hour * * days`, in a time zone. */
export interface NodeSchedule {
  readonly begin: string;
  readonly end: string;
  readonly timeZone: string;
}

/** Zones that a VPC made for a cluster spans. */
export const vpcZones = 3;

/** @throws Error on a version of Kubernetes that EKS does not offer; `kubernetesProblem` tells it to the user */
export function eksSettings({ type, provider, versions }: EksCluster): EksSettings {
  const { min, max } = provider.nodes ?? type.scaling.nodes;
  const instanceTypes = provider.nodes?.instanceTypes ?? type.scaling.instanceTypes ?? ["m7g.large"];
  const addons = eksAddonVersions(versions.kubernetes);
  if (addons === undefined) throw new Error(`EKS has no Kubernetes ${versions.kubernetes}`);
  return {
    region: provider.region,
    kubernetes: versions.kubernetes,
    nodeZones: type.availability.zones,
    natGateways: type.availability.zones === vpcZones ? vpcZones : 1,
    nodes: { min, max, instanceTypes },
    hours: type.nodeHours === undefined ? undefined : nodeSchedule(type.nodeHours),
    capacity: type.capacity === "spot" ? "SPOT" : "ON_DEMAND",
    architecture: architectureOf(instanceTypes),
    nodeDisk: 50,
    publicAccess: provider.publicAccess ?? [],
    deletionProtection: type.protected,
    logDays: type.protected ? 90 : 7,
    addons,
  };
}

/** Recurrences of EC2 Auto Scaling: cron, whose days are MON to SUN, and which has no hour 24. */
export function nodeSchedule({ days, start, end, timeZone = "Etc/UTC" }: OfficeHours): NodeSchedule {
  const on = days
    .split(":")
    .map((day) => day.slice(0, 3).toUpperCase())
    .join("-");
  const at = (hour: string) => {
    const [hours, minutes] = hour === "24:00" ? [23, 59] : hour.split(":").map(Number);
    return `${minutes} ${hours} * * ${on}`;
  };
  return { begin: at(start), end: at(end), timeZone };
}

/** Graviton's instance types have a `g` behind their generation: m7g, c8gd, t4g. */
const isArm = (instanceType: string) => /^[a-z]+\d+g[a-z]*\./.test(instanceType);

function architectureOf(instanceTypes: readonly string[]): "arm64" | "x86_64" {
  const arm = instanceTypes.filter(isArm).length;
  if (arm !== 0 && arm !== instanceTypes.length)
    throw new Error(
      `instance types ${instanceTypes.join(", ")} are of two architectures: a node group has one image`,
    );
  return arm === 0 ? "x86_64" : "arm64";
}
