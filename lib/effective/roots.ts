import type { Tree } from "../flux/tree.ts";
import { joinPath } from "../flux/tree.ts";
import { manifestsFolder } from "../synth/paths.ts";
import type { ClusterRoot } from "./cluster.ts";

/**
 * The clusters of a tree: the folders of `manifests/clusters`, or those that were named. @throws Pending
 * @param paths folders that clusters sync, for a repository that Sluice did not make
 */
export function clusterRoots(tree: Tree, paths: readonly string[] = []): ClusterRoot[] {
  if (paths.length > 0)
    return paths.flatMap((given) => {
      const path = joinPath("", given);
      if (path === undefined || tree.entry(path)?.kind !== "folder") return [];
      return [{ name: path === "" ? "." : path.split("/").at(-1)!, path }];
    });
  const folder = `${manifestsFolder}/clusters`;
  return (tree.list(folder) ?? [])
    .map((name) => ({ name, path: `${folder}/${name}` }))
    .filter(({ path }) => tree.entry(path)?.kind === "folder");
}
