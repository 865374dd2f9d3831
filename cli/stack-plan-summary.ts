import { styleText } from "node:util";
import type { Cluster } from "../lib/fleet/cluster.ts";
import type { OfficeHours } from "../lib/fleet/environment-types.ts";
import type { Provider } from "../lib/fleet/providers.ts";
import type { ClusterPlan } from "../lib/stack/plan.ts";
import { type PlannedResource, resourceTree, secretInput, shortType } from "../lib/stack/planned-resource.ts";
import { changeLine } from "./change-line.ts";

const bold = (text: string) => styleText("bold", text);
const dim = (text: string) => styleText("dim", text);

/** What a person wants to see of a stack before it runs. */
export function describePlan(cluster: Cluster, { plan, cost, missing, differences }: ClusterPlan): string {
  const { type, provider, versions, sandbox } = cluster;
  const count = plan.resources.filter(({ component }) => !component).length;
  return [
    `Stack ${bold(plan.cluster)}: ${type.name} on ${provider.kind}, Kubernetes ${versions.kubernetes}, ${count} resources`,
    ...(sandbox === undefined
      ? []
      : [`  sandbox of ${sandbox.from}, owner ${sandbox.owner}, expires ${sandbox.expires}`]),
    ...(type.nodeHours === undefined ? [] : [`  ${nodeHours(type.nodeHours, provider.kind)}`]),
    ...(type.protected ? ["  protected: it refuses to be destroyed until somebody confirms it"] : []),
    "",
    bold("Resources"),
    ...resourceTree(plan.resources).map(({ resource, last }) => `  ${branch(last)}${describe(resource)}`),
    "",
    bold("Outputs"),
    `  ${plan.outputs.map(({ name, secret }) => (secret ? `${name} ${mark("secret")}` : name)).join(", ")}`,
    "",
    bold("Cost"),
    ...(cost === undefined
      ? ["  nothing beyond the machine that it runs on"]
      : [
          ...cost.items.map(({ what, low, high }) => `  ${what.padEnd(34)} ${money(low, high)}`),
          `  ${"about, a month".padEnd(34)} ${bold(money(cost.low, cost.high))}`,
          dim(`  without ${cost.without.join(", ")}`),
        ]),
    ...(differences === undefined
      ? []
      : [
          "",
          bold(`What differs from ${sandbox?.from ?? "its source"}`),
          ...(differences.length === 0 ? ["  nothing but its name"] : []),
          ...differences.flatMap(({ type: kind, name, only, fields }) =>
            only === undefined
              ? [`  ${shortType(kind)} ${name}`, ...fields.map((field) => `    ${changeLine(field)}`)]
              : [`  ${shortType(kind)} ${name}: only in the ${only}`],
          ),
        ]),
    ...(missing.length === 0
      ? []
      : [
          "",
          bold("Wanted before it can run"),
          ...missing.flatMap(({ message, remedy }) => [`  ${message}`, dim(`    ${remedy}`)]),
        ]),
  ].join("\n");
}

function nodeHours({ days, start, end, timeZone }: OfficeHours, provider: Provider["kind"]): string {
  const hours = `${days} ${start} to ${end} ${timeZone ?? "UTC"}`;
  return provider === "eks"
    ? `its nodes run ${hours}, and are gone at other times`
    : `its type's nodes run ${hours}: not possible on ${provider}, where nobody can scale nodes to zero by the clock`;
}

const mark = (text: string) => styleText("yellow", text);

function branch(last: readonly boolean[]): string {
  return last
    .map((end, depth) => (depth < last.length - 1 ? (end ? "   " : "│  ") : end ? "└─ " : "├─ "))
    .join("");
}

function describe(resource: PlannedResource): string {
  const { type, name, component, protect, secrets, retainOnDelete } = resource;
  const marks = [
    ...(protect ? ["protected"] : []),
    ...(secrets.length > 0 ? ["secret"] : []),
    ...(retainOnDelete ? ["kept on destroy"] : []),
  ];
  const label = `${component ? bold(shortType(type)) : shortType(type)} ${name}`;
  const notes = noteworthy(resource);
  return [label, ...(notes === "" ? [] : [dim(notes)]), ...marks.map(mark)].join("  ");
}

/** The inputs that a reviewer looks for, of the types that have them. */
const notes: Readonly<Record<string, readonly string[]>> = {
  "eks:index:Cluster": ["version", "endpointPublicAccess", "publicAccessCidrs", "deletionProtection"],
  "eks:index:ManagedNodeGroup": [
    "capacityType",
    "instanceTypes",
    "scalingConfig.minSize",
    "scalingConfig.maxSize",
  ],
  "aws:eks/addon:Addon": ["addonVersion"],
  "aws:ec2/vpc:Vpc": ["cidrBlock"],
  "aws:ec2/subnet:Subnet": ["cidrBlock"],
  "aws:cloudwatch/logGroup:LogGroup": ["retentionInDays"],
  "aws:eks/podIdentityAssociation:PodIdentityAssociation": ["namespace", "serviceAccount"],
  "command:local:Command": ["environment.IMAGE", "environment.KWOK_KUBE_VERSION", "environment.NODES"],
  "kubernetes:helm.sh/v3:Release": ["chart", "version"],
  "kubernetes:core/v1:ConfigMap": ["data"],
  "sluice:existing:Cluster": ["context"],
};

function noteworthy({ type, inputs }: PlannedResource): string {
  return (notes[type] ?? [])
    .map((path) => {
      const value = path
        .split(".")
        .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], inputs);
      if (value === undefined || value === secretInput) return "";
      const name = path.split(".").at(-1)!;
      return `${name} ${typeof value === "string" ? value : JSON.stringify(value)}`;
    })
    .filter((note) => note !== "")
    .join(", ");
}

function money(low: number, high: number): string {
  const dollars = (amount: number) => `$${Math.round(amount).toLocaleString("en-US")}`;
  return Math.round(low) === Math.round(high) ? dollars(low) : `${dollars(low)} to ${dollars(high)}`;
}
