import { nameOfFolder } from "../synth/load.ts";
import { clusterFolder, clustersFolder } from "../synth/paths.ts";

/** Files by path. What a content is, only who reads it has to know. */
export type Tree<C> = ReadonlyMap<string, C>;

/** The file that holds what is a sandbox's own. */
export const sandboxFile = "sandbox.yaml";

/** The folder below `clusters/` that a cluster has of its own, or undefined: a row of a table has none. */
export function folderOf<C>(tree: Tree<C>, name: string): string | undefined {
  for (const path of tree.keys()) {
    const match = /^clusters\/(.+)\/cluster\.ts$/.exec(path);
    if (match !== null && nameOfFolder(match[1]!) === name) return match[1]!;
  }
  return undefined;
}

/**
 * The files that describe the cluster of a folder, by their path in it: all but what is a sandbox's own, and what
 * belongs to the clusters that are nested in the folder. The versions alone, where the folder holds a table:
 * its rows are not one cluster's.
 * @param folder below `clusters/`
 */
export function describingFiles<C>(tree: Tree<C>, folder: string): Map<string, C> {
  const prefix = `${clustersFolder}/${folder}/`;
  const isTable = tree.has(`${prefix}clusters.ts`);
  const files = new Map<string, C>();
  for (const [path, content] of tree) {
    if (!path.startsWith(prefix)) continue;
    const below = path.slice(prefix.length);
    if (isTable ? below === "versions.yaml" : below !== sandboxFile && !isNested(tree, prefix, below))
      files.set(below, content);
  }
  return files;
}

/** Whether a file is in the folder of a cluster, or of a table, that is nested in another's. */
function isNested<C>(tree: Tree<C>, prefix: string, below: string): boolean {
  const parts = below.split("/").slice(0, -1);
  return parts.some((_, index) =>
    ["cluster.ts", "clusters.ts"].some((file) =>
      tree.has(`${prefix}${[...parts.slice(0, index + 1), file].join("/")}`),
    ),
  );
}

/** What has to change so that a folder holds these describing files and no others; undefined is a file to remove. */
export function describedBy<C>(
  tree: Tree<C>,
  folder: string,
  files: Tree<C>,
  same: (a: C, b: C) => boolean = (a, b) => a === b,
): Map<string, C | undefined> {
  const changes = new Map<string, C | undefined>();
  const before = describingFiles(tree, folder);
  for (const [below, content] of files) {
    const old = before.get(below);
    if (old === undefined || !same(old, content))
      changes.set(`${clustersFolder}/${folder}/${below}`, content);
  }
  for (const below of before.keys())
    if (!files.has(below)) changes.set(`${clustersFolder}/${folder}/${below}`, undefined);
  return changes;
}

/**
 * What has to go with a cluster: its folder, but for the clusters nested in it, and its manifests.
 * @returns the paths, each undefined
 */
export function removalOf<C>(tree: Tree<C>, name: string, folder: string): Map<string, undefined> {
  const own = [...describingFiles(tree, folder).keys(), sandboxFile].map(
    (below) => `${clustersFolder}/${folder}/${below}`,
  );
  const manifests = `${clusterFolder(name)}/`;
  return new Map(
    [
      ...own.filter((path) => tree.has(path)),
      ...[...tree.keys()].filter((path) => path.startsWith(manifests)),
    ].map((path) => [path, undefined]),
  );
}

/** A tree with changes made to it. */
export function changed<C>(tree: Tree<C>, changes: Tree<C | undefined>): Map<string, C> {
  const result = new Map(tree);
  for (const [path, content] of changes)
    if (content === undefined) result.delete(path);
    else result.set(path, content);
  return result;
}
