import { describeDuration } from "../fleet/promotion.ts";
import { parseRange, parseVersion, satisfies } from "../fleet/semver.ts";
import type { Action } from "./action.ts";
import type { Evidence } from "./evidence.ts";
import { kubernetesConditions, minorOf } from "./kubernetes.ts";
import { compare, newest, nextPatch, type Pipeline, type PipelineCluster, stageBefore } from "./pipeline.ts";

/** A condition of a promotion that is not met. */
export interface OpenCondition {
  /** The cluster that the version is to reach. */
  readonly cluster: string;
  readonly condition:
    | "release"
    | "moved"
    | "branch"
    | "lower"
    | "stages"
    | "evidence"
    | "soak"
    | "failing"
    | "step"
    | "machines"
    | "api";
  readonly message: string;
  /** When it can be met at the earliest, in milliseconds since 1970, where only time is missing. */
  readonly when?: number;
  /** What would meet it. */
  readonly action: Action;
  /** Whether a person may go on in spite of it, with a reason. */
  readonly overridable: boolean;
}

/** What a promotion comes to, for one cluster. */
export type Decision =
  | { readonly outcome: "refused"; readonly open: readonly OpenCondition[] }
  /** It runs the version, or takes it by itself. */
  | { readonly outcome: "there already" }
  | {
      readonly outcome: "allowed";
      /** In one sentence each, for the record. */
      readonly evidence: readonly string[];
      /** What was open, and went on in spite of. */
      readonly overridden: readonly OpenCondition[];
    };

/** A version that is to reach a cluster. */
export interface PromotionOf {
  readonly version: string;
  readonly cluster: string;
  /** Why what can be gone on in spite of does not count this time. */
  readonly override?: string;
  /** Objects that need an API which the target version of Kubernetes does not serve, where kubernetes is promoted. */
  readonly removedApis?: readonly string[];
}

/**
 * Whether a version may reach a cluster: only after it ran, Ready, on the stage before, for the time that this
 * stage asks for. What is open says what would meet it.
 */
export function decide(pipeline: Pipeline, request: PromotionOf): Decision {
  const { version, override } = request;
  const target = pipeline.clusters.find(({ name }) => name === request.cluster)!;
  const checked =
    target.follows.kind === "branch" ? [branch(target, version)] : conditions(pipeline, target, request);
  if (checked === "there already") return { outcome: "there already" };
  const open = checked.filter((item) => typeof item === "object");
  const evidence = checked.filter((item) => typeof item === "string");
  const stays = open.filter(({ overridable }) => !overridable || override === undefined);
  return stays.length > 0
    ? { outcome: "refused", open: stays }
    : { outcome: "allowed", evidence, overridden: open };
}

/** Everything that is open, and a sentence for each that is met. */
function conditions(
  pipeline: Pipeline,
  target: PipelineCluster,
  request: PromotionOf,
): "there already" | (OpenCondition | string)[] {
  const { version } = request;
  const release = pipeline.releases.find((each) => each.version === version);
  if (pipeline.kind === "bundle" && release === undefined) return [unreleased(pipeline, target, version)];
  // The patches of a minor version of Kubernetes count as one.
  const content = pipeline.kind === "kubernetes" ? `1.${minorOf(version)}` : (release?.content ?? version);
  const order = target.runs === undefined ? undefined : compare(version, target.runs.version);
  if (order === 0 && target.runs?.content === content) return "there already";
  const tampered = moved(pipeline, target, version, content);
  if (tampered !== undefined) return [tampered];
  const found: (OpenCondition | string)[] = [];
  if (pipeline.kind === "kubernetes") found.push(...kubernetesConditions(target, request));
  else if (order !== undefined && order < 0) found.push(lower(target, version));
  found.push(...runsBefore(pipeline, target, version, content));
  return found;
}

const branch = ({ name, follows }: PipelineCluster, version: string): OpenCondition => ({
  cluster: name,
  condition: "branch",
  message: `${name} follows the branch ${follows.value}: what is merged there runs there, so nothing is promoted to it`,
  action: { do: "pin", cluster: name, version },
  overridable: false,
});

function unreleased({ releases }: Pipeline, { name }: PipelineCluster, version: string): OpenCondition {
  const last = newest(releases);
  const late = last !== undefined && (compare(version, last.version) ?? 1) < 0;
  return {
    cluster: name,
    condition: "release",
    message: late
      ? `there is no release ${version}, and there will be none, as ${last.version} is newer`
      : `there is no release ${version}`,
    action: late ? { do: "choose", version: last.version } : { do: "release", version },
    overridable: false,
  };
}

/** A tag is what it was when it ran: one that was moved since has run nowhere. */
function moved(
  { evidence, releases, kind }: Pipeline,
  { name }: PipelineCluster,
  version: string,
  content: string,
): OpenCondition | undefined {
  const other = evidence.find((each) => each.version === version && each.content !== content);
  if (kind !== "bundle" || other === undefined) return undefined;
  return {
    cluster: name,
    condition: "moved",
    message: `the tag ${version} was moved: ${other.cluster} ran something else under this name`,
    action: { do: "release", version: nextPatch(newest(releases)?.version) },
    overridable: false,
  };
}

