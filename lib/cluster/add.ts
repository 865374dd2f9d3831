import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Cluster, collisions, mainBranch } from "../fleet/cluster.ts";
import type { Fleet } from "../fleet/fleet.ts";
import { clusterNameProblem } from "../fleet/names.ts";
import type { Provider } from "../fleet/providers.ts";
import { suggestion, unknownCluster } from "../fleet/suggestion.ts";
import type { Track } from "../fleet/tracks.ts";
import { type Problem, throwIfAny } from "../fleet/user-error.ts";
import { type Values, valueProblems, type Variables } from "../fleet/variables.ts";
import type { Git } from "../git/git.ts";
import { compareFiles, writeFiles } from "../synth/files.ts";
import { folderNames, loadFleet, nameOfFolder } from "../synth/load.ts";
import { clustersFolder } from "../synth/paths.ts";
import { synthesise } from "../synth/synthesise.ts";

/** What a new cluster is to be. */
export interface NewCluster {
  /** Its folder below `clusters/`; the name joins the parts. */
  readonly folder: string;
  /** Name of one of the fleet's environment types. */
  readonly type: string;
  readonly provider: Provider;
  /** `variable=value`, for the platform. */
  readonly set: readonly string[];
  /** The cluster whose versions of Kubernetes and the platform it begins with. */
  readonly like?: string;
  /** What the platform tracks. @default the type's track, else that of `like` */
  readonly track?: Track;
}

/** The hand-written files of a new cluster, by path. */
export type NewFiles = ReadonlyMap<string, string>;

/**
 * Composes the files of a new cluster of a type, in memory.
 * @throws UserError with all that is wrong with the request
 */
export async function planCluster(root: string, request: NewCluster): Promise<NewFiles> {
  const { folder, type, provider, set, like } = request;
  const { fleet, clusters } = await loadFleet(root);
  const problems: Problem[] = [];
  const refuse = (where: string, message: string) => problems.push({ where, message });
  const name = nameOfFolder(folder);
  const bad =
    folder
      .split("/")
      .map(clusterNameProblem)
      .find((problem) => problem !== undefined) ?? clusterNameProblem(name);
  if (bad !== undefined) refuse("name", bad);
  else if (folderNames(root).includes(name) || clusters.some((cluster) => cluster.name === name))
    refuse("name", `there is a cluster '${name}' already`);
  else if (existsSync(join(root, clustersFolder, folder)))
    refuse("name", `the folder ${clustersFolder}/${folder} exists already`);
  const environment = fleet.types[type];
  if (environment === undefined)
    refuse("--type", `there is no environment type '${type}'${suggestion(type, Object.keys(fleet.types))}`);
  const source = like === undefined ? undefined : clusters.find((cluster) => cluster.name === like);
  if (like !== undefined && source === undefined)
    refuse(
      "--like",
      unknownCluster(
        like,
        clusters.map((cluster) => cluster.name),
      ),
    );
  const values = readValues(fleet.platform.variables, set, (message) => refuse("--set", message));
  for (const { message, remedy } of valueProblems(fleet.platform.variables, values))
    problems.push({
      where: "--set",
      message,
      ...(remedy === undefined ? {} : { remedy: "give it: --set variable=value" }),
    });
  throwIfAny(problems);
  const sources = source?.bundles[0]?.track;
  // A type without a track of its own is pinned: a branch that the likened cluster follows is no pin.
  const track =
    request.track ??
    environment!.track ??
    (sources !== undefined && "branch" in sources ? undefined : sources);
  if (track === undefined)
    throwIfAny([
      {
        where: "--type",
        message: `clusters of type '${type}' are pinned in versions.yaml, and nothing says to what`,
        remedy: "say it: --track tag:1.4.2, or --like a cluster that tracks releases",
      },
    ]);
  const path = `${clustersFolder}/${folder}`;
  return new Map([
    [`${path}/cluster.ts`, clusterText(name, type, provider, values)],
    [`${path}/versions.yaml`, versionsText(fleet, root, folder, track!, source, newestKubernetes(clusters))],
  ]);
}

/** A cluster that was added. */
export interface AddedCluster {
  /** The files that were written, hand-written ones first. */
  readonly files: readonly string[];
  /** What could not be checked. */
  readonly notices: readonly Problem[];
}

