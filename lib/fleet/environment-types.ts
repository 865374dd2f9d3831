import type { Track } from "./tracks.ts";

/** Hours of a week, in Alertmanager's notation. */
export interface OfficeHours {
  /** Days, such as `monday:friday` or `saturday`. */
  readonly days: string;
  /** Begin, `HH:MM`. */
  readonly start: string;
  /** End, `HH:MM`. */
  readonly end: string;
  /** An IANA time zone. @default UTC */
  readonly timeZone?: string;
}

/** What all clusters of one kind have in common. A type has any number of clusters. */
export interface EnvironmentType {
  /** `development`, `staging`, `production`, … */
  readonly name: string;
  /** How large a cluster is where its provider does not say otherwise. */
  readonly scaling: {
    readonly nodes: { readonly min: number; readonly max: number };
    readonly instanceTypes?: readonly string[];
  };
  /** How much may fail without anyone noticing. */
  readonly availability: { readonly zones: 1 | 2 | 3; readonly replicas: number };
  /** Spot nodes may be taken away at any time and cost less. */
  readonly capacity: "spot" | "on-demand";
  /** A protected cluster refuses to be destroyed, and a change that reaches it needs an approval. */
  readonly protected: boolean;
  /** When alerts page someone. */
  readonly alerting: "always" | "never" | OfficeHours;
  /**
   * When nodes run: outside of these hours they scale to zero, on EKS. No other provider can do that, and no
   * protected type may. @default always
   */
  readonly nodeHours?: OfficeHours;
  /** What a cluster's bundles track where its versions.yaml says nothing. @default versions.yaml has to say it */
  readonly track?: Track;
}

/**
 * Declares an environment type.
 * @throws Error on hours that are none, or a scaling whose minimum exceeds its maximum.
 */
export function defineEnvironmentType(type: EnvironmentType): EnvironmentType {
  const { nodes } = type.scaling;
  if (!(
    Number.isInteger(nodes.min) &&
    Number.isInteger(nodes.max) &&
    0 <= nodes.min &&
    nodes.min <= nodes.max &&
    nodes.max > 0
  ))
    throw new Error(
      `environment type '${type.name}': scaling.nodes wants 0 <= min <= max, in whole nodes, max at least 1`,
    );
  if (!Number.isInteger(type.availability.replicas) || type.availability.replicas < 1)
    throw new Error(`environment type '${type.name}': availability.replicas is a whole number of at least 1`);
  for (const [what, hours] of [
    ["alerting", type.alerting],
    ["nodeHours", type.nodeHours],
  ] as const)
    if (typeof hours === "object")
      for (const problem of hoursProblems(hours))
        throw new Error(`environment type '${type.name}': ${what}: ${problem}`);
  if (type.nodeHours !== undefined && type.protected)
    throw new Error(
      `environment type '${type.name}': a protected cluster's nodes run always: nodeHours is for others`,
    );
  return Object.freeze({ ...type });
}

/**
 * The annotation, `true`, that the manifests of a protected cluster carry on the ConfigMap of its platform's
 * variables: so that it can be told from git alone, without running a definition.
 */
export const protectedAnnotation = "sluice.dev/protected";

const days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

function hoursProblems({ days: given, start, end }: OfficeHours): string[] {
  const problems = [start, end]
    .filter((hour) => !/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/.test(hour))
    .map((hour) => `hour '${hour}' is not HH:MM`);
  if (start >= end) problems.push(`${start} to ${end} is no time of a day`);
  const [first = "", last = first, ...more] = given.split(":");
  if (more.length > 0 || !days.includes(first) || days.indexOf(last) < days.indexOf(first))
    problems.push(`'${given}' is no days such as monday:friday`);
  return problems;
}

/** How many of a week's 168 hours these are. */
export function hoursPerWeek({ days: given, start, end }: OfficeHours): number {
  const [first = "", last = first] = given.split(":");
  const minutes = (hour: string) => Number(hour.slice(0, 2)) * 60 + Number(hour.slice(3));
  return ((days.indexOf(last) - days.indexOf(first) + 1) * (minutes(end) - minutes(start))) / 60;
}

/** Why a sandbox exists: to change the platform, to measure at its source's scale, or to try an application. */
export type SandboxPurpose = "platform" | "performance" | "application";

/**
 * The type that a sandbox of a cluster of type `source` has: not protected, nobody is paged, nothing is
 * promoted to it. A performance sandbox keeps its source's scale and availability, so that what it measures
 * holds there; another shrinks to `small`, the fleet's own sandbox type, where it has one.
 */
export function sandboxType(
  source: EnvironmentType,
  purpose: SandboxPurpose,
  small: EnvironmentType | undefined,
): EnvironmentType {
  const size = purpose === "performance" ? source : (small ?? source);
  return Object.freeze({
    name: "sandbox",
    scaling: size.scaling,
    availability: size.availability,
    capacity: size.capacity,
    protected: false,
    alerting: "never" as const,
    ...(size.nodeHours === undefined ? {} : { nodeHours: size.nodeHours }),
    ...(source.track === undefined ? {} : { track: source.track }),
  });
}
