import { type Problem, throwIfAny, UserError } from "../fleet/user-error.ts";
import { filesAt, treeWith } from "../git/commit-files.ts";
import type { Git } from "../git/git.ts";
import type { Blob } from "../git/three-way.ts";
import { loadFleet } from "../synth/load.ts";
import { clustersFolder } from "../synth/paths.ts";
import { memberFile } from "./create.ts";
import { describingFiles, folderOf } from "./describing.ts";
import type { OpenSandbox } from "./open.ts";

/** Where a cluster is described. */
export interface ClusterPlace {
  readonly name: string;
  /** Below `clusters/`: the table's, where it is a row of one. */
  readonly folder: string;
  /** Whether it is a row of a table. */
  readonly inTable: boolean;
}

/**
 * Finds where a cluster is described on the branch that is checked out.
 * @returns undefined where there is no such cluster
 */
export async function placeOfCluster(
  git: Git,
  tree: ReadonlyMap<string, unknown>,
  name: string,
): Promise<ClusterPlace | undefined> {
  const folder = folderOf(tree, name);
  if (folder !== undefined) return { name, folder, inTable: false };
  if (![...tree.keys()].some((path) => path.endsWith("/clusters.ts"))) return undefined;
  try {
    const row = (await loadFleet(git.root, name)).clusters[0];
    return row === undefined ? undefined : { name, folder: row.folder, inTable: true };
  } catch (error) {
    if (
      error instanceof UserError &&
      error.problems.some(({ message }) => message.includes("there is no cluster"))
    )
      return undefined;
    throw error;
  }
}

/** Why a sandbox's base cannot be read, or undefined. */
export async function baseProblem(git: Git, { name, sandbox }: OpenSandbox): Promise<Problem | undefined> {
  if ((await git.commit(sandbox.base)) !== undefined) return undefined;
  const { repository } = sandbox;
  // Of another repository all is fetched.
  const shallow =
    repository === undefined && (await git.try(["rev-parse", "--is-shallow-repository"])) === "true";
  return {
    where: name,
    message: `the commit that it was cloned at, ${sandbox.base.slice(0, 10)}, is not in this clone${shallow ? ": the clone is shallow" : ""}`,
    remedy: shallow
      ? "git fetch --unshallow, or fetch-depth: 0 in CI"
      : `git fetch ${repository ?? "origin"} ${sandbox.base}; if it is nowhere any more, set base in ${clustersFolder}/${name}/sandbox.yaml to the commit of the source that the sandbox has`,
  };
}

/** What a clone of a cluster at a commit has as its describing files. @throws UserError where it was not there */
export async function cloneFiles(
  git: Git,
  commit: string,
  { name, folder, inTable }: ClusterPlace,
): Promise<Map<string, Blob>> {
  const tree = await filesAt(git, commit, clustersFolder);
  // Its folder may have another name by now.
  const files = describingFiles(tree, inTable ? folder : (folderOf(tree, name) ?? folder));
  if (inTable) files.set("cluster.ts", await textBlob(git, memberFile({ name, folder })));
  if (files.size === 0)
    throwIfAny([
      {
        where: `${clustersFolder}/${folder}`,
        message: `at ${commit.slice(0, 10)} there was no cluster ${name}`,
        remedy: "from and base in sandbox.yaml say what the sandbox is a clone of",
      },
    ]);
  return files;
}

/** A text as a blob of the repository. */
export async function textBlob(git: Git, text: string): Promise<Blob> {
  return { mode: "100644", blob: await git.run(["hash-object", "-w", "--stdin"], { input: text }) };
}

/** A tree in which a folder holds these describing files. */
export async function treeDescribing(
  git: Git,
  base: string,
  changes: ReadonlyMap<string, Blob | undefined>,
): Promise<string> {
  return changes.size === 0 ? git.run(["rev-parse", `${base}^{tree}`]) : treeWith(git, base, changes);
}
