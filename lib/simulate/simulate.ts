import type { ArtifactReader } from "../effective/artifacts.ts";
import type { EffectiveCluster } from "../effective/cluster.ts";
import { type OpenOptions, readClusters } from "../effective/open.ts";
import type { Sources } from "../effective/source.ts";
import type { Tree } from "../flux/tree.ts";
import type { Git } from "../git/git.ts";
import { GitObjects } from "../git/objects.ts";
import { type KubernetesVersion, newestKubernetes } from "../flux/schema-files.ts";
import { nearestKubernetes } from "../check/fleet.ts";
import { fluxName } from "./world.ts";
import { courseOf } from "./course.ts";
import { type Latencies, slowest, usual } from "./latencies.ts";
import { type Outcome, outcomesOf } from "./outcome.ts";
import { type Restarts, restartsOf } from "./restarts.ts";
import type { Simulation } from "./simulation.ts";
import type { Assumption } from "./knowledge.ts";
import { findTarget } from "./target.ts";
import { type Trouble, troublesOf } from "./trouble.ts";

/** What to simulate. */
export interface SimulateOptions {
  /** The names of the clusters. @default all */
  readonly clusters?: readonly string[];
  /** Folders that clusters sync, in a repository that Sluice did not make. @default manifests/clusters/* */
  readonly paths?: readonly string[];
  /** The revision. @default the working tree */
  readonly head?: string;
  /** A revision that the clusters run before: then what the change sets in motion is simulated. */
  readonly base?: string;
  /** What is to fail: `apps`, `flux-system/apps`, `HelmRelease apps/web`. */
  readonly fail?: string;
  /** What something outside of git makes: `ConfigMap flux-system/facts`. */
  readonly given?: readonly string[];
  /** Reads releases that the clone does not have. @default they are told to be missing */
  readonly artifacts?: ArtifactReader;
}

/** An outcome with the times of both courses. */
export interface TimedOutcome extends Outcome {
  /** Seconds until it is Ready where all that has a timeout takes that long, and then succeeds. */
  readonly readyAtLatest: number | undefined;
}

/** What becomes of one cluster. */
export interface SimulatedCluster {
  readonly cluster: string;
  /** The minor version whose API was taken. */
  readonly kubernetes: KubernetesVersion;
  /** In the order in which they become Ready. */
  readonly outcomes: readonly TimedOutcome[];
  readonly troubles: readonly Trouble[];
  /** Objects that several Kustomizations apply, which overwrite one another. */
  readonly contested: readonly { readonly object: string; readonly units: readonly string[] }[];
  readonly assumptions: readonly Assumption[];
  /** What was told to fail, and what it stops that is Ready otherwise. */
  readonly failure:
    { readonly id: string; readonly stops: readonly string[]; readonly unapplied: number } | undefined;
  /** What the change sets in motion. */
  readonly restarts: Restarts | undefined;
}

/**
 * Simulates Flux over the effective state of clusters, read from git. No cluster is needed.
 * @throws UserError where there is nothing to simulate, or what is named does not exist
 */
export async function simulateClusters(git: Git, options: SimulateOptions = {}): Promise<SimulatedCluster[]> {
  const { base, head, fail, given = [] } = options;
  const opened: OpenOptions = {
    ...(head === undefined ? {} : { head }),
    ...(options.paths === undefined ? {} : { paths: options.paths }),
    ...(options.clusters === undefined ? {} : { clusters: options.clusters }),
    ...(options.artifacts === undefined ? {} : { artifacts: options.artifacts }),
  };
  if (base === undefined)
    return readClusters(git, opened, (clusters, sources) => simulateAll(clusters, sources, { fail, given }));
  // Both revisions are read while the second is simulated.
  const objects = new GitObjects(git);
  try {
    const { clusters: _, ...everywhere } = opened;
    const before = await readClusters(git, { ...everywhere, head: base, objects }, (clusters, sources) => ({
      clusters,
      sources,
    }));
    return await readClusters(git, { ...opened, objects }, (clusters, sources) =>
      simulateAll(clusters, sources, { fail, given, before }),
    );
  } finally {
    objects.close();
  }
}

interface Inputs {
  readonly fail: string | undefined;
  readonly given: readonly string[];
  readonly before?: { readonly clusters: readonly EffectiveCluster[]; readonly sources: Sources };
}

/** @throws Pending */
function simulateAll(
  clusters: readonly EffectiveCluster[],
  sources: Sources,
  inputs: Inputs,
): SimulatedCluster[] {
  const failing = inputs.fail === undefined ? undefined : findTarget(clusters, inputs.fail);
  const affected =
    failing === undefined ? clusters : clusters.filter((cluster) => failing.clusters.includes(cluster));
  return affected.map((cluster) => simulateOne(cluster, sources, failing?.id, inputs));
}

/** @throws Pending */
function simulateOne(
  cluster: EffectiveCluster,
  sources: Sources,
  failing: string | undefined,
  { given, before }: Inputs,
): SimulatedCluster {
  const { name } = cluster.root;
  const kubernetes = kubernetesOf(name, sources.root);
  const old = before?.clusters.find(({ root }) => root.name === name);
  const course = (latencies: Latencies, fails: ReadonlySet<string>): Simulation =>
    courseOf(
      { cluster, sources },
      {
        kubernetes,
        given: new Set(given),
        latencies,
        failing: fails,
        ...(old === undefined ? {} : { before: { cluster: old, sources: before!.sources } }),
      },
    );
  const fails = new Set(failing === undefined ? [] : [failing]);
  const simulation = course(usual, fails);
  const late = course(slowest, fails);
  const outcomes = outcomesOf(simulation, cluster).map((outcome) => ({
    ...outcome,
    readyAtLatest: late.readyAt(outcome.id),
  }));
  return {
    cluster: name,
    kubernetes,
    outcomes,
    troubles: troublesOf(outcomes),
    contested: [...simulation.inventories.contested].map(([key, units]) => ({
      object: fluxName(simulation.world.objects.get(key)!.object),
      units: [...units].sort(),
    })),
    assumptions: simulation.knowledge.assumptions,
    failure:
      failing === undefined ? undefined : failureOf(failing, course(usual, new Set()), simulation, cluster),
    restarts:
      before === undefined
        ? undefined
        : restartsOf(
            simulation.world,
            simulation.world.events.slice(simulation.changedFrom.events),
            simulation.releases.slice(simulation.changedFrom.releases),
          ),
  };
}

function failureOf(
  id: string,
  healthy: Simulation,
  failing: Simulation,
  cluster: EffectiveCluster,
): NonNullable<SimulatedCluster["failure"]> {
  const stops = outcomesOf(healthy, cluster)
    .filter(
      (outcome) =>
        outcome.verdict === "ready" && outcome.id !== id && failing.readyAt(outcome.id) === undefined,
    )
    .map((outcome) => outcome.id);
  const unapplied = [...healthy.world.objects.keys()].filter((key) => !failing.world.objects.has(key)).length;
  return { id, stops, unapplied };
}

/** The minor version in a cluster's versions.yaml; the newest that there are schemas of for one without. @throws Pending */
function kubernetesOf(cluster: string, tree: Tree): KubernetesVersion {
  const text = tree.text(`clusters/${cluster}/versions.yaml`);
  const version = text === undefined ? undefined : /^kubernetes:\s*["']?(\d+\.\d+)/m.exec(text)?.[1];
  return version === undefined ? newestKubernetes : nearestKubernetes(version);
}
