import { type Cluster, collisions } from "../fleet/cluster.ts";
import { parseSandbox, printSandbox, type Sandbox } from "../fleet/sandbox.ts";
import { suggestion } from "../fleet/suggestion.ts";
import { type Problem, throwIfAny, UserError } from "../fleet/user-error.ts";
import { branchState } from "../git/branch-state.ts";
import { type FileContent, filesAt, treeWith } from "../git/commit-files.ts";
import type { Git } from "../git/git.ts";
import { fetchOther, type OtherRepository } from "../git/other-repository.ts";
import { inScratch } from "../git/scratch.ts";
import type { Blob } from "../git/three-way.ts";
import { type LoadedFleet, loadFleet, nameOfFolder } from "../synth/load.ts";
import { clustersFolder } from "../synth/paths.ts";
import { synthesise } from "../synth/synthesise.ts";
import { describingFiles, folderOf, sandboxFile } from "./describing.ts";
import type { OpenSandbox } from "./open.ts";

// Sandboxes whose source is in another repository: one with access rules of its own, such as production's. Its
// commits are fetched, so that the base of the clone is a commit that this repository has too.

/** A cluster of another repository, at the newest commit of its main branch. */
export interface OtherSource {
  readonly repository: OtherRepository;
  readonly commit: string;
  /** Below `clusters/`. */
  readonly folder: string;
  /** By path below the folder. */
  readonly files: ReadonlyMap<string, Blob>;
}

/** @param where what asks for it, for messages @throws UserError if there is no such cluster */
export async function findSource(
  git: Git,
  location: string,
  name: string,
  where = "--from",
): Promise<OtherSource> {
  const repository = await fetchOther(git, location);
  const commit = repository.branches.get(repository.main);
  const tree = commit === undefined ? new Map<string, Blob>() : await filesAt(git, commit, clustersFolder);
  const folder = folderOf(tree, name);
  if (commit === undefined || folder === undefined) {
    const names = [...tree.keys()].flatMap((path) => {
      const match = /^clusters\/(.+)\/cluster\.ts$/.exec(path);
      return match === null ? [] : [nameOfFolder(match[1]!)];
    });
    throw new UserError({
      where,
      message: `there is no cluster '${name}' with a folder of its own on ${repository.main} of ${repository.url}${suggestion(name, names)}`,
    });
  }
  return { repository, commit, folder, files: describingFiles(tree, folder) };
}

/**
 * The clone of a cluster of another repository: its describing files byte for byte, evaluated with what this
 * repository's definitions import by the same names.
 * @param head the commit that the clone is put upon
 */
export async function cloneAcross(
  git: Git,
  loaded: LoadedFleet,
  { folder, files: described }: OtherSource,
  name: string,
  sandbox: Sandbox,
  head: string,
): Promise<{
  cluster: Cluster;
  source: Cluster;
  files: Map<string, FileContent>;
  notices: readonly Problem[];
}> {
  const target = `${clustersFolder}/${name}`;
  const files = new Map<string, FileContent>();
  for (const [below, content] of described) files.set(`${target}/${below}`, content);
  files.set(`${target}/${sandboxFile}`, printSandbox(sandbox));
  return inScratch(git, await treeWith(git, head, files), async (scratch) => {
    const own = await loadFleet(scratch.folder, name);
    const cluster = own.clusters[0]!;
    throwIfAny(collisions([...loaded.clusters, cluster]));
    const manifests = await synthesise(own, { clustersOnly: true, git });
    for (const [path, text] of manifests.files) files.set(path, text);
    const source = { ...cluster, name: sandbox.from, folder, sandbox: undefined };
    return { cluster, source, files, notices: manifests.notices };
  });
}

/** A sandbox of another repository, for its return to this one. */
export interface SandboxElsewhere extends OpenSandbox {
  /** Its describing files there, by path below its folder. */
  readonly edited: ReadonlyMap<string, Blob>;
}

/**
 * Finds a sandbox of this repository's cluster in another repository, on the branch that its sandbox.yaml names.
 * @throws UserError with all that is in the way
 */
export async function openElsewhere(git: Git, name: string, location: string): Promise<SandboxElsewhere> {
  const { head, branch, problems } = await branchState(git);
  if (head === undefined) throwIfAny(problems);
  const other = await fetchOther(git, location);
  const path = `${clustersFolder}/${name}/${sandboxFile}`;
  for (const [at, commit] of other.branches) {
    const text = await git.show(commit, path);
    if (text === undefined) continue;
    const read = parseSandbox(text, `${at} of ${other.url}: ${path}`);
    if ("problems" in read) throw new UserError([...problems, ...read.problems]);
    const { sandbox } = read;
    // A branch made from the sandbox's has its files too.
    if (sandbox.branch !== at) continue;
    throwIfAny([...problems, ...(await strangerProblems(git, name, sandbox, other))]);
    const edited = describingFiles(await filesAt(git, commit, clustersFolder), name);
    const tree = await filesAt(git, head!, clustersFolder);
    return { name, folder: name, sandbox, head: head!, branch: branch!, tree, edited };
  }
  throw new UserError([
    ...problems,
    {
      where: name,
      message: `no branch of ${other.url} has a sandbox '${name}' that follows it`,
      remedy: "push the sandbox's branch there first",
    },
  ]);
}

async function strangerProblems(
  git: Git,
  name: string,
  { base, from, repository }: Sandbox,
  other: OtherRepository,
): Promise<Problem[]> {
  if (repository === undefined)
    return [
      {
        where: name,
        message: `is a clone of ${from} of its own repository, ${other.url}`,
        remedy: `return it there: sluice sandbox return ${name}`,
      },
    ];
  // Fetched commits are objects of this clone too: that it has one does not make it one of this repository's.
  if ((await git.try(["merge-base", "--is-ancestor", base, "HEAD"])) !== undefined) return [];
  return [
    {
      where: name,
      message: `the commit that it was cloned at, ${base.slice(0, 10)}, is not in the history of the branch that is checked out`,
      remedy: `it is a clone of ${from} of ${repository}: run this in an up-to-date branch of that`,
    },
  ];
}