/**
 * Writes the files of a new cluster and its manifests: all of them, or none.
 * @throws UserError if the definition does not hold
 */
export async function addCluster(root: string, files: NewFiles, git: Git | undefined): Promise<AddedCluster> {
  const folder = dirname([...files.keys()][0]!);
  writeFolder(root, folder, files);
  try {
    const loaded = await loadFleet(root);
    throwIfAny(collisions(loaded.clusters));
    const name = nameOfFolder(folder.slice(clustersFolder.length + 1));
    const clusters = loaded.clusters.filter((cluster) => cluster.name === name);
    const manifests = await synthesise({ ...loaded, clusters }, { clustersOnly: true, git });
    const difference = compareFiles(root, manifests.folders, manifests.files);
    writeFiles(root, manifests.files, difference);
    return {
      files: [...files.keys(), ...difference.added, ...difference.changed],
      notices: manifests.notices,
    };
  } catch (error) {
    rmSync(join(root, folder), { recursive: true });
    throw error;
  }
}

/** Writes a new folder in one step. */
function writeFolder(root: string, folder: string, files: NewFiles): void {
  const parent = join(root, dirname(folder));
  mkdirSync(parent, { recursive: true });
  const draft = mkdtempSync(join(parent, ".new-cluster-"));
  try {
    for (const [path, text] of files) writeFileSync(join(draft, path.slice(folder.length + 1)), text);
    renameSync(draft, join(root, folder));
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    throw error;
  }
}

function readValues(variables: Variables, set: readonly string[], refuse: (message: string) => void): Values {
  const values: Record<string, string | number | boolean> = {};
  for (const assignment of set) {
    const split = assignment.indexOf("=");
    const name = assignment.slice(0, Math.max(split, 0));
    const text = assignment.slice(split + 1);
    const type = Object.hasOwn(variables, name) ? variables[name]!.type : "text";
    if (split < 1) refuse(`'${assignment}' is not variable=value`);
    else if (type === "boolean" && (text === "true" || text === "false")) values[name] = text === "true";
    else if (type === "number" && text.trim() !== "" && Number.isFinite(Number(text)))
      values[name] = Number(text);
    else values[name] = text;
  }
  return values;
}

function clusterText(name: string, type: string, provider: Provider, values: Values): string {
  const { kind, ...options } = provider;
  const argument =
    Object.keys(options).length === 0
      ? ""
      : `{ ${Object.entries(options)
          .map(([key, value]) => `${key}: ${JSON.stringify(value)}`)
          .join(", ")} }`;
  // The cluster's own name becomes a function of its identity, so that a copy of the file is a valid other cluster.
  const text = (value: string) =>
    value.includes(name)
      ? `\`${value.replaceAll(/[`\\]|\$\{/g, "\\$&").replaceAll(name, "${name}")}\``
      : JSON.stringify(value);
  const variables = Object.entries(values).map(
    ([key, value]) => `      ${key}: ${typeof value === "string" ? text(value) : String(value)},\n`,
  );
  const named = variables.some((line) => line.includes("${name}"));
  return `import { ${type} } from "#environment-types";
import { defineCluster } from "#fleet";
import { ${kind} } from "#sluice";

export default defineCluster((${named ? "{ name }" : ""}) => ({
  type: ${type},
  provider: ${kind}(${argument}),
  platform: {
    variables: {
${variables.join("")}    },
  },
}));
`;
}

function versionsText(
  fleet: Fleet,
  root: string,
  folder: string,
  track: Track,
  source: Cluster | undefined,
  kubernetes: string,
): string {
  const [kind, value] = Object.entries(track)[0]!;
  const own = "schemas/versions.schema.json";
  const schema = `${"../".repeat(folder.split("/").length + 1)}${existsSync(join(root, own)) ? own : `node_modules/sluice/${own}`}`;
  return `# yaml-language-server: $schema=${schema}
kubernetes: "${source?.versions.kubernetes ?? kubernetes}"
platform:
  ${kind}: ${value === mainBranch(fleet) || /^\d+\.\d+\.\d+$/.test(value) ? value : JSON.stringify(value)}
`;
}

function newestKubernetes(clusters: readonly Cluster[]): string {
  const versions = clusters.map(({ versions: { kubernetes } }) => kubernetes);
  return versions.sort((a, b) => Number(b.split(".")[1]) - Number(a.split(".")[1]))[0] ?? "1.35";
}
