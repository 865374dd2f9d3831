import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Cluster, collisions, mainBranch } from "../fleet/cluster.ts";
import type { SandboxPurpose } from "../fleet/environment-types.ts";
import type { ClusterDefinition, ClusterTable } from "../fleet/fleet.ts";
import { clusterNameProblem } from "../fleet/names.ts";
import type { Provider } from "../fleet/providers.ts";
import { printSandbox, type Sandbox } from "../fleet/sandbox.ts";
import { unknownCluster } from "../fleet/suggestion.ts";
import { branchProblem } from "../fleet/tracks.ts";
import { type Problem, throwIfAny } from "../fleet/user-error.ts";
import { commitTree, type FileContent, filesAt, switchToNewBranch, treeWith } from "../git/commit-files.ts";
import type { Git } from "../git/git.ts";
import { changesInTheWay } from "../git/clean.ts";
import { evaluate, type LoadedFleet, loadFleet, nameOfFolder } from "../synth/load.ts";
import { clusterFolder, clustersFolder } from "../synth/paths.ts";
import { synthesise } from "../synth/synthesise.ts";
import { cloneAcross, findSource } from "./across.ts";
import { describingFiles } from "./describing.ts";
import { parseExpiry, toSecond } from "./expiry.ts";
import type { Steps } from "./steps.ts";

/** What a new sandbox is to be. */
export interface SandboxRequest {
  readonly name: string;
  /** The cluster to clone. */
  readonly from: string;
  /** The repository that it is in, where that is another: a URL, or the folder of a clone. */
  readonly repository?: string;
  /** The branch to make. */
  readonly branch: string;
  readonly purpose: SandboxPurpose;
  /** A duration or a date. See {@link parseExpiry}. */
  readonly expires: string;
  /** @default git's user.email */
  readonly owner?: string;
  /** @default the source's provider */
  readonly provider?: Provider;
}

/** A request that was checked, with all that is needed to carry it out. */
export interface SandboxPlan {
  readonly cluster: Cluster;
  readonly source: Cluster;
  readonly sandbox: Sandbox;
  /** The commit that it is put upon. */
  readonly parent: string;
  /** The files of the commit, by path. */
  readonly files: ReadonlyMap<string, FileContent>;
  /** What could not be checked. */
  readonly notices: readonly Problem[];
}

/** A sandbox that was made, or would be. */
export interface CreatedSandbox extends SandboxPlan {
  /** The commit that made it, now HEAD. */
  readonly commit?: string;
}

/**
 * Clones a cluster: makes the branch, with one commit that holds the describing files byte for byte, a
 * sandbox.yaml and the manifests, and switches to it, in one step. Until then nothing has changed.
 */
export function createSandbox(git: Git, request: SandboxRequest, now: Date): Steps<CreatedSandbox> {
  const { name, from, branch } = request;
  let plan: SandboxPlan | undefined;
  let commit: string | undefined;
  let made = false;
  return {
    plan: [{ title: `Clone ${from}`, run: async () => void (plan = await planSandbox(git, request, now)) }],
    act: [
      {
        title: "Commit",
        run: async () => {
          const { sandbox, files, parent } = plan!;
          const message = `Create sandbox ${name} from ${from}\n\nPurpose: ${sandbox.purpose}\nOwner: ${sandbox.owner}\nExpires: ${sandbox.expires}\n`;
          const tree = await treeWith(git, parent, files);
          commit = await commitTree(git, tree, [parent], message);
        },
      },
      {
        title: "Make the branch and switch to it",
        run: async () => {
          await switchToNewBranch(git, branch, commit!);
          made = true;
        },
      },
    ],
    outcome: () => ({ ...plan!, ...(made ? { commit: commit! } : {}) }),
  };
}

/**
 * Checks a request and makes everything in memory: nothing is changed.
 * @throws UserError with all that is in the way
 */
