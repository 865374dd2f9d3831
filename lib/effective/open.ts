import { unknownCluster } from "../fleet/suggestion.ts";
import { UserError } from "../fleet/user-error.ts";
import { forEachOrPending } from "../flux/tree.ts";
import { type Git, GitError } from "../git/git.ts";
import { GitObjects } from "../git/objects.ts";
import type { ArtifactReader } from "./artifacts.ts";
import { ClusterEvaluation, type EffectiveCluster, objectsOf } from "./cluster.ts";
import { GitSources, readRefs, type Refs } from "./git-sources.ts";
import { clusterRoots } from "./roots.ts";
import { type NamedRevision, workingTree } from "./working-tree.ts";

/** Which clusters of a repository to look at. */
export interface OpenOptions {
  /** The revision. @default the working tree */
  readonly head?: string;
  /** Folders that clusters sync, in a repository that Sluice did not make. @default manifests/clusters/* */
  readonly paths?: readonly string[];
  /** The names of the clusters. @default all */
  readonly clusters?: readonly string[];
  /** Whether a tag is taken to be there: to see what a range gave before a release was made. @default all are */
  readonly tags?: (name: string) => boolean;
  /** Reads releases that the clone does not have. @default they are told to be missing */
  readonly artifacts?: ArtifactReader;
  /** What reads git's objects, for who goes on reading afterwards and closes it. @default one of its own */
  readonly objects?: GitObjects;
}

/**
 * The effective state of a repository's clusters, every object of it built.
 * @throws UserError where there is nothing to look at
 */
export function openClusters(git: Git, options: OpenOptions = {}): Promise<EffectiveCluster[]> {
  return readClusters(git, options, (clusters) => clusters);
}

/**
 * The same for what has to read further from what the clusters' sources have.
 * @param read may throw Pending, and then is called again
 * @throws UserError where there is nothing to look at
 */
export async function readClusters<T>(
  git: Git,
  options: OpenOptions,
  read: (clusters: EffectiveCluster[], sources: GitSources) => T,
): Promise<T> {
  const { head, paths = [], artifacts, tags } = options;
  const [refs, revision] = await Promise.all([
    readRefs(git).then((all) => (tags === undefined ? all : withTags(all, tags))),
    head === undefined ? workingTree(git).then(({ revision: tree }) => tree) : head,
  ]);
  const objects = options.objects ?? new GitObjects(git);
  try {
    const tree = await treeAt(objects, { revision, name: head ?? revision });
    const sources = new GitSources(objects, tree, refs, await mainBranchOf(git, refs), artifacts?.read);
    const all = await objects.settle(() => clusterRoots(sources.root, paths));
    if (all.length === 0) throw noClusters(git, paths);
    const roots =
      options.clusters === undefined ? all : all.filter(({ name }) => options.clusters!.includes(name));
    const known = new Set(all.map(({ name }) => name));
    for (const name of options.clusters ?? [])
      if (!known.has(name)) throw new UserError({ message: unknownCluster(name, known) }, 2);
    await objects.prefetch(roots.flatMap(({ path }) => sources.root.entry(path)?.id ?? []));
    const evaluations = roots.map((root) => new ClusterEvaluation(root, sources));
    return await objects.settle(() => {
      const clusters: EffectiveCluster[] = [];
      forEachOrPending(evaluations, (evaluation) => {
        const cluster = evaluation.result();
        objectsOf(cluster);
        clusters.push(cluster);
      });
      return read(clusters, sources);
    }, artifacts?.settle);
  } finally {
    if (options.objects === undefined) objects.close();
  }
}

function withTags(refs: Refs, isThere: (name: string) => boolean): Refs {
  return { ...refs, tags: new Map([...refs.tags].filter(([name]) => isThere(name))) };
}

/** The id of a revision's tree. @throws UserError where there is none */
export async function treeAt(objects: GitObjects, { revision, name }: NamedRevision): Promise<string> {
  let tree: string | undefined;
  try {
    tree = await objects.settle(() => objects.treeOf(revision));
  } catch (error) {
    // Some that git cannot resolve end it: HEAD@{99}.
    if (!(error instanceof GitError)) throw error;
  }
  if (tree === undefined) throw unknownRevision(name);
  return tree;
}

/** The branch that reviewed changes end up in. */
export async function mainBranchOf(git: Git, refs: Refs): Promise<string> {
  const head = await git.try(["symbolic-ref", "--short", "refs/remotes/origin/HEAD"]);
  if (head !== undefined) return head.replace(/^origin\//, "");
  return ["main", "master"].find((name) => refs.branches.has(name)) ?? "main";
}

export const unknownRevision = (name: string): UserError =>
  new UserError(
    {
      where: name,
      message: "is no revision of this clone",
      remedy: "see git branch --all, or fetch it: git fetch origin",
    },
    2,
  );

export const noClusters = (git: Git, paths: readonly string[] = []): UserError =>
  new UserError(
    paths.length > 0
      ? { where: git.root, message: `there is no folder ${paths.join(", ")}` }
      : {
          where: git.root,
          message: "there are no clusters in manifests/clusters",
          remedy:
            "run sluice synth and commit, or name the folder that Flux syncs: --path clusters/production",
        },
    2,
  );
