import type { Problem } from "../fleet/user-error.ts";
import { UserError } from "../fleet/user-error.ts";
import type { Git } from "../git/git.ts";
import { inScratch } from "../git/scratch.ts";
import type { KnownStack } from "../stack/automation.ts";
import { monthlyCost } from "../stack/prices.ts";
import type { Stacks } from "../stack/stacks.ts";
import { loadFleet } from "../synth/load.ts";
import { clusterFolder } from "../synth/paths.ts";
import { branchName, findSandboxes, type FoundSandbox } from "./find.ts";

/** US dollars a day, least and most. */
export interface DailyCost {
  readonly low: number;
  readonly high: number;
}

/** A sandbox as git and the backend know it together. */
export interface ListedSandbox extends FoundSandbox {
  /** `none`: the backend has no stack of that name; undefined where it could not be asked. */
  readonly stack: KnownStack | "none" | undefined;
  readonly expired: boolean;
  /** Undefined where it costs nothing beyond the machine that it runs on, or nothing runs. */
  readonly cost: DailyCost | undefined;
}

/** All sandboxes, and what else the backend has. */
export interface SandboxList {
  readonly sandboxes: readonly ListedSandbox[];
  /** Stacks that no branch has a cluster for: whatever they hold costs, and nobody's folder says so. */
  readonly strays: readonly KnownStack[];
  /** What could not be asked. */
  readonly notices: readonly Problem[];
}

/**
 * Lists the sandboxes of all branches together with the backend's stacks, so that neither hides one.
 * @param stacks undefined where the fleet's clusters are no stacks
 */
export async function listSandboxes(git: Git, stacks: Stacks | undefined, now: Date): Promise<SandboxList> {
  const notices: Problem[] = [];
  const [found, known, names] = await Promise.all([
    findSandboxes(git),
    stacks === undefined
      ? []
      : stacks.list().catch((error: unknown) => {
          if (!(error instanceof UserError)) throw error;
          notices.push(...error.problems);
          return undefined;
        }),
    clusterNames(git),
  ]);
  const byName = new Map(known?.map((stack) => [stack.name, stack]));
  const sandboxes: ListedSandbox[] = [];
  for (const each of found) {
    const stack = known === undefined ? undefined : (byName.get(each.name) ?? "none");
    const { sandbox } = each;
    let cost: DailyCost | undefined;
    // Where it runs is said by its definition, unless its sandbox.yaml says it: only paid clusters are looked into.
    if (sandbox !== undefined && sandbox.provider === undefined && stack !== "none")
      cost = await dailyCost(git, each).catch((error: unknown) => {
        if (!(error instanceof UserError)) throw error;
        notices.push({
          where: each.name,
          message: `what it costs cannot be said, as its definition is broken: ${error.message.split("\n")[0]}`,
        });
        return undefined;
      });
    sandboxes.push({
      ...each,
      stack,
      cost,
      expired: sandbox !== undefined && Date.parse(sandbox.expires) <= now.getTime(),
    });
  }
  const strays = (known ?? []).filter(({ name }) => !names.has(name.split("--")[0]!) && !names.has(name));
  return { sandboxes, strays, notices };
}

/** The names of all clusters of all branches, as their manifests say: a table's rows have no folder of their own. */
async function clusterNames(git: Git): Promise<Set<string>> {
  const refs = await git.run(["for-each-ref", "--format=%(refname)", "refs/heads", "refs/remotes/origin"]);
  const names = new Set<string>();
  const seen = new Set<string>();
  const folder = clusterFolder("").replace(/\/$/, "");
  for (const ref of refs.split("\n").filter((line) => line !== "" && branchName(line) !== "HEAD")) {
    const tree = await git.try(["rev-parse", "--verify", "--quiet", `${ref}:${folder}`]);
    if (tree === undefined || seen.has(tree)) continue;
    seen.add(tree);
    for (const name of (await git.run(["ls-tree", "--name-only", "-z", tree])).split("\0"))
      if (name !== "") names.add(name);
  }
  return names;
}

const daysPerMonth = 365 / 12;

async function dailyCost(git: Git, { name, commit }: FoundSandbox): Promise<DailyCost | undefined> {
  return inScratch(git, commit, async ({ folder }) => {
    const { clusters } = await loadFleet(folder, name);
    const cost = monthlyCost(clusters[0]!);
    return cost === undefined ? undefined : { low: cost.low / daysPerMonth, high: cost.high / daysPerMonth };
  });
}
