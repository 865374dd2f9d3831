import type { Tree } from "../flux/tree.ts";
import { joinPath } from "../flux/tree.ts";
import { manifestsFolder } from "../synth/paths.ts";
import type { ClusterRoot } from "./cluster.ts";

/**
 * The clusters of a tree: the folders of `manifests/clusters`, or those that were named, each
 * by its last part or, where that is not unique, by all of it. @throws Pending
 * @param paths folders that clusters sync, for a repository that Sluice did not make
 */
export function clusterRoots(tree: Tree, paths: readonly string[] = []): ClusterRoot[] {
  if (paths.length > 0) {
    const found = [...new Set(paths.map((given) => joinPath("", given)))].filter(
      (path) => path !== undefined,
    );
    const last = (path: string) => (path === "" ? "." : path.split("/").at(-1)!);
    return found
      .filter((path) => tree.entry(path)?.kind === "folder")
      .map((path) => {
        const unique = found.filter((other) => last(other) === last(path)).length === 1;
        return { name: unique ? last(path) : path, path };
      });
  }
  const folder = `${manifestsFolder}/clusters`;
  return (tree.list(folder) ?? [])
    .map((name) => ({ name, path: `${folder}/${name}` }))
    .filter(({ path }) => tree.entry(path)?.kind === "folder");
}
