import { existsSync } from "node:fs";
import { appendFile, copyFile, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { isAbsolute, join } from "node:path";
import { Git } from "./git.ts";

/** A tree of a repository, checked out in a folder of its own. */
export interface Scratch {
  /** A repository itself: it has the other's objects, tags and branches, and none of its working tree. */
  readonly folder: string;
  /**
   * Adds what the folder has now to the first repository's objects, as a tree.
   * @param paths of what may have changed @returns the tree's hash
   */
  tree(paths: readonly string[]): Promise<string>;
}

/**
 * Checks a tree out beside the repository, so that programs can run on it while the working tree stays as it is.
 * The installed packages are the repository's. Nothing of the repository names the folder: whatever ends this
 * early leaves no more than a temporary folder.
 * @param revision a commit or a tree
 */
export async function inScratch<T>(
  git: Git,
  revision: string,
  work: (scratch: Scratch) => Promise<T>,
): Promise<T> {
  // The real path, as modules are known by theirs.
  const folder = await realpath(await mkdtemp(join(tmpdir(), "sluice-tree-")));
  try {
    const own = new Git(folder);
    const at = async (path: string) => {
      const found = await git.run(["rev-parse", "--git-path", path]);
      return isAbsolute(found) ? found : join(git.root, found);
    };
    const [objects, shallow, attributes] = await Promise.all(
      ["objects", "shallow", "info/attributes"].map(at),
    );
    const format = await git.try(["rev-parse", "--show-object-format"]);
    await own.run(["init", "--quiet", `--object-format=${format ?? "sha1"}`, "--initial-branch=sluice"]);
    const inside = join(folder, ".git");
    await mkdir(join(inside, "objects/info"), { recursive: true });
    await writeFile(join(inside, "objects/info/alternates"), `${objects}\n`);
    if (existsSync(shallow!)) await copyFile(shallow!, join(inside, "shallow"));
    await mkdir(join(inside, "info"), { recursive: true });
    if (existsSync(attributes!)) await copyFile(attributes!, join(inside, "info/attributes"));
    await copyRefs(git, own);
    await appendFile(join(inside, "info/exclude"), "\n/node_modules\n");
    await own.run(["read-tree", revision]);
    await own.run(["checkout-index", "--all", "--quiet"]);
    const modules = join(git.root, "node_modules");
    if (existsSync(modules) && !existsSync(join(folder, "node_modules")))
      await symlink(modules, join(folder, "node_modules"));
    return await work({
      folder,
      tree: async (paths) => {
        const env = { GIT_OBJECT_DIRECTORY: objects! };
        await own.run(["add", "--all", "--", ...paths], { env });
        return own.run(["write-tree"], { env });
      },
    });
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Releases are read by their tags, and other branches by their names. */
async function copyRefs(git: Git, own: Git): Promise<void> {
  const list = await git.run([
    "for-each-ref",
    "--format=create %(refname) %(objectname)",
    "refs/tags",
    "refs/heads",
    "refs/remotes/origin",
  ]);
  const lines = list
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("create refs/remotes/origin/HEAD "));
  if (lines.length > 0) await own.run(["update-ref", "--stdin"], { input: `${lines.join("\n")}\n` });
  const origin = await git.try(["config", "--get", "remote.origin.url"]);
  if (origin !== undefined) await own.run(["config", "remote.origin.url", origin]);
}
