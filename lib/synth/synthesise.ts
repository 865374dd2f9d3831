import { bundlesOf, collisions } from "../fleet/cluster.ts";
import type { Contract } from "../fleet/contract.ts";
import { type Problem, throwIfAny } from "../fleet/user-error.ts";
import type { Git } from "../git/git.ts";
import { currentContract, synthesiseBundle } from "./bundle.ts";
import { synthesiseCluster } from "./cluster.ts";
import type { Files } from "./files.ts";
import { sharedVersions } from "./image-updates.ts";
import { Synthesis } from "./folder.ts";
import type { LoadedFleet } from "./load.ts";
import { clusterFolder, manifestsFolder } from "./paths.ts";
import { checkContracts } from "./tracked-contracts.ts";

/** The manifests that a fleet's definitions give. */
export interface Manifests {
  readonly files: Files;
  /** The folders all of whose generated files these are. */
  readonly folders: readonly string[];
  /** What could not be checked. */
  readonly notices: readonly Problem[];
}

/** What to synthesise beside the loaded clusters. */
export interface SynthesisOptions {
  /** Only the clusters' folders, without the bundles'. */
  readonly clustersOnly?: boolean;
  /** Where the releases are that clusters track. */
  readonly git?: Git | undefined;
  /** Is told of every object: what its file says that it is from, its identity, and how to find where it was made. */
  readonly onObject?: Synthesis["onObject"];
}

/**
 * Turns definitions into manifests, in memory.
 * @throws UserError with everything that is wrong with them
 */
export async function synthesise(
  { root, fleet, clusters }: LoadedFleet,
  { clustersOnly = false, git, onObject }: SynthesisOptions = {},
): Promise<Manifests> {
  const synthesis = new Synthesis(root, onObject);
  const files = new Map<string, string>();
  synthesis.problems.push(...collisions(clusters));
  const contracts = new Map<string, Contract>();
  for (const [name, bundleClass] of bundlesOf(fleet)) {
    if (clustersOnly || fleet.artifacts.repository !== undefined)
      contracts.set(name, currentContract(synthesis, fleet, name, bundleClass));
    else {
      const bundle = synthesiseBundle(synthesis, fleet, name, bundleClass);
      contracts.set(name, bundle.contract);
      for (const [path, text] of bundle.files) files.set(path, text);
    }
  }
  const raising = clusters.filter((cluster) => synthesiseCluster(synthesis, cluster, files).raisesImages);
  synthesis.problems.push(...sharedVersions(raising, clusters));
  const { problems, notices } = await checkContracts(clusters, contracts, git);
  synthesis.problems.push(...problems);
  throwIfAny(synthesis.problems);
  return {
    files,
    folders: clustersOnly ? clusters.map(({ name }) => clusterFolder(name)) : [manifestsFolder],
    notices,
  };
}
