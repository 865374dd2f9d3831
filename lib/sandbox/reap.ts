import type { Sandbox } from "../fleet/sandbox.ts";
import type { ListedSandbox } from "./list.ts";
import { toSecond } from "./expiry.ts";
import { branchName } from "./find.ts";

/** How a reap goes about it. */
export interface ReapRules {
  readonly now: Date;
  /** Seconds that a sandbox is left after its owner was told that it has expired; after the expiry, where nobody tells. */
  readonly grace: number;
  /** Whether owners are told. */
  readonly tells: boolean;
  /** How many sandboxes one run deletes at most. */
  readonly max: number;
  /** The branch that reviewed changes end up in: nothing is deleted from it. */
  readonly main: string;
}

/** What a reap does about a sandbox. */
export interface ReapDecision {
  readonly sandbox: ListedSandbox;
  readonly action: "keep" | "tell" | "delete" | "wait" | "leave";
  /** Why, in words. */
  readonly why: string;
  /** When it is to be deleted, in UTC to the second; undefined where nobody can say. */
  readonly due: string | undefined;
}

/**
 * Decides what happens to each sandbox: kept until it expires, its owner told once, kept while the grace lasts, then
 * deleted, the longest expired first. What is left alone although it has expired says why. Only what has a sandbox.yaml of
 * its own, on the branch that this names, is ever deleted.
 */
export function planReap(
  sandboxes: readonly ListedSandbox[],
  { now, grace, tells, max, main }: ReapRules,
): ReapDecision[] {
  const decisions: ReapDecision[] = [];
  const expiry = ({ sandbox }: ListedSandbox) => sandbox?.expires ?? "";
  let deleted = 0;
  for (const each of sandboxes.toSorted((a, b) =>
    expiry(a) < expiry(b) ? -1 : expiry(a) > expiry(b) ? 1 : 0,
  )) {
    const { sandbox, stack, ref } = each;
    const decide = (action: ReapDecision["action"], why: string, due?: string) =>
      decisions.push({ sandbox: each, action, why, due });
    if (sandbox === undefined) {
      decide("leave", `its sandbox.yaml cannot be read: ${each.broken}`);
      continue;
    }
    const told = toldOf(sandbox);
    const toTell = tells && told === undefined && grace > 0;
    const begin = told ?? (toTell && each.expired ? toSecond(now) : sandbox.expires);
    const end = Date.parse(begin) + grace * 1000;
    const due = toSecond(new Date(end));
    const expired = `it expired on ${sandbox.expires}`;
    if (!each.expired) decide("keep", `it expires on ${sandbox.expires}`, due);
    else if (branchName(ref) === main || branchName(ref) !== sandbox.branch)
      decide(
        "leave",
        `its branch '${sandbox.branch}' has gone; it is on ${branchName(ref)}, from which nothing is deleted without a review`,
        due,
      );
    else if (toTell) decide("tell", expired, due);
    else if (now.getTime() < end)
      decide("keep", told === undefined ? expired : `${expired}, and its owner was told on ${told}`, due);
    else if (stack === undefined) decide("leave", "the backend of the stacks could not be asked", due);
    else if (stack === "none" && sandbox.provider !== undefined)
      decide(
        "leave",
        `it runs on ${sandbox.provider.kind}, and this backend does not have its stack: the machine of ${sandbox.owner} has, or nothing was ever made`,
        due,
      );
    else if (stack !== "none" && stack.running) decide("leave", "its stack is being run", due);
    else if (deleted >= max) decide("wait", `a run deletes ${max} at most`, due);
    else {
      deleted++;
      decide("delete", expired, due);
    }
  }
  return decisions;
}

/** When the owner of a sandbox was told of its expiry. A notice from before somebody put that off is of no account. */
export function toldOf({ told, expires }: Sandbox): string | undefined {
  return told !== undefined && told >= expires ? told : undefined;
}
