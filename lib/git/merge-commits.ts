import { execFile } from "node:child_process";
import { type Git, GitError } from "./git.ts";

/** A merge of two commits, which nothing names and which has touched nothing. */
export interface MergedCommits {
  /** The tree; a file in conflict is in it with git's markers. */
  readonly tree: string;
  /** The files in conflict. */
  readonly conflicts: readonly string[];
}

/**
 * Merges two commits as `git merge` does, in the repository's objects alone.
 * @throws GitError with git older than 2.38, or where the commits have nothing in common
 */
export async function mergeCommits(git: Git, ours: string, theirs: string): Promise<MergedCommits> {
  // Exit code 1 tells of conflicts, and the tree is printed all the same: `run` would lose it.
  const [output, conflicted] = await runMerge(git, [
    "merge-tree",
    "--write-tree",
    "-z",
    "--name-only",
    ours,
    theirs,
  ]);
  // The tree, the files, and after an empty part what git says of them.
  const [tree = "", ...conflicts] = output
    .split("\0\0")[0]!
    .split("\0")
    .filter((part) => part !== "");
  return { tree, conflicts: conflicted ? [...new Set(conflicts)] : [] };
}

function runMerge(git: Git, args: readonly string[]): Promise<[output: string, conflicted: boolean]> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, LC_ALL: "C", GIT_TERMINAL_PROMPT: "0" };
    execFile("git", [...args], { cwd: git.root, env, maxBuffer: 1 << 28 }, (error, stdout, stderr) => {
      if (error === null) resolve([stdout, false]);
      else if (error.code === 1 && stdout !== "") resolve([stdout, true]);
      else reject(new GitError(args, stderr || error.message));
    });
  });
}
