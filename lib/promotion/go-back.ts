import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { objectsOf } from "../effective/cluster.ts";
import { openClusters, type OpenOptions } from "../effective/open.ts";
import type { Cluster } from "../fleet/cluster.ts";
import { unknownCluster } from "../fleet/suggestion.ts";
import { type Problem, UserError } from "../fleet/user-error.ts";
import { describeManifest } from "../flux/object-name.ts";
import { filesAt } from "../git/commit-files.ts";
import type { Git } from "../git/git.ts";
import { manifestDifferences, type ObjectDifference } from "../sandbox/differences.ts";
import { clusterFolder } from "../synth/paths.ts";
import { readAttestations } from "./attestations.ts";
import { buildPipeline, versionsHistory } from "./build.ts";
import {
  branchFor,
  commitPlan,
  newBranchProblem,
  type PlannedCommit,
  settledFleet,
  withVersions,
} from "./change.ts";
import { movesTrailers, movesUnderWay } from "./moves.ts";
import { compare } from "./pipeline.ts";
import { decideRollback } from "./rollback.ts";
import { appVersion, type Subject, subjectOf } from "./subject.ts";
import { withVersion } from "./with-version.ts";

/** What is to go back. */
export interface RollbackRequest {
  readonly cluster: string;
  /** A bundle or an app. */
  readonly what: string;
  /** The branch to make. @default rollback/<what>-<version>-on-<cluster> */
  readonly branch?: string;
}

/** A rollback that may be. */
export interface RollbackPlan extends PlannedCommit {
  readonly head: string;
  /** All of it is text. */
  readonly files: ReadonlyMap<string, string | undefined>;
  readonly version: string;
  /** The version that it leaves. */
  readonly from: string;
  /** The range that the cluster followed, and that the rollback ends. */
  readonly pins: string | undefined;
  /** The commit at which the cluster had the version, undefined where the history does not say. */
  readonly then: string | undefined;
  /** How the cluster's own folder will differ from what it was then: what newer definitions make. */
  readonly differences: readonly ObjectDifference[];
  readonly notices: readonly Problem[];
}

/** How a bundle's objects in a cluster compare with those that it had then. */
export interface BundleComparison {
  readonly objects: number;
  /** Those that are not the same: variables and patches of newer definitions. */
  readonly changed: readonly string[];
}

/**
 * Finds the version that a cluster had before, and makes the commit that brings it back in memory.
 * @throws UserError if there is none, or definitions that were removed since make it impossible
 */
export async function planRollback(
  git: Git,
  { cluster: name, what, branch: asked }: RollbackRequest,
  now: number,
): Promise<RollbackPlan> {
  const fleet = await settledFleet(git);
  const cluster = fleet.clusters.find((each) => each.name === name);
  if (cluster === undefined)
    throw new UserError(
      {
        message: unknownCluster(
          name,
          fleet.clusters.map((each) => each.name),
        ),
      },
      2,
    );
  const subject = subjectOf(what, fleet.fleet, fleet.clusters);
  const pipeline = await buildPipeline(git, fleet, subject, await readAttestations(git), {
    now,
    historyOf: [name],
  });
  const present = pipeline.clusters.find((each) => each.name === name);
  if (present === undefined)
    throw new UserError({ where: cluster.versions.file, message: `${name} has no ${what}, or is a sandbox` });
  const decision = decideRollback(pipeline, name);
  if (decision.outcome === "refused") {
    const { message, remedy } = decision.open;
    throw new UserError({ where: cluster.versions.file, message, remedy });
  }
  const { version, pins } = decision;
  const branch = asked ?? branchFor("rollback", `${what}-${version}-on-${name}`);
  const taken = await newBranchProblem(git, branch);
  if (taken !== undefined) throw new UserError(taken);

  const text = await readFile(join(git.root, cluster.versions.file), "utf8");
  const track = { tag: version };
  const after = await withVersion(git, text, { fleet: fleet.fleet, subject, cluster, version, track });
  const { files, notices } = await withVersions(git, new Map([[cluster.versions.file, after]])).catch(
    (error: unknown) => {
      if (error instanceof UserError) throw impossible(error, name, what, version);
      throw error;
    },
  );
  const from = present.runs?.version ?? present.follows.value;
  const then = await commitThen(git, cluster, subject, version, pins === undefined ? undefined : from);
  return {
    head: fleet.head,
    version,
    from,
    pins,
    then,
    branch,
    files,
    notices: [...notices, ...(await movesUnderWay(git, what, [cluster]))],
    differences: then === undefined ? [] : await ownDifferences(git, name, what, then, files, fleet.head),
    message: `Roll ${what} on ${name} back to ${version}\n\nIt ran ${from}${pins === undefined ? "" : `, by the range ${pins}, which ends here`}.\n\n${movesTrailers(what, [{ cluster: name, version }])}`,
  };
}

