import type { Cluster } from "./cluster.ts";
import { number, text, type Variables } from "./variables.ts";

/**
 * What every cluster tells every bundle about itself, beside the variables that the bundle declares. The list
 * is fixed, and a cluster gives all of it whether or not its release reads it, so that a bundle can begin to
 * read a fact without changing a byte of any cluster.
 */
export const facts = {
  cluster_name: text({ description: "the cluster's name, also its stack's" }),
  cluster_type: text({ description: "the environment type, `sandbox` in a sandbox" }),
  cluster_provider: text({ description: "kind, eks, existing or kwok" }),
  cluster_replicas: number({ description: "replicas of what has to be highly available" }),
  cluster_alerting: text({ description: "when alerts page: always, office-hours or never" }),
  cluster_alerting_days: text({ description: "days of the office hours, such as monday:friday" }),
  cluster_alerting_start: text({ description: "begin of the office hours, HH:MM" }),
  cluster_alerting_end: text({ description: "end of the office hours, HH:MM" }),
  cluster_alerting_zone: text({ description: "time zone of the office hours, such as Europe/London" }),
} as const satisfies Variables;

export type FactName = keyof typeof facts;

/** The facts of one cluster, as text, in the order of {@link facts}. */
export function factsOf(cluster: Pick<Cluster, "name" | "type" | "provider">): Record<FactName, string> {
  const { alerting, availability, name } = cluster.type;
  const hours =
    typeof alerting === "object" ? alerting : { days: "monday:friday", start: "09:00", end: "17:00" };
  return {
    cluster_name: cluster.name,
    cluster_type: name,
    cluster_provider: cluster.provider.kind,
    cluster_replicas: String(availability.replicas),
    cluster_alerting: typeof alerting === "object" ? "office-hours" : alerting,
    cluster_alerting_days: hours.days,
    cluster_alerting_start: hours.start,
    cluster_alerting_end: hours.end,
    cluster_alerting_zone: ("timeZone" in hours ? hours.timeZone : undefined) ?? "UTC",
  };
}
