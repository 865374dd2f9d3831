import { existsSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../lib/fleet/user-error.ts";
import { Git, repositoryRoot } from "../lib/git/git.ts";
import { findFleetRoot } from "../lib/synth/find-root.ts";
import { manifestsFolder } from "../lib/synth/paths.ts";

/** The root of the fleet that the current folder is in, and its git repository if it is one. */
export async function openFleet(): Promise<{ root: string; git: Git | undefined }> {
  const root = findFleetRoot(process.cwd());
  if (root === undefined)
    throw new UserError(
      {
        where: process.cwd(),
        message: "no clusters/fleet.ts here or in a folder above",
        remedy: "run this in a fleet's repository",
      },
      2,
    );
  const repository = await repositoryRoot(root);
  return { root, git: repository === root ? new Git(root) : undefined };
}

/** The same where a command needs git. */
export async function openRepository(): Promise<{ root: string; git: Git }> {
  const { root, git } = await openFleet();
  if (git === undefined)
    throw new UserError(
      {
        where: root,
        message: "the fleet's folder is not the root of a git repository",
        remedy: "git init, and commit the fleet",
      },
      2,
    );
  return { root, git };
}

/**
 * The root of the repository with manifests that the current folder is in. It need not be one that Sluice made,
 * where folders are named. @param paths the folders that were named
 */
export async function openManifests(paths: readonly string[]): Promise<string> {
  const root = await repositoryRoot(process.cwd());
  if (root !== undefined && (paths.length > 0 || existsSync(join(root, manifestsFolder)))) return root;
  throw new UserError(
    {
      where: process.cwd(),
      message: root === undefined ? "is in no git repository" : "the repository has no folder manifests",
      remedy:
        root === undefined
          ? "run this in a clone of the repository that Flux reads"
          : "run sluice synth, or name the folder that Flux syncs: --path clusters/production",
    },
    2,
  );
}
