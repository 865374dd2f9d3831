import { parseSandbox, type Sandbox } from "../fleet/sandbox.ts";
import { suggestion } from "../fleet/suggestion.ts";
import { type Problem, throwIfAny } from "../fleet/user-error.ts";
import { branchState } from "../git/branch-state.ts";
import { filesAt } from "../git/commit-files.ts";
import type { Git } from "../git/git.ts";
import type { Blob } from "../git/three-way.ts";
import { configFile } from "../stack/stack-config.ts";
import { nameOfFolder } from "../synth/load.ts";
import { clustersFolder } from "../synth/paths.ts";
import { sandboxFile } from "./describing.ts";
import { type FoundSandbox, findSandboxes } from "./find.ts";

/** A sandbox of the branch that is checked out, which is in order and can be given a commit. */
export interface OpenSandbox {
  readonly name: string;
  /** Its folder below `clusters/`. */
  readonly folder: string;
  readonly sandbox: Sandbox;
  /** The commit that is checked out. */
  readonly head: string;
  /** The branch that is checked out; empty where HEAD is detached, which only a look allows. */
  readonly branch: string;
  /** All files below `clusters/` at the commit. */
  readonly tree: ReadonlyMap<string, Blob>;
}

/**
 * Finds a sandbox on the branch that is checked out. Definitions are not loaded: what is broken elsewhere is not in
 * the way, nor is the configuration that Pulumi writes for its stack.
 * @param toChange whether a commit is to be made: the tree has to be clean then, and on a branch
 * @throws UserError with all that is in the way
 */
export async function openSandbox(git: Git, name: string, toChange = true): Promise<OpenSandbox> {
  const { head, branch, problems: state } = await branchState(git, configFile(name));
  const problems = toChange || head === undefined ? state : [];
  if (head === undefined) throwIfAny(problems);
  const tree = await filesAt(git, head!, clustersFolder);
  const at = locate(tree, name);
  const found = "problem" in at ? undefined : at;
  const all: Problem[] = [...problems];
  if ("problem" in at) all.push(at.missing ? await elsewhere(git, name, at.problem) : at.problem);
  let sandbox: Sandbox | undefined;
  if (found !== undefined) {
    const text = await git.run(["cat-file", "blob", tree.get(found.file)!.blob]);
    const read = parseSandbox(text, found.file);
    if ("problems" in read) all.push(...read.problems);
    else sandbox = read.sandbox;
  }
  throwIfAny(all);
  return { name, folder: found!.folder, sandbox: sandbox!, head: head!, branch: branch ?? "", tree };
}

type Located =
  | { readonly folder: string; readonly file: string }
  | { readonly problem: Problem; readonly missing: boolean };

/** The folder of a sandbox in a tree, or why there is none. */
function locate(tree: ReadonlyMap<string, unknown>, name: string): Located {
  const clusters = new Set<string>();
  const sandboxes = new Set<string>();
  for (const path of tree.keys()) {
    const match = /^clusters\/(.+)\/(cluster\.ts|sandbox\.yaml)$/.exec(path);
    if (match === null) continue;
    const [, folder = "", file] = match;
    if (file === sandboxFile) {
      sandboxes.add(nameOfFolder(folder));
      // Its definition may be gone, or broken: what says that it is a sandbox is there.
      if (nameOfFolder(folder) === name) return { folder, file: path };
    }
    clusters.add(nameOfFolder(folder));
  }
  return clusters.has(name)
    ? {
        missing: false,
        problem: {
          where: name,
          message: `is a cluster, and no sandbox: it has no ${sandboxFile}`,
          remedy: "this command is for sandboxes alone: nothing was changed",
        },
      }
    : { missing: true, problem: { message: `there is no sandbox '${name}'${suggestion(name, sandboxes)}` } };
}

/** The same name on another branch is most likely what was meant. */
async function elsewhere(git: Git, name: string, problem: Problem): Promise<Problem> {
  const other = (await findSandboxes(git)).find((each: FoundSandbox) => each.name === name);
  if (other === undefined) return problem;
  return {
    message: `there is no sandbox '${name}' on the branch that is checked out`,
    remedy: `git switch ${other.sandbox?.branch ?? other.ref.replace(/^refs\/(heads|remotes\/origin)\//, "")}`,
  };
}
