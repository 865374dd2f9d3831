import { type ClusterRoot, ClusterEvaluation, type EffectiveCluster } from "../effective/cluster.ts";
import type { ArtifactReader } from "../effective/artifacts.ts";
import { GitSources, readRefs, type Refs } from "../effective/git-sources.ts";
import { mainBranchOf, noClusters, treeAt, unknownRevision } from "../effective/open.ts";
import { clusterRoots } from "../effective/roots.ts";
import { type NamedRevision, workingTree } from "../effective/working-tree.ts";
import { UserError } from "../fleet/user-error.ts";
import { forEachOrPending } from "../flux/tree.ts";
import type { Git } from "../git/git.ts";
import { GitObjects } from "../git/objects.ts";
import { type ClusterImpact, clusterImpact, failsAnew } from "./impact.ts";
import type { Charts } from "./charts.ts";
import { type LaterPick, laterPicks } from "./later.ts";
import { releasesOf, withCharts } from "./releases.ts";
import { ruledChanges, withTransitions } from "./transitions.ts";
import { untouchedClusters } from "./untouched.ts";

/** What to compare. */
export interface ReviewOptions {
  /** The revision before the change. @default where the current branch left the main branch */
  readonly base?: string;
  /** The revision with the change. @default the working tree */
  readonly head?: string;
  /** Folders that clusters sync, in a repository that Sluice did not make. @default manifests/clusters/* */
  readonly paths?: readonly string[];
  /** A release that is thought to be made of the head: `1.4.3`. */
  readonly release?: string;
  /** Reads releases that the clone does not have. @default they are told to be missing */
  readonly artifacts?: ArtifactReader;
  /** Renders the charts of HelmReleases too. @default they stay objects */
  readonly charts?: Charts;
}

/** What a change does to the fleet. */
export interface Impact {
  readonly base: string;
  readonly head: string;
  /** The clusters that something happens to, by name. */
  readonly clusters: readonly ClusterImpact[];
  /** How many clusters there are, after the change. */
  readonly total: number;
  /** Clusters that get a changed bundle at another time. */
  readonly later: readonly LaterPick[];
}

/**
 * Compares what Flux applies to every cluster of a repository before and after a change, without a checkout.
 * @throws UserError where there is nothing to compare
 */
export async function reviewImpact(git: Git, options: ReviewOptions = {}): Promise<Impact> {
  const [refs, sides] = await Promise.all([readRefs(git), findSides(git, options)]);
  const objects = new GitObjects(git);
  const settle = async <T>(compute: () => T): Promise<T> =>
    objects.settle(compute, options.artifacts?.settle);
  try {
    const baseTree = await treeAt(objects, sides[0]);
    const headTree = await treeAt(objects, sides[1]);
    const branch = await mainBranchOf(git, refs);
    const before = new GitSources(objects, baseTree, refs, branch, options.artifacts?.read);
    const released = new GitSources(objects, headTree, refs, branch);
    const after =
      options.release === undefined
        ? new GitSources(objects, headTree, refs, branch, options.artifacts?.read)
        : new GitSources(
            objects,
            headTree,
            withTag(refs, options.release, released),
            branch,
            options.artifacts?.read,
          );
    const [oldRoots, newRoots] = await settle(() =>
      forBoth([before, after], ({ root }) => clusterRoots(root, options.paths)),
    );
    if (oldRoots.length + newRoots.length === 0) throw noClusters(git, options.paths);
    const clusters = await compareAll(objects, before, after, oldRoots, newRoots, options);
    const later = await settle(() => laterPicks(before, after, clusters.after));
    return {
      base: sides[0].name,
      head: sides[1].name,
      clusters: clusters.impacts,
      total: newRoots.length,
      later,
    };
  } finally {
    objects.close();
  }
}