/** Commits a planned rollback on its branch. @returns the commit @throws UserError if git says no */
export async function rollBack(git: Git, plan: RollbackPlan): Promise<string> {
  return commitPlan(git, plan.head, plan);
}

/** Definitions are not what the version was made for any more. */
function impossible({ problems }: UserError, cluster: string, what: string, version: string): UserError {
  return new UserError(
    problems.map(({ where, message, remedy }) => ({
      ...(where === undefined ? {} : { where }),
      message: `${what} ${version} does not work with what ${cluster}'s definitions are by now: ${message}`,
      remedy:
        remedy ??
        `bring back what was removed since (git log -p -- clusters), or promote a version that does without it`,
    })),
  );
}

/** The last commit at which the cluster had the version; of a range, the one that the release it now leaves was made of. */
async function commitThen(
  git: Git,
  cluster: Cluster,
  { what, kind }: Subject,
  version: string,
  leaves: string | undefined,
): Promise<string | undefined> {
  // What this clone was when another repository released that, nobody has recorded.
  if (leaves !== undefined)
    return cluster.fleet.artifacts.repository === undefined ? git.commit(`refs/tags/${leaves}^`) : undefined;
  const history = await versionsHistory(git, cluster);
  const had = ({ versions }: (typeof history)[number]) => {
    const track = versions.tracks[what];
    return kind === "app"
      ? appVersion(versions, what)
      : track !== undefined && "tag" in track
        ? track.tag
        : undefined;
  };
  const last = history.findLastIndex((each) => had(each) === version);
  const next = history[last + 1];
  return last < 0 ? undefined : next === undefined ? history[last]!.commit : git.commit(`${next.commit}^`);
}

async function ownDifferences(
  git: Git,
  cluster: string,
  what: string,
  then: string,
  files: ReadonlyMap<string, string | undefined>,
  head: string,
): Promise<ObjectDifference[]> {
  const folder = clusterFolder(cluster);
  const [before, now] = await Promise.all([textsAt(git, then, folder), textsAt(git, head, folder)]);
  for (const [path, text] of files)
    if (path.startsWith(`${folder}/`)) {
      if (text === undefined) now.delete(path);
      else now.set(path, text);
    }
  const objects = (texts: ReadonlyMap<string, string>) =>
    [...texts].filter(([path]) => !path.endsWith("/kustomization.yaml")).map(([, text]) => text);
  // That the source is pinned is what the rollback is for.
  return manifestDifferences(objects(before), objects(now))
    .map((each) =>
      each.object === `OCIRepository flux-system/${what}`
        ? { ...each, fields: each.fields.filter(({ path }) => !path.startsWith("spec.ref")) }
        : each,
    )
    .filter(({ fields, only }) => fields.length > 0 || only !== undefined);
}

async function textsAt(git: Git, revision: string, folder: string): Promise<Map<string, string>> {
  const files = await filesAt(git, revision, folder);
  return new Map(
    await Promise.all(
      [...files].map(async ([path, { blob }]) => [path, await git.run(["cat-file", "blob", blob])] as const),
    ),
  );
}

/**
 * Compares what a bundle gives a cluster after a rollback, object by object, with what it gave then.
 * @param now the rollback's commit
 * @returns undefined where either is not known here
 */
export async function compareBundle(
  git: Git,
  { cluster, what }: Pick<RollbackRequest, "cluster" | "what">,
  { then, version, pins }: Pick<RollbackPlan, "version" | "pins"> & { readonly then: string },
  now: string,
): Promise<BundleComparison | undefined> {
  // A range took what was newest then, before the releases that came after it.
  const before = await bundleObjects(git, cluster, what, {
    head: then,
    ...(pins === undefined ? {} : { tags: (name: string) => (compare(name, version) ?? 0) <= 0 }),
  });
  const after = await bundleObjects(git, cluster, what, { head: now });
  if (before.size === 0 || after.size === 0) return undefined;
  const names = new Set([...before.keys(), ...after.keys()]);
  return {
    objects: after.size,
    changed: [...names].filter((name) => before.get(name) !== after.get(name)).sort(),
  };
}

/** What the Kustomizations that have a bundle for their source apply, by name. */
async function bundleObjects(
  git: Git,
  cluster: string,
  what: string,
  at: Pick<OpenOptions, "head" | "tags">,
): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const [effective] = await openClusters(git, { ...at, clusters: [cluster] }).catch((error: unknown) => {
    if (error instanceof UserError) return [];
    throw error;
  });
  if (effective === undefined) return found;
  for (const { object, unit } of objectsOf(effective)) {
    const source = effective.units.get(unit)?.definition.spec["sourceRef"] as { name?: string } | undefined;
    if (source?.name !== what) continue;
    found.set(describeManifest(object), JSON.stringify(object));
  }
  return found;
}
