import type { Problem } from "../fleet/user-error.ts";
import type { Git } from "../git/git.ts";
import type { LoadedFleet } from "../synth/load.ts";
import { packedDigest, releasesIn } from "./releases.ts";

/** Clusters whose versions.yaml has a tag and a digest that are not of the same artifact: the tag was moved. */
export async function movedTags(
  git: Git,
  { fleet, clusters }: Pick<LoadedFleet, "fleet" | "clusters">,
): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const { name, bundles, versions } of clusters)
    for (const { name: bundle, track } of bundles) {
      if (!("tag" in track) || track.digest === undefined) continue;
      const digest = await packedDigest(git, releasesIn(fleet), bundle, track.tag);
      if (digest !== undefined && digest !== track.digest)
        problems.push({
          where: versions.file,
          message: `${name} has the ${bundle}'s ${track.tag} by the digest ${track.digest}, but the tag is by now of ${digest}: it was moved`,
          remedy: "the cluster keeps what the digest says; make a new release rather than moving a tag",
        });
    }
  return problems;
}
