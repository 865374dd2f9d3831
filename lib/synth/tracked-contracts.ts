import type { Cluster } from "../fleet/cluster.ts";
import { type Contract, contractProblems, parseContract } from "../fleet/contract.ts";
import { best, parseRange } from "../fleet/semver.ts";
import { describeTrack, type Track } from "../fleet/tracks.ts";
import type { Problem } from "../fleet/user-error.ts";
import type { Git } from "../git/git.ts";
import { contractFile } from "./paths.ts";

/** What checking clusters against the releases that they track found. */
export interface ContractCheck {
  readonly problems: Problem[];
  /** What could not be checked, and what to do about it. */
  readonly notices: Problem[];
}

/**
 * Checks every cluster against the contract of what it tracks: this checkout's for a branch, the release's for
 * a tag or range, read from git without a checkout. What the clone lacks is told, and changes no manifest.
 * @param current the contracts of this checkout's bundles, by name
 */
export async function checkContracts(
  clusters: readonly Cluster[],
  current: ReadonlyMap<string, Contract>,
  git: Git | undefined,
): Promise<ContractCheck> {
  const problems: Problem[] = [];
  const missing = new Map<string, string[]>();
  const released = new Map<string, Promise<Contract | string>>();
  let tags: Promise<readonly string[]> | undefined;
  for (const cluster of clusters)
    for (const bundle of cluster.bundles) {
      const { name, track } = bundle;
      let contract: Contract | string | undefined;
      if ("branch" in track) contract = current.get(name);
      else {
        const key = `${name} ${describeTrack(track)}`;
        if (!released.has(key)) {
          tags ??= git === undefined ? Promise.resolve([]) : git.tags();
          released.set(key, readRelease(git, name, track, await tags));
        }
        contract = await released.get(key)!;
      }
      if (contract === undefined) continue;
      if (typeof contract === "string") {
        missing.set(contract, [...(missing.get(contract) ?? []), cluster.name]);
        continue;
      }
      for (const { message, remedy } of contractProblems(contract, bundle))
        problems.push({
          where: cluster.versions.file,
          message: `${cluster.name} tracks ${describeTrack(track)} of the ${name}: ${message}`,
          ...(remedy === undefined ? {} : { remedy }),
        });
    }
  const releases = clusters[0]?.fleet.artifacts.repository;
  const notices = [...missing].map(([message, names]) => ({
    where:
      names.length > 3 ? `${names.slice(0, 3).join(", ")}, … (${names.length} clusters)` : names.join(", "),
    message: `${message}, so only this checkout's contract was checked`,
    remedy: `fetch the releases: git fetch ${releases === undefined ? "--tags origin" : `--no-tags ${releases} 'refs/tags/*:refs/tags/*'`}`,
  }));
  return { problems, notices };
}

/** The contract of a release, or why it cannot be had. */
async function readRelease(
  git: Git | undefined,
  bundle: string,
  track: Exclude<Track, { branch: string }>,
  tags: readonly string[],
): Promise<Contract | string> {
  if (!("tag" in track) && "digest" in track)
    return `${describeTrack(track)} of the ${bundle} is in a registry, not in this clone`;
  const tag = "tag" in track ? track.tag : best(parseRange(track.semver), tags);
  if (git === undefined || tag === undefined || !tags.includes(tag))
    return `this clone has no release ${"tag" in track ? track.tag : `in the range ${track.semver}`} of the ${bundle}`;
  const text = await git.show(`refs/tags/${tag}`, contractFile(bundle));
  if (text === undefined) return `the release ${tag} has no ${contractFile(bundle)}`;
  try {
    return parseContract(text);
  } catch (error) {
    return `the contract of release ${tag} of the ${bundle} cannot be read: ${(error as Error).message}`;
  }
}
