import { compareVersions, parseVersion } from "../fleet/semver.ts";
import type { Stage } from "../fleet/promotion.ts";
import type { Evidence } from "./evidence.ts";

/** A version with what it is made of. */
export interface Release {
  readonly version: string;
  /** As in {@link Evidence}. */
  readonly content: string;
}

/** A cluster, as far as promotions of one thing are concerned. */
export interface PipelineCluster {
  readonly name: string;
  /** The environment type's name. */
  readonly type: string;
  readonly protected: boolean;
  /** What it follows: `version` is a version that stands in versions.yaml as it is. */
  readonly follows: {
    readonly kind: "branch" | "semver" | "tag" | "digest" | "version";
    readonly value: string;
  };
  /** What that gives it now, undefined where that cannot be told from here. */
  readonly runs: Release | undefined;
  /** The versions that it had before, the oldest first, as {@link historyStack} gives them. */
  readonly before: readonly string[];
  /** What its control plane and its oldest node run, such as `1.35`, where somebody looked. */
  readonly machines?: { readonly server: string; readonly nodes: string | undefined };
}

/** The way of one thing (a bundle, an app, kubernetes) through the fleet, at one moment. */
export interface Pipeline {
  readonly what: string;
  readonly kind: "bundle" | "app" | "kubernetes";
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly stages: readonly Stage[];
  readonly clusters: readonly PipelineCluster[];
  readonly evidence: readonly Evidence[];
  /** All releases of a bundle; what else there is needs none. */
  readonly releases: readonly Release[];
  /** The URL of the repository that they are made in, where it is another. */
  readonly releasesIn?: string;
}

/** Index of the stage that clusters of a type are in, or undefined. */
export function stageIndex({ stages }: Pick<Pipeline, "stages">, type: string): number | undefined {
  const index = stages.findIndex((stage) => stage.type === type);
  return index < 0 ? undefined : index;
}

/** The stage before a cluster's, or undefined where there is none. */
export function stageBefore(pipeline: Pipeline, { type }: Pick<PipelineCluster, "type">): Stage | undefined {
  const index = stageIndex(pipeline, type);
  return index === undefined || index === 0 ? undefined : pipeline.stages[index - 1];
}

/**
 * Negative if version `a` is older than `b`. The version of an app with a chart and an image compares by the
 * first part that differs. @returns undefined where they cannot be compared
 */
export function compare(a: string, b: string): number | undefined {
  if (a === b) return 0;
  const [left, right] = [partsOf(a), partsOf(b)];
  if (left.length === 0 || left.length !== right.length) return undefined;
  for (const [index, [name, part]] of left.entries()) {
    const [otherName, otherPart] = right[index]!;
    if (name !== otherName) return undefined;
    const [one, other] = [parseVersion(part), parseVersion(otherPart)];
    if (one === undefined || other === undefined) {
      if (part !== otherPart) return undefined;
      continue;
    }
    const order = compareVersions(one, other);
    if (order !== 0) return order;
  }
  return 0;
}

const partsOf = (version: string): (readonly [name: string, version: string])[] =>
  version.split(", ").map((part) => {
    const space = part.lastIndexOf(" ");
    return [part.slice(0, Math.max(space, 0)), part.slice(space + 1)];
  });

/** The newest of releases. */
export function newest(releases: readonly Release[]): Release | undefined {
  return releases.reduce<Release | undefined>(
    (best, release) =>
      best === undefined || (compare(release.version, best.version) ?? 0) > 0 ? release : best,
    undefined,
  );
}

/** The next patch version. */
export function nextPatch(version: string | undefined): string {
  const parsed = version === undefined ? undefined : parseVersion(version);
  if (parsed === undefined) return "0.1.0";
  return parsed.prerelease === ""
    ? `${parsed.major}.${parsed.minor}.${parsed.patch + 1}`
    : `${parsed.major}.${parsed.minor}.${parsed.patch}`;
}

/**
 * What a cluster had, as a stack: going back to what it had before takes the later one away, so that going back
 * twice goes further back and not forth again.
 * @param values what it had, the oldest first, the present one last
 */
export function historyStack(values: readonly string[]): string[] {
  const stack: string[] = [];
  for (const value of values) {
    if (value === stack.at(-1)) continue;
    if (value === stack.at(-2)) stack.pop();
    else stack.push(value);
  }
  return stack;
}