async function planSandbox(git: Git, request: SandboxRequest, now: Date): Promise<SandboxPlan> {
  const { root } = git;
  const { name, from, branch, purpose, provider, repository } = request;
  const problems: Problem[] = [];
  const refuse = (where: string, message: string | undefined, remedy?: string) => {
    if (message !== undefined) problems.push({ where, message, ...(remedy === undefined ? {} : { remedy }) });
  };

  const base = await git.commit("HEAD");
  if (base === undefined)
    throwIfAny([
      { where: root, message: "the repository has no commit yet", remedy: "commit the fleet first" },
    ]);
  const dirty = await changesInTheWay(git);
  if (dirty !== undefined) problems.push(dirty);
  refuse("name", clusterNameProblem(name));
  const loaded = await loadFleet(root).catch((error: unknown) => {
    throwIfAny(problems);
    throw error;
  });
  const badBranch = branchProblem(branch);
  refuse("--branch", badBranch);
  if (badBranch === undefined && (await git.commit(`refs/heads/${branch}`)) !== undefined)
    refuse(
      "--branch",
      `the branch '${branch}' exists`,
      branch === mainBranch(loaded.fleet)
        ? "choose another"
        : `choose another, or delete it: git branch -D ${branch}`,
    );
  const owner = request.owner ?? (await git.try(["config", "user.email"]));
  if (owner === undefined || owner.trim() === "")
    refuse("--owner", "is missing, and git has no user.email", "give --owner NAME");
  const expiry = parseExpiry(request.expires, now);
  if ("problem" in expiry) refuse("--expires", expiry.problem);

  const source = loaded.clusters.find((cluster) => cluster.name === from);
  if (repository === undefined && source === undefined)
    refuse(
      "--from",
      unknownCluster(
        from,
        loaded.clusters.map((cluster) => cluster.name),
      ),
    );
  if (loaded.clusters.some((cluster) => cluster.name === name))
    refuse("name", `there is a cluster '${name}' already`);
  else if (existsSync(join(root, clustersFolder, name)))
    refuse("name", `the folder ${clustersFolder}/${name} exists already`);
  throwIfAny(problems);

  const other = repository === undefined ? undefined : await findSource(git, repository, from);
  const sandbox: Sandbox = {
    from,
    ...(other === undefined ? {} : { repository: other.repository.url }),
    base: other?.commit ?? base!,
    branch,
    purpose,
    owner: owner!,
    created: toSecond(now),
    expires: (expiry as { expires: string }).expires,
    ...(provider === undefined ? {} : { provider }),
  };
  throwIfAny(await leftovers(git, base!, name));
  const clone =
    other === undefined
      ? await cloneCluster(git, loaded, source!, name, sandbox)
      : await cloneAcross(git, loaded, other, name, sandbox, base!);
  return { ...clone, sandbox, parent: base! };
}

/** Manifests that would be taken for the new cluster's. */
async function leftovers(git: Git, commit: string, name: string): Promise<Problem[]> {
  return [...(await filesAt(git, commit, clusterFolder(name))).keys()].map((path) => ({
    where: path,
    message: "is left of an earlier cluster of this name",
    remedy: "remove it and commit, or choose another name",
  }));
}

/** The files of the clone, all in memory, and the cluster that they describe. */
async function cloneCluster(
  git: Git,
  loaded: LoadedFleet,
  source: Cluster,
  name: string,
  sandbox: Sandbox,
): Promise<Omit<SandboxPlan, "sandbox" | "parent">> {
  const { root } = git;
  const folder = `${clustersFolder}/${source.folder}`;
  const target = `${clustersFolder}/${name}`;
  const files = new Map<string, FileContent>();
  const inTable =
    nameOfFolder(source.folder) !== source.name || existsSync(join(root, folder, "clusters.ts"));
  for (const [below, content] of describingFiles(await filesAt(git, sandbox.base, folder), source.folder))
    files.set(`${target}/${below}`, content);
  if (inTable) files.set(`${target}/cluster.ts`, memberFile(source));
  else throwIfAny(await movedImports(git, source, name, files));
  files.set(`${target}/sandbox.yaml`, printSandbox(sandbox));

  const definition = await definitionOf(root, source, inTable);
  const versions = { ...source.versions, file: `${target}/versions.yaml` };
  const made = evaluate(root, {
    name,
    folder: name,
    definition,
    versions,
    sandbox,
    where: `${target}/cluster.ts`,
  });
  if ("problems" in made) throwIfAny(made.problems);
  const { cluster } = made as { cluster: Cluster };
  throwIfAny(collisions([...loaded.clusters, cluster]));
  const manifests = await synthesise({ ...loaded, clusters: [cluster] }, { clustersOnly: true, git });
  for (const [path, text] of manifests.files) files.set(path, text);
  return { cluster, source, files, notices: manifests.notices };
}

async function definitionOf(root: string, source: Cluster, inTable: boolean): Promise<ClusterDefinition> {
  const file = join(root, clustersFolder, source.folder, inTable ? "clusters.ts" : "cluster.ts");
  const module = (await import(pathToFileURL(file).href)) as { default: ClusterDefinition | ClusterTable };
  return module.default.sluice === "clusters" ? module.default.member(source.name) : module.default;
}

/** The cluster.ts of a clone of a table's member. */
export function memberFile(source: Pick<Cluster, "name" | "folder">): string {
  return `import table from "../${source.folder}/clusters.ts";\n\nexport default table.member(${JSON.stringify(source.name)});\n`;
}

/** Imports of a copied file that would lead elsewhere, as the copy is at another depth than its source. */
async function movedImports(
  git: Git,
  source: Cluster,
  name: string,
  files: ReadonlyMap<string, FileContent>,
): Promise<Problem[]> {
  if (source.folder.split("/").length === name.split("/").length) return [];
  const problems: Problem[] = [];
  for (const [path, content] of files) {
    if (!path.endsWith(".ts") || typeof content === "string") continue;
    const lines = (await git.run(["cat-file", "blob", content.blob])).split("\n");
    lines.forEach((line, index) => {
      const match = /(?:from|import)\s*\(?\s*["'](\.\.\/[^"']+)["']/.exec(line);
      if (match !== null)
        problems.push({
          where: `${clustersFolder}/${source.folder}/${path.slice(clustersFolder.length + name.length + 2)}:${index + 1}`,
          message: `'${match[1]}' would lead elsewhere from ${clustersFolder}/${name}`,
          remedy: `import by a name of package.json's "imports", such as #fleet, so that a copy of the file is valid in any folder`,
        });
    });
  }
  return problems;
}
