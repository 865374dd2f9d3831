import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Git } from "./git.ts";

/** A file of a commit: its text, or a blob that the repository has. */
export type FileContent = string | { readonly mode: string; readonly blob: string };

/**
 * Makes a commit out of a parent's tree and further files, and a branch that points at it. Nothing of it can be
 * seen before the branch is there, and that happens in one step: the working tree and its index stay as they are.
 * @param files by path; undefined removes one
 * @returns the commit's hash
 * @throws GitError if the branch exists, or git knows no name and mail for the author
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

/**
 * The same without a branch: nothing points at the commit, and nothing else has changed.
 * @throws GitError if git knows no name and mail for the author
 */
export async function makeCommit(
  git: Git,
  parent: string,
  files: ReadonlyMap<string, FileContent | undefined>,
  message: string,
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-index-"));
  try {
    const env = { GIT_INDEX_FILE: join(folder, "index") };
    await git.run(["read-tree", parent], { env });
    const lines = await Promise.all(
      [...files].map(async ([path, content]) => {
        if (content === undefined) return `0 ${"0".repeat(parent.length)}\t${path}\0`;
        const { mode, blob } =
          typeof content === "string"
            ? { mode: "100644", blob: await git.run(["hash-object", "-w", "--stdin"], { input: content }) }
            : content;
        return `${mode} ${blob}\t${path}\0`;
      }),
    );
    await git.run(["update-index", "-z", "--index-info"], { env, input: lines.join("") });
    const tree = await git.run(["write-tree"], { env });
    const signed = (await git.try(["config", "--type=bool", "commit.gpgSign"])) === "true";
    return await git.run(["commit-tree", tree, "-p", parent, ...(signed ? ["-S"] : []), "-F", "-"], {
      input: message,
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
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
