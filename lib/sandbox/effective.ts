import type { ArtifactReader } from "../effective/artifacts.ts";
import { type EffectiveCluster, objectsOf } from "../effective/cluster.ts";
import { openClusters } from "../effective/open.ts";
import type { Git } from "../git/git.ts";
import { identityOf } from "../impact/impact.ts";
import type { Objects } from "./proof.ts";

/** What Flux applies to one cluster of a tree. @throws UserError where the tree has no such cluster */
export async function effectiveIn(
  git: Git,
  tree: string,
  cluster: string,
  artifacts?: ArtifactReader,
): Promise<EffectiveCluster> {
  const [found] = await openClusters(git, {
    head: tree,
    clusters: [cluster],
    ...(artifacts === undefined ? {} : { artifacts }),
  });
  return found!;
}

/** A cluster's objects by their identity. */
export function objectsByIdentity(cluster: EffectiveCluster): Objects {
  return new Map(objectsOf(cluster).map(({ object }) => [identityOf(object), object]));
}
