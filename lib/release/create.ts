import { bundlesOf, type Cluster } from "../fleet/cluster.ts";
import { best, compareVersions, parseRange, parseStrictVersion } from "../fleet/semver.ts";
import { type Problem, throwIfAny, UserError } from "../fleet/user-error.ts";
import { type Git, GitError } from "../git/git.ts";
import { type Impact, reviewImpact } from "../impact/review.ts";
import { settledFleet } from "../promotion/change.ts";
import { readFreeze } from "./change-freeze.ts";
import { frozen } from "./freeze.ts";
import { type PickUp, releaseNotes } from "./notes.ts";

/** A release that may be made of HEAD. */
export interface ReleasePlan {
  readonly version: string;
  /** The commit that it is made of. */
  readonly commit: string;
  /** The newest release before it. */
  readonly previous: string | undefined;
  /** The clusters whose range takes it as soon as its artifact is pushed. */
  readonly pickUps: readonly PickUp[];
  /** What it changes since the one before. */
  readonly impact: Impact | undefined;
  /** The text of the tag. */
  readonly notes: string;
  readonly notices: readonly Problem[];
}

/**
 * Checks a release and writes its notes: nothing is changed.
 * @throws UserError with all that is in the way
 */
export async function planRelease(git: Git, version: string, now: Date): Promise<ReleasePlan> {
  const parsed = parseStrictVersion(version);
  if (parsed === undefined)
    throw new UserError(
      { where: "VERSION", message: `'${version}' is no version: a release is X.Y.Z, such as 1.4.2` },
      2,
    );
  if (parsed.metadata !== "")
    throw new UserError({ where: "VERSION", message: `'${version}': a tag of an artifact has no '+'` }, 2);
  const loaded = await settledFleet(git);
  const problems: Problem[] = [];
  const [own, theirs] = await Promise.all([tagsHere(git), tagsOfOrigin(git)]);
  for (const [tag, object] of theirs ?? [])
    if (own.has(tag) && own.get(tag) !== object)
      problems.push({
        where: tag,
        message: "the tag is another one at the origin: it was moved, there or here",
        remedy: `find out which is right; to take the origin's: git tag -d ${tag} && git fetch origin tag ${tag}`,
      });
  if (own.has(version))
    problems.push({
      where: version,
      message: "the tag exists",
      remedy: "a release is never replaced: make the next version",
    });
  else if (theirs?.has(version) === true)
    problems.push({
      where: version,
      message: "the tag exists at the origin: somebody else made this release",
      remedy: "git fetch --tags origin, and make the next version",
    });
  const released = [...new Set([...own.keys(), ...(theirs?.keys() ?? [])])].flatMap(
    (tag) => parseStrictVersion(tag) ?? [],
  );
  released.sort(compareVersions);
  const newest = released.at(-1);
  if (newest !== undefined && newest.original !== version && compareVersions(parsed, newest) <= 0)
    problems.push({
      where: version,
      message: `is not higher than ${newest.original}, the newest release`,
      remedy: "what is merged later has a higher version, or ranges would not take it",
    });
  const branch = loaded.fleet.repository.branch ?? "main";
  const origin = await git.commit(`refs/remotes/origin/${branch}`);
  if (
    origin !== undefined &&
    origin !== loaded.head &&
    (await git.try(["merge-base", "--is-ancestor", loaded.head, origin])) === undefined
  )
    problems.push({
      where: git.root,
      message: `HEAD is not merged into origin/${branch}`,
      remedy: "a release is made of what is merged: push and merge it first",
    });
  throwIfAny(problems);

  // A freeze is there so that what is merged can be tested and released.
  const freeze = await readFreeze(git, loaded.head);
  const notices = bundlesOf(loaded.fleet).flatMap(([name]) => frozen(freeze, name, now) ?? []);
  const previous = newest?.original;
  const known = previous !== undefined && own.has(previous) ? previous : undefined;
  const impact =
    known === undefined
      ? undefined
      : await reviewImpact(git, { base: `refs/tags/${known}`, head: "HEAD", release: version });
  const pickUps = pickUpsOf(loaded.clusters, [...own.keys()], version);
  const isProtected = (name: string) =>
    loaded.clusters.some((cluster) => cluster.name === name && cluster.type.protected);
  return {
    version,
    commit: loaded.head,
    previous,
    pickUps,
    impact,
    notes: releaseNotes({ version, previous, pickUps, impact, isProtected }),
    notices,
  };
}

/**
 * Makes the annotated tag of a planned release.
 * @throws UserError if git says no; there is no tag then
 */
export async function createRelease(git: Git, { version, commit, notes }: ReleasePlan): Promise<void> {
  try {
    await git.run(["tag", "--annotate", "--cleanup=verbatim", "--file=-", version, commit], { input: notes });
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    throw new UserError(
      /empty ident|tell me who you are|user\.email/i.test(error.stderr)
        ? {
            message: "git does not know who you are",
            remedy: "git config user.name … and git config user.email …; there is no tag",
          }
        : { where: version, message: error.message, remedy: "there is no tag" },
    );
  }
}

/** The clusters that a release reaches without a commit. */
export function pickUpsOf(
  clusters: readonly Pick<Cluster, "name" | "bundles">[],
  tags: readonly string[],
  version: string,
): PickUp[] {
  return clusters.flatMap(({ name, bundles }) =>
    bundles.flatMap(({ name: bundle, track }) => {
      if (!("semver" in track)) return [];
      const range = parseRange(track.semver);
      return best(range, [...tags, version]) === version
        ? [{ cluster: name, bundle, range: track.semver, from: best(range, tags) }]
        : [];
    }),
  );
}

/** The objects that tags of this clone name, by tag. */
async function tagsHere(git: Git): Promise<Map<string, string>> {
  const list = await git.run(["for-each-ref", "--format=%(objectname) %(refname:strip=2)", "refs/tags"]);
  return new Map(
    list
      .split("\n")
      .flatMap((line) =>
        line === "" ? [] : [[line.slice(line.indexOf(" ") + 1), line.slice(0, line.indexOf(" "))]],
      ),
  );
}

/** The same of the origin, undefined where there is none. @throws UserError if it does not answer */
async function tagsOfOrigin(git: Git): Promise<Map<string, string> | undefined> {
  if ((await git.try(["config", "--get", "remote.origin.url"])) === undefined) return undefined;
  let list: string;
  try {
    list = await git.run(["ls-remote", "--tags", "--refs", "origin"]);
  } catch (error) {
    throw new UserError({
      where: "origin",
      message: `does not say which releases it has: ${(error as Error).message}`,
      remedy: "two people could make the same release: try again where it can be reached",
    });
  }
  return new Map(
    list.split("\n").flatMap((line) => {
      const [object, ref] = line.split("\t");
      return ref === undefined ? [] : [[ref.slice("refs/tags/".length), object!]];
    }),
  );
}
