import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import { execFile } from "node:child_process";
import { type Problem, UserError } from "../fleet/user-error.ts";
import type { Git } from "../git/git.ts";
import { inScratch } from "../git/scratch.ts";
import { manifestsFolder } from "../synth/paths.ts";

/**
 * Writes the manifests of the fleet in a folder. @param cluster the one to write, @default all
 * @throws UserError with what is wrong with the definitions
 */
export type Synthesise = (folder: string, cluster?: string) => Promise<void>;

/** Turns trees of a repository into trees whose manifests are what their definitions give. */
export interface Renderer {
  /** @param cluster the one whose manifests are wanted, @default all @returns the hash of the tree */
  render(tree: string, cluster?: string): Promise<string>;
  /** Runs something else on a tree. */
  on<T>(tree: string, work: (folder: string) => Promise<T>): Promise<T>;
}

/** Renders by {@link Synthesise} in folders beside the repository: nothing of it is touched. */
export function renderer(git: Git, synthesise: Synthesise): Renderer {
  return {
    render: (tree, cluster) =>
      inScratch(git, tree, async (scratch) => {
        await synthesise(scratch.folder, cluster);
        return scratch.tree(existsSync(join(scratch.folder, manifestsFolder)) ? [manifestsFolder] : []);
      }),
    on: (tree, work) => inScratch(git, tree, ({ folder }) => work(folder)),
  };
}

/**
 * Synthesises by running Sluice itself in the folder, so that what a branch changes of the definitions' own code
 * is in effect. @param cli the launcher that runs now; where it is part of the fleet's repository, the folder's own runs
 */
export function synthesiseWith(root: string, cli: string): Synthesise {
  const inside = relative(root, cli);
  const own = !inside.startsWith("..") && !inside.startsWith("node_modules");
  return async (folder, cluster) => {
    const launcher = own && existsSync(join(folder, inside)) ? join(folder, inside) : cli;
    const args = ["synth", "--json", ...(cluster === undefined ? [] : ["--cluster", cluster])];
    const { code, stdout, stderr } = await run([launcher, ...args], folder);
    if (code === 0) return;
    const problems = problemsOf(stdout);
    if (problems === undefined)
      throw new Error(`sluice synth ended with code ${code} in the merged tree\n${stderr}`);
    throw new UserError(
      problems.map(({ where, ...problem }) => ({
        ...problem,
        ...(where === undefined ? {} : { where: where.replace(`${folder}/`, "") }),
      })),
    );
  };
}

function problemsOf(stdout: string): readonly Problem[] | undefined {
  try {
    return (JSON.parse(stdout) as { problems?: readonly Problem[] }).problems;
  } catch {
    return undefined;
  }
}

function run(
  args: readonly string[],
  cwd: string,
): Promise<{ code: number | string; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd, maxBuffer: 1 << 28 }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : (error.code ?? -1), stdout, stderr }),
    );
  });
}