function lower({ name, runs, before }: PipelineCluster, version: string): OpenCondition {
  return {
    cluster: name,
    condition: "lower",
    message: `${version} is lower than ${runs!.version}, which ${name} runs`,
    action: before.at(-1) === version ? { do: "rollback", cluster: name } : { do: "override" },
    overridable: true,
  };
}

function runsBefore(
  pipeline: Pipeline,
  target: PipelineCluster,
  version: string,
  content: string,
): (OpenCondition | string)[] {
  const stage = stageBefore(pipeline, target);
  const open = (
    condition: OpenCondition["condition"],
    message: string,
    action: Action,
    when?: number,
  ): OpenCondition => ({
    cluster: target.name,
    condition,
    message,
    action,
    overridable: true,
    ...(when === undefined ? {} : { when }),
  });
  if (stage === undefined) {
    const isFirst = pipeline.stages[0]?.type === target.type;
    if (isFirst || !target.protected) return [];
    return [
      open(
        "stages",
        `the protected type '${target.type}' is no stage of the fleet, so nothing runs a version before it`,
        {
          do: "override",
        },
      ),
    ];
  }
  const clusters = pipeline.clusters.filter(({ type }) => type === stage.type);
  const { elsewhere = [] } = stage;
  if (clusters.length + elsewhere.length === 0)
    return [
      open("stages", `no cluster of the stage before, ${stage.type}, has ${pipeline.what}`, {
        do: "override",
      }),
    ];
  const seen = pipeline.evidence.filter(
    ({ content: own, cluster }) =>
      own === content && (elsewhere.includes(cluster) || clusters.some(({ name }) => name === cluster)),
  );
  const running = clusters.filter(({ runs }) => runs?.content === content);
  // Of a cluster that another repository has, only what was attested of it last is known.
  const runsIt = (cluster: string) =>
    running.some(({ name }) => name === cluster) || elsewhere.includes(cluster);
  const failing = seen.filter(({ cluster, last }) => last.state === "not ready" && runsIt(cluster));
  if (failing.length > 0)
    return failing.map(({ cluster, last: { reason = "" } }) =>
      open("failing", `${version} is not Ready on ${cluster}${reason === "" ? "" : `: ${reason}`}`, {
        do: "mend",
        cluster,
      }),
    );
  const [best] = seen.filter(({ ran }) => ran !== undefined).sort((a, b) => ranFor(b) - ranFor(a));
  if (best !== undefined && ranFor(best) >= stage.soak)
    return [
      `${best.cluster} ran ${version}, Ready, from ${stamp(best.ran!.since)} to ${stamp(best.ran!.until)}${stage.soak === 0 ? "" : `, of ${describeDuration(stage.soak)} asked for`}`,
    ];
  const [soaking] = seen
    .filter(({ cluster, last }) => last.state === "ready" && runsIt(cluster))
    .sort((a, b) => a.last.since - b.last.since);
  if (soaking !== undefined) {
    const { since, at } = soaking.last;
    const when = since + stage.soak;
    const message = `${version} ran on ${soaking.cluster}, Ready, for ${describeDuration(at - since)} as far as anybody looked; ${stage.type} asks for ${describeDuration(stage.soak)}`;
    return [
      when > pipeline.now
        ? open("soak", message, { do: "wait", until: when, cluster: soaking.cluster }, when)
        : open("soak", message, { do: "attest", cluster: soaking.cluster }),
    ];
  }
  const first = running[0]?.name ?? elsewhere[0];
  if (first !== undefined)
    return [
      open("evidence", `nobody has seen ${version} run, Ready, on ${first}`, {
        do: "attest",
        cluster: first,
      }),
    ];
  return [
    open(
      "evidence",
      `no cluster of the stage before, ${stage.type}, runs ${version}`,
      bring(pipeline, clusters, version),
    ),
  ];
}

/** How a version comes to run on the stage before. */
function bring({ releases }: Pipeline, clusters: readonly PipelineCluster[], version: string): Action {
  const pinned = clusters.find(({ follows }) => follows.kind !== "branch");
  if (pinned === undefined) return { do: "release", version: nextPatch(newest(releases)?.version) };
  const { name, follows, runs } = pinned;
  // A range that has the version takes a newer one: that is what goes on from there.
  if (follows.kind === "semver" && inRange(version, follows.value) && runs !== undefined)
    return { do: "choose", version: runs.version };
  if (runs !== undefined && (compare(version, runs.version) ?? 1) < 0)
    return { do: "choose", version: runs.version };
  return { do: "promote", to: name, version };
}

/** Whether a range takes a version. */
export function inRange(version: string, range: string): boolean {
  const parsed = parseVersion(version);
  return parsed !== undefined && satisfies(parsed, parseRange(range));
}

const ranFor = ({ ran }: Evidence): number => (ran === undefined ? -1 : ran.until - ran.since);

/** A moment in UTC, to the second. */
export const stamp = (time: number): string => `${new Date(time).toISOString().slice(0, 19)}Z`;
