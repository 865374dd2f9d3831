import { mainBranch } from "../fleet/cluster.ts";
import type { Fleet } from "../fleet/fleet.ts";
import type { Problem } from "../fleet/user-error.ts";
import { filesAt } from "../git/commit-files.ts";
import type { Git } from "../git/git.ts";
import { type Blob, sameBlobs } from "../git/three-way.ts";
import { clustersFolder } from "../synth/paths.ts";
import { describingFiles } from "./describing.ts";
import type { OpenSandbox } from "./open.ts";
import type { ClusterPlace } from "./source.ts";

/** The newest that this clone knows of the branch that reviewed changes end up in. */
export interface MainTip {
  /** `origin/main`, or `main`. */
  readonly name: string;
  readonly commit: string;
}

/** @returns a problem where the clone has no such branch, or its own has diverged from the origin's */
export async function mainTip(git: Git, fleet: Fleet): Promise<MainTip | { readonly problem: Problem }> {
  const name = mainBranch(fleet);
  const [here, there] = await Promise.all([
    git.commit(`refs/heads/${name}`),
    git.commit(`refs/remotes/origin/${name}`),
  ]);
  if (there === undefined && here === undefined)
    return {
      problem: {
        where: git.root,
        message: `this clone has no branch '${name}'`,
        remedy: `git fetch origin ${name}`,
      },
    };
  if (there === undefined || (here !== undefined && (await isAncestor(git, there, here))))
    return { name, commit: here! };
  if (here === undefined || (await isAncestor(git, here, there)))
    return { name: `origin/${name}`, commit: there };
  return {
    problem: {
      where: name,
      message: `'${name}' and 'origin/${name}' have diverged: which of them is the source's?`,
      remedy: `git branch --force ${name} origin/${name}, or push what is only here`,
    },
  };
}

export const isAncestor = async (git: Git, ancestor: string, commit: string): Promise<boolean> =>
  (await git.try(["merge-base", "--is-ancestor", ancestor, commit])) !== undefined;

/** A notice where the cluster has changed on main since the branch left it: git will merge that, after the proof. */
export async function movedMeanwhile(
  git: Git,
  fleet: Fleet,
  { name, head, branch }: OpenSandbox,
  target: ClusterPlace,
): Promise<Problem | undefined> {
  const tip = await mainTip(git, fleet);
  if ("problem" in tip || branch === mainBranch(fleet)) return undefined;
  const left = await git.try(["merge-base", "HEAD", tip.commit]);
  if (left === undefined || left === tip.commit) return undefined;
  const at = async (commit: string): Promise<Map<string, Blob>> =>
    describingFiles(await filesAt(git, commit, clustersFolder), target.folder);
  const [before, now] = await Promise.all([at(left), at(tip.commit)]);
  if (sameBlobs(before, now) || head === tip.commit) return undefined;
  return {
    where: target.name,
    message: `has changed on ${tip.name} since this branch left it`,
    remedy: `bring it in first, so that the return is proved against it: sluice sandbox sync ${name}`,
  };
}
