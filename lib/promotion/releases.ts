import { packBundle } from "../artifact/push.ts";
import type { Fleet } from "../fleet/fleet.ts";
import { parseStrictVersion } from "../fleet/semver.ts";
import type { Git } from "../git/git.ts";
import { bundleFolder } from "../synth/paths.ts";
import type { ResolveRevision } from "./observe.ts";
import type { Release } from "./pipeline.ts";

/** The releases of a bundle that this clone has, each with the tree of the bundle's folder as its content. */
export async function releasesOf(git: Git, bundle: string): Promise<Release[]> {
  const tags = (await git.tags()).filter((tag) => parseStrictVersion(tag) !== undefined);
  const trees = await treesAt(
    git,
    tags.map((tag) => `refs/tags/${tag}`),
    bundle,
  );
  return tags.flatMap((version, index) => {
    const content = trees[index];
    return content === undefined ? [] : [{ version, content }];
  });
}

/** The tree of a bundle's folder at each of some revisions, undefined where one has none. */
export async function treesAt(
  git: Git,
  revisions: readonly string[],
  bundle: string,
): Promise<(string | undefined)[]> {
  if (revisions.length === 0) return [];
  const input = revisions.map((revision) => `${revision}:${bundleFolder(bundle)}\n`).join("");
  const answer = await git.run(["cat-file", "--batch-check"], { input });
  return answer.split("\n").map((line) => /^([0-9a-f]{40,64}) tree /.exec(line)?.[1]);
}

/**
 * Says what a revision that Flux applied is. The artifact of a release is known by its digest, as what its tag has
 * here gives the same bytes again; one of another digest is something else, whatever it is called.
 */
export function revisionResolver(git: Git, fleet: Pick<Fleet, "repository" | "artifacts">): ResolveRevision {
  const digests = new Map<string, Promise<string | undefined>>();
  const digestOf = (bundle: string, tag: string) => {
    const key = `${bundle} ${tag}`;
    if (!digests.has(key)) digests.set(key, packedDigest(git, releasesIn(fleet), bundle, tag));
    return digests.get(key)!;
  };
  const releases = new Map<string, Promise<Release[]>>();
  const known = (bundle: string) => {
    if (!releases.has(bundle)) releases.set(bundle, releasesOf(git, bundle));
    return releases.get(bundle)!;
  };
  return async (bundle, revision) => {
    const commit = /^(.*)@sha1:([0-9a-f]{40,64})$/.exec(revision);
    if (commit !== null) {
      const [content] = await treesAt(git, [commit[2]!], bundle);
      const name = commit[1]!.replace(/^refs\/(heads|tags)\//, "");
      const version = parseStrictVersion(name) === undefined ? `${name}@${commit[2]!.slice(0, 12)}` : name;
      return content === undefined ? undefined : { version, content };
    }
    const [, tag, digest] = /^(?:(.*)@)?(sha256:[0-9a-f]{64})$/.exec(revision) ?? [];
    if (digest === undefined) return undefined;
    for (const release of await known(bundle))
      if (
        (tag === undefined || release.version === tag) &&
        (await digestOf(bundle, release.version)) === digest
      )
        return release;
    return tag === undefined ? { version: digest, content: digest } : { version: tag, content: digest };
  };
}

/** The URL of the repository that releases are made in. */
export const releasesIn = ({ artifacts, repository }: Pick<Fleet, "repository" | "artifacts">): string =>
  artifacts.repository ?? repository.url;

/** The digest of the artifact that a release's tag gives, or undefined where this clone does not have it. */
export async function packedDigest(
  git: Git,
  source: string,
  bundle: string,
  tag: string,
): Promise<string | undefined> {
  if ((await git.commit(`refs/tags/${tag}`)) === undefined) return undefined;
  return (await packBundle(git, { bundle, tag, url: "", source })).image.digest;
}
