import type { ArtifactReader } from "../effective/artifacts.ts";
import { mainBranchOf, unknownRevision } from "../effective/open.ts";
import { readRefs } from "../effective/git-sources.ts";
import { type Problem, UserError } from "../fleet/user-error.ts";
import type { Git } from "../git/git.ts";
import { type Impact, reviewImpact } from "../impact/review.ts";
import { frozen } from "../release/freeze.ts";
import { readFreeze } from "../release/change-freeze.ts";
import { bundleFolder } from "../synth/paths.ts";
import { guardAt } from "./protected-clusters.ts";
import { type StackChange, stackChanges } from "./stack-changes.ts";

/** What is to be merged, and into what. */
export interface GateOptions {
  /** @default origin's main branch, then the clone's */
  readonly base?: string;
  /** @default HEAD */
  readonly head?: string;
  /** The names of the fleet's bundles. */
  readonly bundles: readonly string[];
  /** Reads releases that the clone does not have. @default what needs one counts as a change */
  readonly artifacts?: ArtifactReader;
}

/** What a merge would do that the gate has to know. */
export interface Examination {
  /** The commit of the branch that is merged into. */
  readonly base: string;
  /** The commit that is to be merged. */
  readonly commit: string;
  /** A revision with what merging gives. */
  readonly merged: string;
  /** What the merge does to the fleet. */
  readonly impact: Impact;
  /** The protected clusters that it reaches, by name. One of which that cannot be told is reached. */
  readonly reached: readonly string[];
  /** The protected clusters whose stacks would make something else, which is what `pulumi up` does and no merge. */
  readonly stacks: readonly StackChange[];
  /** Bundles that it changes though they are frozen. */
  readonly frozen: readonly Problem[];
}

/**
 * Looks at what merging a commit does to each cluster: what Flux applies after the merge against what it applies
 * now, whichever files the change is in. Reads git alone, so that nothing of the change is run.
 * @throws UserError if it cannot be merged, or cannot be told about
 */
export async function examine(git: Git, options: GateOptions, now: Date): Promise<Examination> {
  const baseName = options.base ?? (await defaultBase(git));
  const base = await commitOf(git, baseName);
  const commit = await commitOf(git, options.head ?? "HEAD");
  const merged = await mergedTree(git, base, commit);
  const { artifacts } = options;
  const found = await reviewImpact(git, {
    base,
    head: merged,
    ...(artifacts === undefined ? {} : { artifacts }),
  });
  const impact = { ...found, base: baseName, head: commit.slice(0, 10) };
  const stacks = await stackChanges(git, base, merged);
  const reached = new Set(stacks.map(({ cluster }) => cluster));
  // A change that takes the protection away, or the cluster, is as much to be approved as any other.
  for (const { cluster } of impact.clusters)
    for (const revision of [base, merged])
      if ((await guardAt(git, revision, cluster))?.protected === true) reached.add(cluster);
  return {
    base,
    commit,
    merged,
    impact,
    reached: [...reached].sort(),
    stacks,
    frozen: await frozenBundles(git, base, merged, options.bundles, now),
  };
}

async function commitOf(git: Git, revision: string): Promise<string> {
  const commit = await git.commit(revision);
  if (commit === undefined) throw unknownRevision(revision);
  return commit;
}

async function defaultBase(git: Git): Promise<string> {
  const main = await mainBranchOf(git, await readRefs(git));
  return (await git.commit(`refs/remotes/origin/${main}`)) === undefined ? main : `origin/${main}`;
}

/** A revision with what merging gives: what the base got since the change began counts as well. */
async function mergedTree(git: Git, base: string, commit: string): Promise<string> {
  if ((await git.try(["merge-base", "--is-ancestor", base, commit])) !== undefined) return commit;
  if ((await git.try(["merge-base", base, commit])) === undefined) {
    const shallow = (await git.try(["rev-parse", "--is-shallow-repository"])) === "true";
    throw new UserError({
      where: git.root,
      message: `${commit.slice(0, 10)} and ${base.slice(0, 10)} have no commit in common`,
      remedy: shallow
        ? "the clone is shallow: git fetch --unshallow, or fetch-depth: 0 in CI"
        : "begin the change on the branch that it is to be merged into",
    });
  }
  const tree = await git.try(["merge-tree", "--write-tree", "--no-messages", base, commit]);
  if (tree === undefined)
    throw new UserError({
      where: git.root,
      message: `${commit.slice(0, 10)} cannot be merged into ${base.slice(0, 10)} without conflicts`,
      remedy:
        "bring it up to date with the branch that it is to be merged into (this needs git 2.38 or newer)",
    });
  return tree.split("\n")[0]!;
}

async function frozenBundles(
  git: Git,
  base: string,
  merged: string,
  bundles: readonly string[],
  now: Date,
): Promise<Problem[]> {
  // Of the branch that is merged into: a change cannot lift the freeze that stops it.
  const freeze = await readFreeze(git, base);
  const problems: Problem[] = [];
  for (const bundle of bundles) {
    const problem = frozen(freeze, bundle, now);
    if (problem === undefined) continue;
    const [before, after] = await Promise.all(
      [base, merged].map((revision) =>
        git.try(["rev-parse", "--verify", "--quiet", `${revision}:${bundleFolder(bundle)}`]),
      ),
    );
    if (before !== after) problems.push(problem);
  }
  return problems;
}
