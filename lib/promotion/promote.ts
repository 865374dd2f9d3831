import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { removedApi } from "../check/apis.ts";
import { objectsOf } from "../effective/cluster.ts";
import { openClusters } from "../effective/open.ts";
import type { Cluster } from "../fleet/cluster.ts";
import { type Problem, throwIfAny, UserError } from "../fleet/user-error.ts";
import { describeManifest } from "../flux/object-name.ts";
import type { Git } from "../git/git.ts";
import { describeAction } from "./action.ts";
import type { Attestations } from "./attestations.ts";
import { buildPipeline } from "./build.ts";
import {
  branchFor,
  commitPlan,
  newBranchProblem,
  type PlannedCommit,
  settledFleet,
  withVersions,
} from "./change.ts";
import { decide, type Decision } from "./decide.ts";
import { minorOf } from "./kubernetes.ts";
import { movesTrailers, movesUnderWay, overrideTrailer } from "./moves.ts";
import type { Pipeline } from "./pipeline.ts";
import { targetsOf, versionFor } from "./request.ts";
import { subjectOf } from "./subject.ts";
import { trackFor } from "./track.ts";
import { withVersion } from "./with-version.ts";

/** What is to be promoted. */
export interface PromotionRequest {
  /** A bundle, an app or `kubernetes`. */
  readonly what: string;
  /** A cluster, or a type: all its clusters. */
  readonly to: string;
  /** @default what the stage before runs */
  readonly version?: string;
  /** Why conditions that are open do not count this time. */
  readonly override?: string;
  /** The branch to make. @default promote/<what>-<version>-to-<to> */
  readonly branch?: string;
}

/** Looks at clusters now, where they can be reached, and adds that to what was recorded. */
export type Look = (clusters: readonly Cluster[]) => Promise<Attestations>;

/** A promotion that may be. */
export interface PromotionPlan extends PlannedCommit {
  readonly head: string;
  readonly version: string;
  readonly decisions: ReadonlyMap<string, Decision>;
  /** Empty where every cluster runs the version already: there is nothing to commit. */
  readonly moved: readonly string[];
  readonly notices: readonly Problem[];
}

/**
 * Checks a promotion and makes its commit in memory: nothing is changed.
 * @throws UserError with every condition that is open, what would meet it, and when
 */
export async function planPromotion(
  git: Git,
  request: PromotionRequest,
  { look, now }: { readonly look: Look; readonly now: () => number },
): Promise<PromotionPlan> {
  if (request.override?.trim() === "")
    throw new UserError({ where: "--override", message: "says no reason" }, 2);
  const fleet = await settledFleet(git);
  const subject = subjectOf(request.what, fleet.fleet, fleet.clusters);
  const clusters = targetsOf(request.to, fleet.clusters);
  const problems = await movesUnderWay(git, subject.what, clusters);
  const attestations = await look(fleet.clusters.filter(({ sandbox }) => sandbox === undefined));
  const pipeline = await buildPipeline(git, fleet, subject, attestations, {
    now: now(),
    historyOf: clusters.map(({ name }) => name),
  });
  const targets = clusters.map((cluster) => {
    const target = pipeline.clusters.find(({ name }) => name === cluster.name);
    if (target === undefined)
      throw new UserError({
        where: "--to",
        message: `${cluster.name} has no ${subject.what}`,
        remedy: "add it to its definition first",
      });
    return { cluster, target };
  });
  const version = versionFor(pipeline, targets[0]!.target, request.version);
  const decisions = new Map<string, Decision>();
  for (const { cluster } of targets) {
    const removedApis = subject.kind === "kubernetes" ? await removedApisOn(git, cluster.name, version) : [];
    const decision = decide(pipeline, {
      version,
      cluster: cluster.name,
      removedApis,
      ...(request.override === undefined ? {} : { override: request.override }),
    });
    decisions.set(cluster.name, decision);
    if (decision.outcome === "refused") problems.push(...openProblems(decision, pipeline, request, cluster));
  }
  const allowed = targets.filter(({ cluster }) => decisions.get(cluster.name)!.outcome === "allowed");
  const branch = request.branch ?? branchFor("promote", `${subject.what}-${version}-to-${request.to}`);
  const taken = allowed.length === 0 ? undefined : await newBranchProblem(git, branch);
  if (taken !== undefined) problems.push(taken);
  throwIfAny(problems);

  const texts = new Map<string, string>();
  for (const { cluster, target } of allowed) {
    const { file } = cluster.versions;
    const text = texts.get(file) ?? (await readFile(join(git.root, file), "utf8"));
    texts.set(
      file,
      await withVersion(git, text, {
        fleet: fleet.fleet,
        subject,
        cluster,
        version,
        track: trackFor(pipeline, target, version),
      }),
    );
  }
  const { files, notices } = await withVersions(git, texts);
  const moved = allowed.map(({ cluster }) => cluster.name);
  return {
    head: fleet.head,
    version,
    decisions,
    moved,
    notices,
    branch,
    files,
    message: promotionMessage(subject.what, version, request, moved, decisions),
  };
}

/** Commits a planned promotion on its branch. @returns the commit @throws UserError if git says no */
export async function promote(git: Git, plan: PromotionPlan): Promise<string> {
  return commitPlan(git, plan.head, plan);
}

function openProblems(
  decision: Decision & { outcome: "refused" },
  pipeline: Pipeline,
  { to }: PromotionRequest,
  { versions }: Cluster,
): Problem[] {
  return decision.open.map(({ cluster, message, action, overridable }) => {
    const remedy = describeAction(action, pipeline, to);
    return {
      where: `${cluster} (${versions.file})`,
      message,
      remedy:
        overridable && action.do !== "override"
          ? `${remedy}; or with a reason that is recorded: --override REASON`
          : remedy,
    };
  });
}

function promotionMessage(
  what: string,
  version: string,
  { to, override }: PromotionRequest,
  moved: readonly string[],
  decisions: ReadonlyMap<string, Decision>,
): string {
  const evidence = new Set<string>();
  const open = new Set<string>();
  for (const decision of decisions.values())
    if (decision.outcome === "allowed") {
      for (const sentence of decision.evidence) evidence.add(sentence);
      for (const { message } of decision.overridden) open.add(message);
    }
  const body = [...evidence, ...[...open].map((message) => `In spite of: ${message}`)].join("\n");
  const reason = open.size === 0 ? "" : `${overrideTrailer}: ${override!.replace(/\s+/g, " ").trim()}\n`;
  const moves = moved.map((cluster) => ({ cluster, version }));
  return `Promote ${what} ${version} to ${to}\n\n${body === "" ? "" : `${body}\n\n`}${movesTrailers(what, moves)}${reason}`;
}

/** Objects of a cluster whose API the version of Kubernetes does not serve: of its bundles, its apps and its own folder. */
async function removedApisOn(git: Git, cluster: string, version: string): Promise<string[]> {
  const minor = minorOf(version);
  const [effective] = await openClusters(git, { clusters: [cluster] });
  return objectsOf(effective!).flatMap(({ object }) => {
    const { apiVersion, kind } = object as { apiVersion: string; kind: string };
    const removed = removedApi(apiVersion, kind)?.removed;
    return removed === undefined || removed > minor ? [] : [`${apiVersion} ${describeManifest(object)}`];
  });
}
