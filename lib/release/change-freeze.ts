import { branchProblem } from "../fleet/tracks.ts";
import { suggestion } from "../fleet/suggestion.ts";
import { type Problem, throwIfAny, UserError } from "../fleet/user-error.ts";
import { advanceBranch, commitOnNewBranch, type FileContent, makeCommit } from "../git/commit-files.ts";
import { type Git, GitError } from "../git/git.ts";
import { parseExpiry, toSecond } from "../sandbox/expiry.ts";
import { type Freeze, freezeFile, parseFreeze, printFreeze } from "./freeze.ts";

/** What to stop. */
export interface FreezeRequest {
  /** The bundles' names. */
  readonly bundles: readonly string[];
  readonly reason: string;
  /** A duration or a date: `12h`, `2d`, `2026-11-24`. */
  readonly until: string;
  /** @default git's user.email */
  readonly by?: string;
  /** A new branch to commit on. @default the current branch */
  readonly branch?: string;
}

/** A change of the freeze that was, or would be, committed. */
export interface FreezeChange {
  /** The freeze that now holds, or the one that was ended; undefined where that could not be read. */
  readonly freeze: Freeze | undefined;
  /** The branch with the commit. */
  readonly branch: string;
  /** Undefined where nothing was committed. */
  readonly commit: string | undefined;
}

/** The freeze that a revision has. @throws UserError if it cannot be read */
export async function readFreeze(git: Git, revision: string): Promise<Freeze | undefined> {
  const text = await git.show(revision, freezeFile);
  if (text === undefined) return undefined;
  const read = parseFreeze(text);
  if ("problems" in read) throw new UserError(read.problems);
  return read.freeze;
}

/**
 * Commits a freeze. One that holds already is replaced.
 * @param known the names of the fleet's bundles
 * @param commit whether to commit, or only to say what would be
 * @throws UserError with all that is wrong; nothing was changed then
 */
export async function freezeBundles(
  git: Git,
  { bundles, reason, until, by, branch }: FreezeRequest,
  known: readonly string[],
  { now, commit }: { readonly now: Date; readonly commit: boolean },
): Promise<FreezeChange> {
  const problems: Problem[] = [];
  for (const bundle of bundles)
    if (!known.includes(bundle))
      problems.push({
        where: "BUNDLE",
        message: `'${bundle}' is not a bundle of the fleet${suggestion(bundle, known)}`,
      });
  if (reason.trim() === "") problems.push({ where: "--reason", message: "says nothing" });
  const end = parseExpiry(until, now);
  if ("problem" in end) problems.push({ where: "--until", message: end.problem });
  const who = by ?? (await git.try(["config", "user.email"])) ?? "";
  if (who.trim() === "")
    problems.push({
      where: "--by",
      message: "is missing, and git has no user.email",
      remedy: "give --by NAME",
    });
  throwIfAny(problems);
  const freeze: Freeze = {
    bundles: [...new Set(bundles)].sort(),
    reason,
    by: who,
    since: toSecond(now),
    until: (end as { expires: string }).expires,
  };
  const message = `Freeze the ${freeze.bundles.join(", the ")} until ${freeze.until}\n\n${reason}\n\nFrozen-by: ${who}\n`;
  return change(git, freeze, printFreeze(freeze), message, branch, commit);
}

/**
 * Commits the end of the freeze.
 * @throws UserError if there is none; nothing was changed then
 */
export async function thawBundles(
  git: Git,
  { by, branch }: Pick<FreezeRequest, "by" | "branch">,
  { commit }: { readonly commit: boolean },
): Promise<FreezeChange> {
  const text = await git.show("HEAD", freezeFile);
  if (text === undefined)
    throw new UserError({
      where: freezeFile,
      message: "is not there: nothing is frozen on the current branch",
    });
  const read = parseFreeze(text);
  // One that nobody can read stops everything, and has to go as well.
  const freeze = "freeze" in read ? read.freeze : undefined;
  const who = by ?? (await git.try(["config", "user.email"])) ?? "";
  const message =
    freeze === undefined
      ? "Thaw what an unreadable freeze.yaml froze"
      : `Thaw the ${freeze.bundles.join(", the ")}\n\nIt was frozen until ${freeze.until}, by ${freeze.by}: ${freeze.reason}`;
  return change(git, freeze, undefined, `${message}\n\nThawed-by: ${who}\n`, branch, commit);
}

async function change(
  git: Git,
  freeze: Freeze | undefined,
  content: FileContent | undefined,
  message: string,
  branch: string | undefined,
  really: boolean,
): Promise<FreezeChange> {
  const head = await git.commit("HEAD");
  const current = await git.try(["symbolic-ref", "--quiet", "--short", "HEAD"]);
  const problems: Problem[] = [];
  if (head === undefined)
    problems.push({ where: git.root, message: "the repository has no commit yet", remedy: "commit first" });
  if (branch === undefined && current === undefined)
    problems.push({
      where: git.root,
      message: "no branch is checked out",
      remedy: "switch to the main branch, or name a new one: --branch NAME",
    });
  if (branch !== undefined) {
    const bad = branchProblem(branch);
    if (bad !== undefined) problems.push({ where: "--branch", message: bad });
    else if ((await git.commit(`refs/heads/${branch}`)) !== undefined)
      problems.push({
        where: "--branch",
        message: `the branch '${branch}' exists`,
        remedy: "choose another",
      });
  }
  throwIfAny(problems);
  const target = (branch ?? current)!;
  if (!really) return { freeze, branch: target, commit: undefined };
  const files = new Map([[freezeFile, content]]);
  try {
    if (branch !== undefined)
      return { freeze, branch, commit: await commitOnNewBranch(git, branch, head!, files, message) };
    const commit = await makeCommit(git, head!, files, message);
    await advanceBranch(git, commit);
    return { freeze, branch: target, commit };
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    throw new UserError({
      where: git.root,
      message: error.message,
      remedy: "nothing was changed",
    });
  }
}
