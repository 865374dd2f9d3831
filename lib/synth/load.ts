import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { bundlesOf, type Cluster, makeCluster } from "../fleet/cluster.ts";
import type { ClusterDefinition, ClusterTable, Fleet } from "../fleet/fleet.ts";
import { promotionProblems } from "../fleet/promotion.ts";
import { verificationProblems } from "../fleet/verification.ts";
import { parseSandbox, type Sandbox } from "../fleet/sandbox.ts";
import { unknownCluster } from "../fleet/suggestion.ts";
import { type Problem, throwIfAny, UserError } from "../fleet/user-error.ts";
import { parseVersions, type Versions } from "../fleet/versions.ts";
import { Synthesis } from "./folder.ts";
import { clustersFolder } from "./paths.ts";

/** A cluster's or a table's folder. */
interface Found {
  /** Relative to `clusters/`, with `/`. */
  readonly folder: string;
  /** cluster.ts, or clusters.ts of a table. */
  readonly file: "cluster.ts" | "clusters.ts";
}

/** A fleet as its repository defines it. */
export interface LoadedFleet {
  /** The repository's root. */
  readonly root: string;
  readonly fleet: Fleet;
  /** By name. */
  readonly clusters: readonly Cluster[];
}

/** The name of a folder's cluster: folders may nest, the name joins them. */
export const nameOfFolder = (folder: string): string => folder.replaceAll("/", "-");

/**
 * Loads a fleet: `clusters/fleet.ts`, and every folder below `clusters` that holds a cluster.ts or clusters.ts.
 * @param only the name of the one cluster to load
 * @param versions texts to read in place of versions.yaml files, by path relative to the root: what would be
 * @throws UserError with every problem of every definition
 */
export async function loadFleet(
  root: string,
  only?: string,
  versions: ReadonlyMap<string, string> = new Map(),
): Promise<LoadedFleet> {
  const fleet = await loadFleetDefinition(root);
  const problems: Problem[] = [...promotionProblems(fleet), ...verificationProblems(fleet.artifacts.verify)];
  const clusters: Cluster[] = [];
  const seen = new Map<string, string>();
  const found = findClusters(root).filter(
    ({ folder, file }) => only === undefined || file === "clusters.ts" || nameOfFolder(folder) === only,
  );
  const modules = await Promise.all(found.map(({ folder, file }) => importDefinition(root, folder, file)));
  found.forEach(({ folder, file }, index) => {
    const where = `${clustersFolder}/${folder}/${file}`;
    const result = modules[index]!;
    if ("problem" in result) {
      problems.push(result.problem);
      return;
    }
    const { definition } = result;
    const names = definition.sluice === "clusters" ? definition.names : [nameOfFolder(folder)];
    if (only !== undefined && !names.includes(only)) return;
    const parsed = readVersions(root, folder, fleet, versions);
    const sandbox = readSandbox(root, folder);
    for (const part of [parsed, sandbox]) if ("problems" in part) problems.push(...part.problems);
    if ("problems" in parsed || "problems" in sandbox) return;
    for (const name of only === undefined ? names : [only]) {
      const other = seen.get(name);
      if (other !== undefined)
        problems.push({
          where,
          message: `cluster '${name}' is also defined in ${other}`,
          remedy: "rename one of the folders",
        });
      seen.set(name, where);
      const made = evaluate(root, {
        name,
        folder,
        definition: definition.sluice === "clusters" ? definition.member(name) : definition,
        ...parsed,
        ...sandbox,
        where,
      });
      if ("problems" in made) problems.push(...made.problems);
      else clusters.push(made.cluster);
    }
  });
  throwIfAny(problems);
  if (only !== undefined && clusters.length === 0)
    throw new UserError({ message: unknownCluster(only, folderNames(root)) }, 2);
  clusters.sort((a, b) => (a.name < b.name ? -1 : 1));
  return { root, fleet, clusters };
}

/** The names of the clusters that have a folder of their own, without loading any. */
export function folderNames(root: string): string[] {
  return findClusters(root).map(({ folder }) => nameOfFolder(folder));
}

