import type { Cluster } from "../fleet/cluster.ts";
import { parseStrictVersion } from "../fleet/semver.ts";
import { suggestion } from "../fleet/suggestion.ts";
import { type Problem, throwIfAny, UserError } from "../fleet/user-error.ts";
import { minorOf } from "./kubernetes.ts";
import { compare, newest, type Pipeline, type PipelineCluster, stageBefore } from "./pipeline.ts";
import { parseAppVersion } from "./subject.ts";

/**
 * The clusters that `--to` means: one by its name, or all of a type. Those of a table share a versions.yaml, so that
 * naming one of them is naming all.
 * @throws UserError if it means none, or a sandbox
 */
export function targetsOf(to: string, clusters: readonly Cluster[]): readonly Cluster[] {
  const fixed = clusters.filter(({ sandbox }) => sandbox === undefined);
  const named = clusters.find(({ name }) => name === to);
  if (named?.sandbox !== undefined)
    throw new UserError({
      where: "--to",
      message: `${to} is a sandbox: nothing is promoted to it`,
      remedy: `change its versions.yaml, or bring what works back to ${named.sandbox.from}`,
    });
  const found = named === undefined ? fixed.filter(({ type }) => type.name === to) : [named];
  if (found.length === 0)
    throw new UserError(
      {
        where: "--to",
        message: `'${to}' is neither a cluster nor the type of one${suggestion(to, [...fixed.map(({ name }) => name), ...fixed.map(({ type }) => type.name)])}`,
      },
      2,
    );
  const files = new Set(found.map(({ versions }) => versions.file));
  return fixed.filter(({ versions }) => files.has(versions.file));
}

/**
 * The version to promote: the one that was asked for, in full, or the one that the stage before runs.
 * @throws UserError if it is none, or there is none
 */
export function versionFor(pipeline: Pipeline, target: PipelineCluster, asked: string | undefined): string {
  if (asked === undefined) return versionOfStageBefore(pipeline, target);
  const problem = versionProblem(pipeline, asked);
  throwIfAny(problem === undefined ? [] : [problem], 2);
  if (pipeline.kind !== "app" || asked.includes(" ")) return asked;
  return appVersionLike(pipeline, target, asked);
}

function versionProblem({ kind }: Pipeline, asked: string): Problem | undefined {
  if (kind === "bundle" && parseStrictVersion(asked) === undefined)
    return { where: "--version", message: `'${asked}' is no version: a release is X.Y.Z, such as 1.4.2` };
  if (kind === "kubernetes" && !/^1\.\d+(\.\d+)?$/.test(asked))
    return { where: "--version", message: `'${asked}' is no version of Kubernetes, such as 1.35 or 1.35.4` };
  return undefined;
}

function versionOfStageBefore(pipeline: Pipeline, target: PipelineCluster): string {
  const { what, kind, clusters, evidence, releases } = pipeline;
  const stage = stageBefore(pipeline, target);
  const nothing = (message: string): UserError =>
    new UserError({ where: "--version", message, remedy: "say which: --version VERSION" }, 2);
  if (stage === undefined)
    throw nothing(`there is no stage before ${target.name} to take the version of ${what} from`);
  const before = clusters.filter(({ type }) => type === stage.type);
  const running = before.flatMap(({ runs }) => (runs === undefined ? [] : [runs]));
  if (kind === "bundle") {
    const contents = new Set(
      [...running, ...evidence.filter(({ cluster }) => before.some(({ name }) => name === cluster))].map(
        ({ content }) => content,
      ),
    );
    const found = newest(releases.filter(({ content }) => contents.has(content)));
    if (found === undefined) throw nothing(`no cluster of ${stage.type} runs a release of the ${what}`);
    return found.version;
  }
  const [first, ...others] = running.map(({ version }) => version);
  if (first === undefined) throw nothing(`nobody knows what ${stage.type} runs of ${what}`);
  // The highest where they differ; Kubernetes goes one step at a time.
  const highest = others.reduce((a, b) => ((compare(a, b) ?? 0) < 0 ? b : a), first);
  if (kind === "kubernetes" && minorOf(highest) > minorOf(target.follows.value) + 1)
    return `1.${minorOf(target.follows.value) + 1}`;
  return highest;
}

/** The whole version of an app that a part of it means: the one that the stage before has, or the target's own with it put in. */
function appVersionLike(pipeline: Pipeline, target: PipelineCluster, asked: string): string {
  const { clusters, evidence, what } = pipeline;
  const stage = stageBefore(pipeline, target);
  const before = clusters.filter(({ type }) => type === stage?.type);
  const known = new Set([
    ...before.flatMap(({ runs }) => (runs === undefined ? [] : [runs.version])),
    ...evidence
      .filter(({ cluster }) => before.some(({ name }) => name === cluster))
      .map(({ version }) => version),
  ]);
  const fitting = [...known].filter((version) =>
    parseAppVersion(what, version).some((field) => field.version === asked),
  );
  if (fitting.length === 1) return fitting[0]!;
  const own = parseAppVersion(what, target.follows.value);
  if (fitting.length === 0 && own.length === 1) return target.follows.value.replace(/[^ ]+$/, () => asked);
  throw new UserError(
    {
      where: "--version",
      message: `'${asked}' does not say all of ${what}'s version, which has ${own.map(({ field }) => field).join(" and ")}`,
      remedy: `write it in full: --version "${fitting[0] ?? [...known][0] ?? target.follows.value}"`,
    },
    2,
  );
}
