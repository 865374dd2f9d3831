import { type EffectiveCluster, objectsOf, rootUnit } from "../effective/cluster.ts";
import { nearest } from "../fleet/suggestion.ts";
import { UserError } from "../fleet/user-error.ts";
import { describeManifest } from "../flux/object-name.ts";

/** Something that may fail, and the clusters that have it. */
export interface Target {
  /** `Kind namespace/name`. */
  readonly id: string;
  readonly clusters: readonly EffectiveCluster[];
}

/**
 * Finds what a user means: `HelmRelease apps/web`, `HelmRelease/apps/web`, `apps/web` or `web`; of several kinds a
 * Kustomization comes first, then a release, then a source.
 * @throws UserError where there is none, or one cannot be told from another
 */
export function findTarget(clusters: readonly EffectiveCluster[], text: string): Target {
  const byId = new Map<string, EffectiveCluster[]>();
  for (const cluster of clusters)
    for (const id of new Set(idsOf(cluster))) byId.set(id, [...(byId.get(id) ?? []), cluster]);
  const wanted = text.trim().replace(/^(\w+)\/(?=[^/]+\/[^/]+$)/, "$1 ");
  const matches = [...byId.keys()].filter((id) => {
    const [kind, path] = id.split(" ") as [string, string];
    return (
      id === wanted ||
      path === wanted ||
      path.split("/").at(-1) === wanted ||
      `${kind} ${path.split("/").at(-1)}` === wanted
    );
  });
  const best = Math.min(...matches.map(rankOf));
  const found = matches.filter((id) => rankOf(id) === best);
  if (found.length === 1) return { id: found[0]!, clusters: byId.get(found[0]!)! };
  if (found.length > 1)
    throw new UserError(
      { where: "--fail", message: `'${text}' may be ${found.join(", or ")}`, remedy: "name one of them" },
      2,
    );
  const names = [...byId.keys()];
  const near =
    nearest(wanted, names) ?? names.find((id) => nearest(wanted, [id.split("/").at(-1)!]) !== undefined);
  throw new UserError(
    {
      where: "--fail",
      message: `there is no '${text}'${near === undefined ? "" : `; did you mean '${near}'?`}`,
      remedy: "name a Kustomization, a HelmRelease, a source or any object: --fail 'HelmRelease apps/web'",
    },
    2,
  );
}

const order = ["Kustomization", "HelmRelease", "GitRepository", "OCIRepository", "HelmRepository", "Bucket"];
const rankOf = (id: string): number => {
  const rank = order.indexOf(id.split(" ")[0]!);
  return rank < 0 ? order.length : rank;
};

function idsOf(cluster: EffectiveCluster): string[] {
  const objects = objectsOf(cluster).map(({ object }) => describeManifest(object));
  return [`Kustomization ${rootUnit}`, `GitRepository ${rootUnit}`, ...objects];
}
