import { type Problem, throwIfAny, UserError } from "../fleet/user-error.ts";
import { commitOnNewBranch, type FileContent } from "../git/commit-files.ts";
import { changesInTheWay } from "../git/clean.ts";
import { type Git, GitError } from "../git/git.ts";
import { branchProblem } from "../fleet/tracks.ts";
import { compareFiles } from "../synth/files.ts";
import { type LoadedFleet, loadFleet } from "../synth/load.ts";
import { synthesise } from "../synth/synthesise.ts";

/** A fleet whose tree is as it was committed, and as its definitions give it. */
export interface SettledFleet extends LoadedFleet {
  /** The commit that HEAD is. */
  readonly head: string;
}

/**
 * Loads the fleet of a repository that a command is to commit to.
 * @throws UserError if something is in the way: uncommitted changes, manifests that are not what the definitions
 * give, or an origin that has moved on
 */
export async function settledFleet(git: Git): Promise<SettledFleet> {
  const problems: Problem[] = [];
  const head = await git.commit("HEAD");
  if (head === undefined)
    throw new UserError({
      where: git.root,
      message: "the repository has no commit yet",
      remedy: "commit the fleet first",
    });
  const dirty = await changesInTheWay(git);
  if (dirty !== undefined) problems.push(dirty);
  const loaded = await loadFleet(git.root).catch((error: unknown) => {
    throwIfAny(problems);
    throw error;
  });
  const branch = loaded.fleet.repository.branch ?? "main";
  const origin = await git.commit(`refs/remotes/origin/${branch}`);
  if (origin !== undefined) {
    const missing = Number(await git.run(["rev-list", "--count", origin, `^${head}`]));
    if (missing > 0)
      problems.push({
        where: git.root,
        message: `origin/${branch} has ${missing} commits that HEAD does not have: somebody else may have promoted something`,
        remedy: `git pull, or git rebase origin/${branch}, and do it again`,
      });
  }
  if (dirty === undefined) {
    const { files, folders } = await synthesise(loaded);
    const { added, changed, stale } = compareFiles(git.root, folders, files);
    const [first] = [...added, ...changed, ...stale];
    if (first !== undefined)
      problems.push({
        where: first,
        message: "the committed manifests are not what the definitions give",
        remedy: "sluice synth, and commit what it writes",
      });
  }
  throwIfAny(problems);
  return { ...loaded, head };
}

/** Files of a commit that is to be. */
export interface PlannedFiles {
  readonly files: ReadonlyMap<string, string | undefined>;
  readonly notices: readonly Problem[];
  /** The fleet as it will be. */
  readonly after: LoadedFleet;
}

/**
 * What a repository has to hold once versions.yaml files are others: those, and the manifests that come of them.
 * @throws UserError with all that is wrong with it
 */
export async function withVersions(git: Git, versions: ReadonlyMap<string, string>): Promise<PlannedFiles> {
  const after = await loadFleet(git.root, undefined, versions);
  const { files, folders, notices } = await synthesise(after, { git });
  const { added, changed, stale } = compareFiles(git.root, folders, files);
  return {
    after,
    notices,
    files: new Map<string, string | undefined>([
      ...versions,
      ...[...added, ...changed].map((path) => [path, files.get(path)!] as const),
      ...stale.map((path) => [path, undefined] as const),
    ]),
  };
}

/** What a command is about to commit. */
export interface PlannedCommit {
  readonly branch: string;
  readonly message: string;
  readonly files: ReadonlyMap<string, FileContent | undefined>;
}

/**
 * Commits on a new branch, in one step, beside the working tree.
 * @returns the commit
 * @throws UserError if git says no; nothing was changed then
 */
export async function commitPlan(
  git: Git,
  head: string,
  { branch, message, files }: PlannedCommit,
): Promise<string> {
  try {
    return await commitOnNewBranch(git, branch, head, files, message);
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    throw new UserError({ message: error.message, remedy: "nothing was changed" });
  }
}

/** What is wrong with a name for a new branch. */
export async function newBranchProblem(git: Git, branch: string): Promise<Problem | undefined> {
  const bad = branchProblem(branch);
  if (bad !== undefined) return { where: "--branch", message: bad };
  return (await git.commit(`refs/heads/${branch}`)) === undefined
    ? undefined
    : {
        where: "--branch",
        message: `the branch '${branch}' exists: the same may be under way there`,
        remedy: `merge it, delete it (git branch -D ${branch}), or name another: --branch NAME`,
      };
}

/** A name for the branch of a move: `promote/platform-1.1.0-to-production`. @param move what goes where, in words */
export function branchFor(kind: "promote" | "rollback", move: string): string {
  return `${kind}/${move.replace(/[^\w.-]+/g, "-").replace(/\.+(?=-|$)|\.lock$/g, "")}`;
}
