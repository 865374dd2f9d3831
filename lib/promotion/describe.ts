import { describeDuration } from "../fleet/promotion.ts";
import { describeAction } from "./action.ts";
import { decide, type Decision, stamp } from "./decide.ts";
import { compare, newest, type Pipeline, type PipelineCluster, stageBefore, stageIndex } from "./pipeline.ts";

/** A cluster in its pipeline. */
export interface PipelineRow {
  readonly what: string;
  readonly cluster: string;
  readonly type: string;
  /** `tag 1.0.0`, `semver 1.x`, `branch main`. */
  readonly follows: string;
  /** The version that this gives it, undefined where nobody knows. */
  readonly runs: string | undefined;
  /** How that was at the newest look. */
  readonly seen: { readonly state: string; readonly since: string; readonly at: string } | undefined;
  /** The version that comes next, and what it waits for. */
  readonly next: { readonly version: string; readonly decision: Decision } | undefined;
}

/** What runs where, and what waits for what: in the order of the stages, what is in none at the end. */
export function pipelineRows(pipeline: Pipeline): PipelineRow[] {
  const rank = ({ type }: PipelineCluster) => stageIndex(pipeline, type) ?? pipeline.stages.length;
  return [...pipeline.clusters]
    .sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1))
    .map((cluster) => {
      const { name, type, follows, runs } = cluster;
      const look = pipeline.evidence.find((each) => each.cluster === name && each.content === runs?.content);
      const version = comesNext(pipeline, cluster);
      return {
        what: pipeline.what,
        cluster: name,
        type,
        follows: follows.kind === "version" ? follows.value : `${follows.kind} ${follows.value}`,
        runs: runs?.version,
        seen:
          look === undefined
            ? undefined
            : { state: look.last.state, since: stamp(look.last.since), at: stamp(look.last.at) },
        next:
          version === undefined
            ? undefined
            : { version, decision: decide(pipeline, { version, cluster: name }) },
      };
    });
}

/** The highest version that the stage before has and the cluster has not. */
function comesNext(pipeline: Pipeline, cluster: PipelineCluster): string | undefined {
  const { clusters, releases, kind, evidence } = pipeline;
  const stage = stageBefore(pipeline, cluster);
  if (stage === undefined || cluster.follows.kind === "branch") return undefined;
  const before = clusters.filter(({ type }) => type === stage.type);
  const running = before.flatMap(({ runs }) => (runs === undefined ? [] : [runs]));
  const ran = evidence.filter((each) => before.some(({ name }) => name === each.cluster));
  const contents = new Set([...running, ...ran].map(({ content }) => content));
  const version =
    kind === "bundle"
      ? newest(releases.filter(({ content }) => contents.has(content)))?.version
      : newest(running)?.version;
  if (version === undefined) return undefined;
  const order = cluster.runs === undefined ? 1 : compare(version, cluster.runs.version);
  return order === undefined || order > 0 ? version : undefined;
}

/** The pipelines as a table, and below each what waits. */
export function describePipelines(pipelines: readonly Pipeline[]): string {
  return pipelines.map(describePipeline).join("\n\n");
}

function describePipeline(pipeline: Pipeline): string {
  const rows = pipelineRows(pipeline);
  const cells = rows.map(({ cluster, type, follows, runs, seen }) => {
    const stage = pipeline.stages.find((each) => each.type === type);
    const soak = stage === undefined ? "" : stage.soak === 0 ? "" : `soak ${describeDuration(stage.soak)}`;
    return [
      cluster,
      type,
      soak,
      follows,
      runs ?? "?",
      seen === undefined ? "nobody looked" : `${seen.state} since ${seen.since}`,
    ];
  });
  const header = ["cluster", "stage", "", "follows", "runs", "seen"];
  const widths = header.map((title, column) =>
    Math.max(title.length, ...cells.map((row) => row[column]!.length)),
  );
  const line = (row: readonly string[]) =>
    `  ${row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join("  ")
      .trimEnd()}`;
  const waits = rows.flatMap(({ cluster, next }) => {
    if (next === undefined || next.decision.outcome === "there already") return [];
    const { version, decision } = next;
    if (decision.outcome === "allowed")
      return [
        `  ${cluster} may have ${version}: sluice promote ${pipeline.what} --to ${cluster} --version ${quoted(version)}`,
      ];
    return decision.open.flatMap(({ message, action }) => [
      `  ${cluster} waits for ${version}: ${message}`,
      `    → ${describeAction(action, pipeline, cluster)}`,
    ]);
  });
  return [
    pipeline.what,
    line(header),
    ...cells.map(line),
    ...(waits.length === 0 ? [] : ["", ...waits]),
  ].join("\n");
}

const quoted = (version: string): string => (version.includes(" ") ? JSON.stringify(version) : version);