async function compareAll(
  objects: GitObjects,
  before: GitSources,
  after: GitSources,
  oldRoots: readonly ClusterRoot[],
  newRoots: readonly ClusterRoot[],
  options: ReviewOptions,
): Promise<{ impacts: ClusterImpact[]; after: EffectiveCluster[] }> {
  const olds = new Map(oldRoots.map((root) => [root.name, root]));
  const nows = new Map(newRoots.map((root) => [root.name, root]));
  const untouched =
    options.release === undefined && (options.paths ?? []).length === 0
      ? await objects.settle(() => untouchedClusters(before.root, after.root))
      : () => false;
  const names = [...new Set([...olds.keys(), ...nows.keys()])]
    .filter((name) => olds.get(name) === undefined || !untouched(olds.get(name)!))
    .sort();
  const same = before.root.id === after.root.id;
  const refsAgree = options.release === undefined;
  const evaluation = (roots: ReadonlyMap<string, ClusterRoot>, name: string, sources: GitSources) => {
    const root = roots.get(name);
    return root === undefined ? undefined : new ClusterEvaluation(root, sources);
  };
  const found = new Map<string, Comparison>(
    names.map((name) => [
      name,
      { before: evaluation(olds, name, before), after: evaluation(nows, name, after) },
    ]),
  );
  const open = new Set(names);
  const step = (name: string) => {
    const state = found.get(name)!;
    state.now ??= state.after?.result();
    // What all of it is made of is the same before: so is what it makes.
    if (state.now !== undefined && olds.has(name) && refsAgree && sameInputs(state.now, before)) {
      open.delete(name);
      return;
    }
    state.old ??= state.before?.result();
    if (state.old !== undefined && state.now !== undefined && state.again === undefined) {
      const fails = failsAnew(state.old, state.now);
      state.again = fails ? new ClusterEvaluation(nows.get(name)!, after, state.old) : state.after!;
    }
    if (state.again !== undefined) state.now = state.again.result();
    if (!same || state.old?.key !== state.now?.key) state.impact = clusterImpact(name, state.old, state.now);
    open.delete(name);
  };
  await objects.prefetch(foldersOf(names, [olds, before], [nows, after]));
  await objects.settle(() => {
    forEachOrPending([...open], step);
  }, options.artifacts?.settle);
  for (const state of found.values()) {
    const { old, now, impact } = state;
    if (old === undefined || now === undefined || impact === undefined) continue;
    const ruled = await objects.settle(() => ruledChanges(impact, old, now), options.artifacts?.settle);
    state.impact = await withTransitions(impact, ruled);
  }
  if (options.charts !== undefined) await renderCharts(objects, found, options.charts, options);
  const states = [...found.values()];
  return {
    impacts: states.flatMap(({ impact }) => impact ?? []),
    after: states.flatMap(({ now }) => now ?? []),
  };
}

/** Tells as well what charts make of the change. */
async function renderCharts(
  objects: GitObjects,
  found: ReadonlyMap<string, Comparison>,
  charts: Charts,
  { artifacts }: ReviewOptions,
): Promise<void> {
  await charts.check();
  for (const [name, state] of found) {
    // Only what came to be compared can differ.
    if (state.impact === undefined) continue;
    const [before, after] = await objects.settle(
      () => forBoth([state.old, state.now], releasesOf),
      artifacts?.settle,
    );
    state.impact = await withCharts(name, state.impact, before, after, charts);
  }
}

/** The trees of the clusters' own folders: all of them is read anyway. */
function foldersOf(
  names: readonly string[],
  ...sides: readonly [roots: ReadonlyMap<string, ClusterRoot>, sources: GitSources][]
): Set<string> {
  const folders = new Set<string>();
  for (const [roots, { root: tree }] of sides)
    for (const name of names) {
      const root = roots.get(name);
      const entry = root === undefined ? undefined : tree.entry(root.path);
      if (entry !== undefined) folders.add(entry.id);
    }
  return folders;
}

/** Whether all that a cluster's Kustomizations read of the tree under review is the same in another tree. */
function sameInputs({ units }: EffectiveCluster, other: GitSources): boolean {
  for (const unit of units.values()) if (!unit.sameIn(other.root)) return false;
  return true;
}

interface Comparison {
  readonly before: ClusterEvaluation | undefined;
  readonly after: ClusterEvaluation | undefined;
  /** Of the cluster after the change: anew where a Kustomization of it fails. */
  again?: ClusterEvaluation | undefined;
  old?: EffectiveCluster | undefined;
  now?: EffectiveCluster | undefined;
  impact?: ClusterImpact | undefined;
}

function forBoth<A, B>(items: readonly [A, A], visit: (item: A) => B): [B, B] {
  const results: B[] = [];
  forEachOrPending([0, 1] as const, (index) => {
    results[index] = visit(items[index]);
  });
  return results as [B, B];
}

async function findSides(git: Git, { base, head }: ReviewOptions): Promise<[NamedRevision, NamedRevision]> {
  const [old, now] = await Promise.all([
    base === undefined ? defaultBase(git) : { revision: await mergeBase(git, base, head), name: base },
    head === undefined ? workingTree(git) : { revision: head, name: head },
  ]);
  return [old, now];
}

/** Where the change began: what the base got since is not its doing. */
async function mergeBase(git: Git, base: string, head = "HEAD"): Promise<string> {
  if ((await git.commit(base)) === undefined) throw unknownRevision(base);
  return (await git.try(["merge-base", base, head])) ?? base;
}

async function defaultBase(git: Git): Promise<NamedRevision> {
  for (const name of ["origin/main", "main", "origin/master", "master"]) {
    const revision = await git.try(["merge-base", name, "HEAD"]);
    if (revision !== undefined) return { revision, name };
  }
  const shallow = (await git.try(["rev-parse", "--is-shallow-repository"])) === "true";
  throw new UserError({
    where: git.root,
    message: shallow
      ? "the clone is shallow and does not have what the current branch began with"
      : "there is no main or master branch to compare with",
    remedy: shallow
      ? "git fetch --unshallow, or fetch-depth: 0 in CI"
      : "name what to compare with: --base REF",
  });
}

const withTag = (refs: Refs, tag: string, sources: GitSources): Refs => ({
  ...refs,
  tags: new Map([...refs.tags, [tag, sources.root]]),
});
