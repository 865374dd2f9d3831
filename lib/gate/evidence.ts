import type { Fleet } from "../fleet/fleet.ts";
import type { Problem } from "../fleet/user-error.ts";
import type { Git } from "../git/git.ts";
import { describeAction } from "../promotion/action.ts";
import { readAttestations } from "../promotion/attestations.ts";
import { buildPipeline } from "../promotion/build.ts";
import { movesTrailers, overriddenMoves, overrideTrailer } from "../promotion/moves.ts";
import { decide, type Decision, type OpenCondition } from "../promotion/decide.ts";
import type { Pipeline } from "../promotion/pipeline.ts";
import { packedDigest, releasesIn } from "../promotion/releases.ts";
import { decideRollback } from "../promotion/rollback.ts";
import { type LoadedFleet, loadFleet } from "../synth/load.ts";
import { type SourceRef, type VersionMove, versionMoves, versionsAt } from "./version-moves.ts";

/** What a merge would do, as far as evidence of versions is concerned. */
export interface MergeOf {
  /** The commit of the branch that is merged into. */
  readonly base: string;
  /** The commit that is to be merged. */
  readonly commit: string;
  /** A revision with what merging gives. */
  readonly merged: string;
}

/** What is known of the versions that a merge brings to protected clusters. */
export interface Proof {
  /** Those without evidence. */
  readonly problems: readonly Problem[];
  /** Those that go on without, each with the reason that its commit records. */
  readonly overrides: readonly string[];
}

const noneMoved: Proof = { problems: [], overrides: [] };

/**
 * Versions that a merge brings to protected clusters without what `sluice promote` asks for: that they ran, Ready, on
 * the stage before. A version that goes back is no promotion, and a commit that promotes with a reason that it
 * records is let pass. A fleet without stages asks for nothing.
 * @param loaded the fleet of the checkout
 */
export async function unprovenVersions(
  git: Git,
  loaded: LoadedFleet,
  { base, commit, merged }: MergeOf,
  now: number,
): Promise<Proof> {
  if (loaded.fleet.promotion === undefined) return noneMoved;
  const moves = await versionMoves(git, loaded, base, merged);
  if (moves.length === 0) return noneMoved;
  // As the clusters are, whatever is checked out.
  const before = await loadFleet(git.root, undefined, await versionsAt(git, base, loaded.clusters));
  const attestations = await readAttestations(git);
  const overridden = await overriddenMoves(git, `${base}..${commit}`);
  const problems: Problem[] = [];
  const overrides: string[] = [];
  for (const move of moves) {
    const { cluster, subject } = move;
    const pipeline = await buildPipeline(git, before, subject, attestations, {
      now,
      historyOf: [cluster],
      at: base,
    });
    const version =
      typeof move.to === "string" ? move.to : await releaseOf(git, loaded.fleet, pipeline, move.to);
    if (typeof version === "object") {
      problems.push(problem(move, "", version.message, version.remedy));
      continue;
    }
    const name = `${subject.what} on ${cluster} to ${version}`;
    const reason = overridden.get(name);
    const decision = decisionOf(pipeline, move, version, reason);
    if (decision?.outcome === "refused")
      problems.push(...decision.open.map((each) => openProblem(pipeline, move, version, each)));
    else if (decision?.outcome === "allowed" && decision.overridden.length > 0)
      overrides.push(`${name}: ${reason}`);
  }
  return { problems, overrides };
}

/** What a promotion would come to; undefined for a version that the cluster goes back to. */
function decisionOf(
  pipeline: Pipeline,
  { cluster, type }: VersionMove,
  version: string,
  override: string | undefined,
): Decision | undefined {
  const present = pipeline.clusters.find(({ name }) => name === cluster);
  if (present !== undefined) {
    const back = decideRollback(pipeline, cluster);
    if (back.outcome === "allowed" && back.version === version) return undefined;
  }
  const target = {
    runs: undefined,
    before: [],
    ...present,
    name: cluster,
    // As it will be: the merge may change that, too.
    type: type === "" ? (present?.type ?? "") : type,
    protected: true,
    // Whatever it followed before, this is about the version that it is to have.
    follows: { kind: "version", value: version } as const,
  };
  const others = pipeline.clusters.filter(({ name }) => name !== cluster);
  return decide(
    { ...pipeline, clusters: [...others, target] },
    { version, cluster, ...(override === undefined ? {} : { override }) },
  );
}

function openProblem(
  pipeline: Pipeline,
  move: VersionMove,
  version: string,
  { message, action, overridable }: OpenCondition,
): Problem {
  const { cluster, subject } = move;
  // What the cluster does not have yet, nobody can promote to it.
  if (overridable && pipeline.clusters.every(({ name }) => name !== cluster))
    return problem(
      move,
      version,
      message,
      `let it run there first; or say why not with two trailers of the commit: ${movesTrailers(subject.what, [{ cluster, version }]).trim()}, and ${overrideTrailer}: REASON`,
    );
  const remedy = describeAction(action, pipeline, cluster);
  return problem(
    move,
    version,
    message,
    overridable
      ? `${remedy}; or promote it with a reason that is recorded: sluice promote ${subject.what} --to ${cluster} --version ${JSON.stringify(version)} --override REASON`
      : remedy,
  );
}

function problem(
  { where, cluster, subject: { what } }: VersionMove,
  version: string,
  message: string,
  remedy: string,
): Problem {
  const name = version === "" ? what : `${what} ${version}`;
  return { where, message: `no evidence for ${name} on ${cluster}: ${message}`, remedy };
}

/** The release that a source gives, or what keeps it from being told. */
async function releaseOf(
  git: Git,
  fleet: Fleet,
  { what, releases }: Pipeline,
  { tag, digest, semver, branch }: SourceRef,
): Promise<string | { message: string; remedy: string }> {
  const pin = `pin a release: ${what}: { tag: X.Y.Z }`;
  const digestOf = (version: string) => packedDigest(git, releasesIn(fleet), what, version);
  if (digest !== undefined) {
    // Flux follows the digest, whatever tag stands beside it.
    for (const { version } of tag === undefined ? releases : [{ version: tag }])
      if ((await digestOf(version)) === digest) return version;
    return tag === undefined
      ? {
          message: `the digest ${digest} is of no release that this clone has`,
          remedy: `git fetch --tags origin; or ${pin}`,
        }
      : { message: `the digest ${digest} is not the release ${tag}'s`, remedy: pin };
  }
  if (tag !== undefined) return tag;
  if (semver !== undefined)
    return {
      message: `the range ${semver} takes what is released later before it ran anywhere`,
      remedy: pin,
    };
  return {
    message: `it would follow the branch ${branch ?? "of its source"}, where nothing runs before`,
    remedy: pin,
  };
}
