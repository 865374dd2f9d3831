import type { ClusterRoot } from "../effective/cluster.ts";
import type { Unit } from "../effective/unit.ts";
import type { Tree } from "../flux/tree.ts";
import { clusterFolder, manifestsFolder } from "../synth/paths.ts";

const clustersPath = clusterFolder("").slice(0, -1);

/**
 * Tells of which clusters it is known, without reading them, that a change does not reach them. What Sluice
 * generates for a cluster reads that cluster's folder and bundles, never another cluster's: so where all bundles are
 * as they were, so is every cluster whose folder is. {@link strayReads} names what breaks that rule.
 * @throws Pending
 */
export function untouchedClusters(before: Tree, after: Tree): (root: ClusterRoot) => boolean {
  const bundles = (tree: Tree) =>
    JSON.stringify(
      (tree.list(manifestsFolder) ?? [])
        .map((name) => `${manifestsFolder}/${name}`)
        .filter((path) => path !== clustersPath)
        .map((path) => [path, tree.entry(path)?.id]),
    );
  if (bundles(before) !== bundles(after)) return () => false;
  return ({ path }) => before.entry(path)?.id === after.entry(path)?.id;
}

/** The folders that a Kustomization reads of the reviewed tree which are neither its cluster's own nor a bundle's. */
export function strayReads({ path: own }: ClusterRoot, unit: Unit): string[] {
  if (!own.startsWith(`${clustersPath}/`)) return [];
  const isBelow = (path: string, folder: string) => path === folder || path.startsWith(`${folder}/`);
  return unit
    .reads()
    .filter(
      (path) => !isBelow(path, own) && (!isBelow(path, manifestsFolder) || isBelow(path, clustersPath)),
    );
}
