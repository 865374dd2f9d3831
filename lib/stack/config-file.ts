import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { Git } from "../git/git.ts";
import { configFile } from "./stack-config.ts";

/**
 * Keeps the configuration file that Pulumi writes for a stack out of git, where git does not have it: what a run was
 * given is one person's, and an untracked file would be in the way of the commands that want a clean tree.
 */
export async function keepOutOfGit(git: Git, stack: string): Promise<void> {
  const file = await excludeFile(git);
  const text = existsSync(file) ? await readFile(file, "utf8") : "";
  if (text.split("\n").includes(lineOf(stack))) return;
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${text}${/(^|\n)$/.test(text) ? "" : "\n"}${lineOf(stack)}\n`);
}

/** Removes the configuration file of a stack that is no more, where git does not have it, and what kept it out of git. */
export async function forgetConfig(git: Git, stack: string): Promise<void> {
  const path = configFile(stack);
  if ((await git.run(["ls-files", "--", path])) === "") await rm(join(git.root, path), { force: true });
  const file = await excludeFile(git);
  if (!existsSync(file)) return;
  const text = await readFile(file, "utf8");
  const kept = text
    .split("\n")
    .filter((line) => line !== lineOf(stack))
    .join("\n");
  if (kept !== text) await writeFile(file, kept);
}

const lineOf = (stack: string): string => `/${configFile(stack)}`;

/** Of the repository, whichever of its working trees this is. */
async function excludeFile(git: Git): Promise<string> {
  return resolve(git.root, await git.run(["rev-parse", "--git-path", "info/exclude"]));
}