/** `clusters/fleet.ts`, without any cluster. */
export async function loadFleetDefinition(root: string): Promise<Fleet> {
  const file = join(root, clustersFolder, "fleet.ts");
  if (!existsSync(file))
    throw new UserError({
      where: root,
      message: "there is no clusters/fleet.ts here",
      remedy: "run this in a fleet's repository, or begin one: docs/tutorials/first-fleet.md",
    });
  let module: { fleet?: Fleet };
  try {
    module = (await import(pathToFileURL(file).href)) as typeof module;
  } catch (error) {
    throw new UserError(new Synthesis(root).thrown(error, `${clustersFolder}/fleet.ts`));
  }
  if (typeof module.fleet !== "object")
    throw new UserError({
      where: `${clustersFolder}/fleet.ts`,
      message: "it does not export 'fleet'",
      remedy: "export const { fleet, defineCluster, defineClusters } = defineFleet({ … })",
    });
  return module.fleet;
}

/** Runs a definition. What it throws is a problem at its own line. */
export function evaluate(
  root: string,
  parts: Parameters<typeof makeCluster>[0],
): ReturnType<typeof makeCluster> {
  try {
    return makeCluster(parts);
  } catch (error) {
    return { problems: [new Synthesis(root).thrown(error, parts.where)] };
  }
}

function findClusters(root: string): Found[] {
  const found: Found[] = [];
  const visit = (folder: string) => {
    const entries = readdirSync(join(root, clustersFolder, folder), { withFileTypes: true });
    for (const file of ["cluster.ts", "clusters.ts"] as const)
      if (entries.some((entry) => entry.name === file && entry.isFile())) found.push({ folder, file });
    for (const entry of entries)
      if (entry.isDirectory() && entry.name !== "node_modules")
        visit(folder === "" ? entry.name : `${folder}/${entry.name}`);
  };
  visit("");
  return found.filter(({ folder }) => folder !== "").sort((a, b) => (a.folder < b.folder ? -1 : 1));
}

async function importDefinition(
  root: string,
  folder: string,
  file: Found["file"],
): Promise<{ definition: ClusterDefinition | ClusterTable } | { problem: Problem }> {
  const path = join(root, clustersFolder, folder, file);
  const where = relative(root, path);
  try {
    const module = (await import(pathToFileURL(path).href)) as { default?: ClusterDefinition | ClusterTable };
    const wanted = file === "cluster.ts" ? "cluster" : "clusters";
    if (module.default?.sluice === wanted) return { definition: module.default };
    return {
      problem: {
        where,
        message: `its default export is not made by ${wanted === "cluster" ? "defineCluster" : "defineClusters"}`,
      },
    };
  } catch (error) {
    return { problem: new Synthesis(root).thrown(error, where) };
  }
}

function readText(root: string, path: string): string | undefined {
  const file = join(root, path);
  return existsSync(file) && statSync(file).isFile() ? readFileSync(file, "utf8") : undefined;
}

function readVersions(
  root: string,
  folder: string,
  fleet: Fleet,
  instead: ReadonlyMap<string, string>,
): { versions: Versions } | { problems: Problem[] } {
  const file = `${clustersFolder}/${folder}/versions.yaml`;
  const text = instead.get(file) ?? readText(root, file);
  if (text === undefined)
    return {
      problems: [
        {
          where: file,
          message: "is missing",
          remedy: 'write what the cluster runs into it, beginning with: kubernetes: "1.35"',
        },
      ],
    };
  return parseVersions(
    text,
    file,
    bundlesOf(fleet).map(([name]) => name),
  );
}

function readSandbox(
  root: string,
  folder: string,
): { sandbox: Sandbox | undefined } | { problems: Problem[] } {
  const file = `${clustersFolder}/${folder}/sandbox.yaml`;
  const text = readText(root, file);
  return text === undefined ? { sandbox: undefined } : parseSandbox(text, file);
}
