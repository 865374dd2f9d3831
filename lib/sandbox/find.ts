import { parseSandbox, type Sandbox } from "../fleet/sandbox.ts";
import { describeProblems } from "../fleet/user-error.ts";
import { filesAt } from "../git/commit-files.ts";
import type { Git } from "../git/git.ts";
import { nameOfFolder } from "../synth/load.ts";
import { clustersFolder } from "../synth/paths.ts";

/** A sandbox that a branch has. */
export interface FoundSandbox {
  readonly name: string;
  /** Below `clusters/`. */
  readonly folder: string;
  /** Undefined where its sandbox.yaml cannot be read. */
  readonly sandbox: Sandbox | undefined;
  /** What is wrong with its sandbox.yaml. */
  readonly broken: string | undefined;
  /** Where it was found: the reference of its own branch if that is there, this clone's before the origin's. */
  readonly ref: string;
  readonly commit: string;
  /** Every other branch that has it: one that was made from its branch, or that it was merged into. */
  readonly others: readonly string[];
}

/** The name of a branch, of this clone or of its origin. */
export const branchName = (ref: string): string => ref.replace(/^refs\/(heads|remotes\/origin)\//, "");

/**
 * Finds the sandboxes of all branches, of this clone and of its origin, without a checkout. One that several
 * branches have is told once, as its own branch has it.
 */
export async function findSandboxes(git: Git): Promise<FoundSandbox[]> {
  const list = await git.run([
    "for-each-ref",
    "--format=%(refname) %(objectname)",
    "refs/heads",
    "refs/remotes/origin",
  ]);
  const refs = list
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("refs/remotes/origin/HEAD "))
    .map((line) => line.split(" ") as [string, string]);
  // Many branches have the same clusters.
  const byTree = new Map<string, Promise<Found[]>>();
  const places: { ref: string; commit: string; found: Found }[] = [];
  for (const [ref, commit] of refs) {
    const tree = await git.try(["rev-parse", "--verify", "--quiet", `${commit}:${clustersFolder}`]);
    if (tree === undefined) continue;
    if (!byTree.has(tree)) byTree.set(tree, readSandboxes(git, commit));
    for (const found of await byTree.get(tree)!) places.push({ ref, commit, found });
  }
  const groups = Map.groupBy(places, ({ found }) => `${found.name}\0${found.sandbox?.branch ?? ""}`);
  return [...groups.values()]
    .map((group) => {
      const [first, ...rest] = group.toSorted((a, b) => rank(a) - rank(b));
      const { name, folder, sandbox, broken } = first!.found;
      return {
        name,
        folder,
        sandbox,
        broken,
        ref: first!.ref,
        commit: first!.commit,
        others: rest.map(({ ref }) => ref).filter((ref) => branchName(ref) !== branchName(first!.ref)),
      };
    })
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

type Found = Pick<FoundSandbox, "name" | "folder" | "sandbox" | "broken">;

/** Its own branch first; there what this clone has, as it may not be pushed yet. */
function rank({ ref, found }: { ref: string; found: Found }): number {
  const own = found.sandbox?.branch === branchName(ref) ? 0 : 2;
  return own + (ref.startsWith("refs/heads/") ? 0 : 1);
}

async function readSandboxes(git: Git, commit: string): Promise<Found[]> {
  const found: Found[] = [];
  for (const [path, { blob }] of await filesAt(git, commit, clustersFolder)) {
    const match = /^clusters\/(.+)\/sandbox\.yaml$/.exec(path);
    if (match === null) continue;
    const folder = match[1]!;
    const read = parseSandbox(await git.run(["cat-file", "blob", blob]), path);
    found.push({
      name: nameOfFolder(folder),
      folder,
      sandbox: "sandbox" in read ? read.sandbox : undefined,
      broken: "problems" in read ? describeProblems(read.problems) : undefined,
    });
  }
  return found;
}
