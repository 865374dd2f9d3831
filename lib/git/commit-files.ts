import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Problem, throwIfAny } from "../fleet/user-error.ts";
import { type Git, GitError } from "./git.ts";

/** A file of a commit: its text, or a blob that the repository has. */
export type FileContent = string | { readonly mode: string; readonly blob: string };

/**
 * Adds a tree to the repository's objects: another's, with files put in, or taken out where they are undefined.
 * No reference names it, and the working tree and its index stay as they are.
 * @param base the full hash of a commit or a tree
 * @returns the tree's hash
 */
export async function treeWith(
  git: Git,
  base: string,
  files: ReadonlyMap<string, FileContent | undefined>,
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-index-"));
  try {
    const env = { GIT_INDEX_FILE: join(folder, "index") };
    await git.run(["read-tree", base], { env });
    const lines = await Promise.all(
      [...files].map(async ([path, content]) => {
        if (content === undefined) return `0 ${"0".repeat(base.length)}\t${path}\0`;
        const { mode, blob } =
          typeof content === "string"
            ? { mode: "100644", blob: await git.run(["hash-object", "-w", "--stdin"], { input: content }) }
            : content;
        return `${mode} ${blob}\t${path}\0`;
      }),
    );
    await git.run(["update-index", "-z", "--index-info"], { env, input: lines.join("") });
    return await git.run(["write-tree"], { env });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Makes a commit that no reference names yet, signed where the user signs commits.
 * @throws UserError where git knows no name and mail for the author
 */
export async function commitTree(
  git: Git,
  tree: string,
  parents: readonly string[],
  message: string,
): Promise<string> {
  const signed = (await git.try(["config", "--type=bool", "commit.gpgSign"])) === "true";
  try {
    return await git.run(
      [
        "commit-tree",
        tree,
        ...parents.flatMap((parent) => ["-p", parent]),
        ...(signed ? ["-S"] : []),
        "-F",
        "-",
      ],
      { input: message },
    );
  } catch (error) {
    throwIfAny([commitProblem(error)]);
    throw error;
  }
}

function commitProblem(error: unknown): Problem {
  if (error instanceof GitError && /empty ident|tell me who you are|user\.email/i.test(error.stderr))
    return {
      message: "git does not know who you are",
      remedy: "git config user.name … and git config user.email …; nothing was changed",
    };
  return { message: (error as Error).message, remedy: "nothing was changed" };
}

/**
 * Makes a commit out of a parent's tree and further files, and a branch that points at it. Nothing of it can be
 * seen before the branch is there, and that happens in one step: the working tree and its index stay as they are.
 * @param files by path; undefined removes one
 * @returns the commit's hash
 * @throws GitError if the branch exists; UserError where git knows no name and mail for the author
 */
export async function commitOnNewBranch(
  git: Git,
  branch: string,
  parent: string,
  files: ReadonlyMap<string, FileContent | undefined>,
  message: string,
): Promise<string> {
  const commit = await makeCommit(git, parent, files, message);
  await git.run([
    "update-ref",
    "-m",
    "sluice: new branch",
    `refs/heads/${branch}`,
    commit,
    "0".repeat(commit.length),
  ]);
  return commit;
}

/** The same without a branch: nothing points at the commit, and nothing else has changed. */
export async function makeCommit(
  git: Git,
  parent: string,
  files: ReadonlyMap<string, FileContent | undefined>,
  message: string,
): Promise<string> {
  return commitTree(git, await treeWith(git, parent, files), [parent], message);
}

/**
 * Makes a branch at a commit and switches to it, in one step of git's: it is there and checked out, or nothing
 * has changed. @throws UserError
 */
export async function switchToNewBranch(git: Git, branch: string, commit: string): Promise<void> {
  try {
    await git.run(["switch", "--quiet", "--no-track", "--create", branch, commit]);
  } catch (error) {
    throwIfAny([
      {
        where: git.root,
        message: `could not switch to '${branch}': ${(error as Error).message}`,
        remedy: "nothing was changed",
      },
    ]);
  }
}

/**
 * Moves the current branch, its index and the working tree on to a commit that follows it, in one step of git's.
 * @throws UserError where the branch has meanwhile moved, or a file is in the way: then nothing has changed
 */
export async function advanceBranch(git: Git, commit: string): Promise<void> {
  try {
    await git.run(["merge", "--ff-only", "--quiet", "--no-autostash", "--no-verify-signatures", commit]);
  } catch (error) {
    const stderr = error instanceof GitError ? error.stderr : "";
    const moved = /not possible to fast-forward|diverging branches/i.test(stderr);
    const locked = /index\.lock|cannot lock ref/i.test(stderr);
    throwIfAny([
      {
        where: git.root,
        message: moved
          ? "the branch has moved on since this began: another run, or a commit"
          : locked
            ? "another git process works in this repository"
            : `could not move the branch: ${(error as Error).message}`,
        remedy: locked
          ? "wait for it; if it has died, remove .git/index.lock. Nothing was changed: run this again"
          : "nothing was changed: run this again",
      },
    ]);
  }
}

/** The files below a folder at a revision, with the blobs that hold them, by path. */
export async function filesAt(
  git: Git,
  revision: string,
  folder: string,
): Promise<Map<string, { mode: string; blob: string }>> {
  const list = await git.run(["ls-tree", "-r", "-z", revision, "--", `${folder}/`]);
  const files = new Map<string, { mode: string; blob: string }>();
  for (const entry of list.split("\0")) {
    const match = /^(\d+) blob ([0-9a-f]+)\t(.+)$/s.exec(entry);
    if (match !== null) files.set(match[3]!, { mode: match[1]!, blob: match[2]! });
  }
  return files;
}
