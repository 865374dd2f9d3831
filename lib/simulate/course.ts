import type { EffectiveCluster } from "../effective/cluster.ts";
import type { Sources } from "../effective/source.ts";
import { Simulation, type SimulationOptions } from "./simulation.ts";
import { ArtifactFinder, syncId } from "./source.ts";

/** A cluster at one revision, and what its sources have there. */
export interface ClusterAt {
  readonly cluster: EffectiveCluster;
  readonly sources: Sources;
}

/**
 * The whole course of a cluster: from nothing, or from what it was before a change, until nothing happens any more.
 * What is told to fail fails from the beginning, or from the change on. @throws Pending
 */
export function courseOf(
  { cluster, sources }: ClusterAt,
  { before, ...options }: SimulationOptions & { readonly before?: ClusterAt },
): Simulation {
  const finder = finderOf(cluster, sources);
  if (before === undefined) return new Simulation(cluster, finder, options).run();
  const { failing, ...healthy } = options;
  const simulation = new Simulation(before.cluster, finderOf(before.cluster, before.sources), healthy).run();
  simulation.change(cluster, finder, failing);
  return simulation.run();
}

const finderOf = (cluster: EffectiveCluster, sources: Sources): ArtifactFinder =>
  new ArtifactFinder(sources, cluster.sources.get(syncId));
