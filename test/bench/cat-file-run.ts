// Reading every cluster of a repository at references, timed from inside: node cat-file-run.ts ROOT REF…. Prints one
// JSON object: how long the library takes, and how long git cat-file alone takes for the same objects.
import { spawn } from "node:child_process";
import { forEachOrPending } from "../../lib/flux/tree.ts";
import { Git } from "../../lib/git/git.ts";
import { GitTree } from "../../lib/git/git-tree.ts";
import { GitObjects } from "../../lib/git/objects.ts";

const [root, ...references] = process.argv.slice(2) as [string, ...string[]];

/** Every file's text at every reference, as commands read them. @returns characters by reference */
async function byLibrary(): Promise<number[]> {
  const objects = new GitObjects(new Git(root));
  const trees = await objects.settle(() => {
    const found: GitTree[] = [];
    forEachOrPending(references, (reference) => {
      const folder = new GitTree(objects, objects.treeOf(reference)!).below("manifests/clusters")!;
      found.push(folder);
    });
    return found;
  });
  await objects.prefetch(trees.map(({ id }) => id));
  const sizes = trees.map((tree) => read(tree, ""));
  objects.close();
  return sizes;
}

function read(tree: GitTree, folder: string): number {
  let size = 0;
  for (const name of tree.list(folder)!) {
    const path = folder === "" ? name : `${folder}/${name}`;
    size += tree.entry(path)!.kind === "folder" ? read(tree, path) : tree.text(path)!.length;
  }
  return size;
}

/** The ids of the same objects, trees included, each once. */
async function idsOf(): Promise<string[]> {
  const git = new Git(root);
  const ids = new Set<string>();
  for (const reference of references)
    for (const line of (await git.run(["ls-tree", "-rt", reference, "manifests/clusters"])).split("\n"))
      ids.add(line.split(/[ \t]/)[2]!);
  return [...ids];
}

/** As a script would: without --buffer, with which git alone is a quarter faster. */
function byGit(ids: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const process = spawn("git", ["cat-file", "--batch"], {
      cwd: root,
      stdio: ["pipe", "pipe", "inherit"],
    });
    let bytes = 0;
    process.stdout.on("data", (chunk: Buffer) => (bytes += chunk.length));
    process.on("close", () => {
      resolve(bytes);
    });
    process.on("error", reject);
    process.stdin.end(ids.map((id) => `${id}\n`).join(""));
  });
}

const ids = await idsOf();
const timed = async <T>(run: () => Promise<T>): Promise<{ result: T; milliseconds: number }> => {
  const begin = performance.now();
  const result = await run();
  return { result, milliseconds: performance.now() - begin };
};
const git = await timed(() => byGit(ids));
const library = await timed(byLibrary);
console.log(
  JSON.stringify({
    library: library.milliseconds,
    git: git.milliseconds,
    objects: ids.length,
    bytes: git.result,
    characters: library.result,
  }),
);
