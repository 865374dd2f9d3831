import type { Cluster } from "../fleet/cluster.ts";
import type { Fleet } from "../fleet/fleet.ts";
import type { Track } from "../fleet/tracks.ts";
import { UserError } from "../fleet/user-error.ts";
import { editVersions } from "../fleet/versions-edit.ts";
import type { Git } from "../git/git.ts";
import { inRange } from "./decide.ts";
import { packedDigest, releasesIn } from "./releases.ts";
import { appFields, isExact, parseAppVersion, type Subject } from "./subject.ts";

/** A version of something, on a cluster. */
export interface Move {
  readonly fleet: Fleet;
  readonly subject: Subject;
  readonly cluster: Pick<Cluster, "versions" | "type">;
  readonly version: string;
  /** What the cluster is to track of a bundle. */
  readonly track: Track;
}

/**
 * A versions.yaml with a version in it.
 * @throws UserError if an app has other fields than the version
 */
export async function withVersion(
  git: Git,
  text: string,
  { fleet, subject, cluster, version, track }: Move,
): Promise<string> {
  switch (subject.kind) {
    case "kubernetes":
      return editVersions(text, { kubernetes: version });
    case "bundle":
      return editVersions(text, {
        bundle: subject.what,
        track: await pinned(git, fleet, subject.what, track),
      });
    case "app":
      return withAppVersion(text, cluster, subject.what, version);
  }
}

/** A tag with its digest beside it, where the fleet wants that. */
async function pinned(git: Git, fleet: Fleet, bundle: string, track: Track): Promise<Track> {
  if (fleet.promotion?.pin !== "digest" || !("tag" in track)) return track;
  const digest = await packedDigest(git, releasesIn(fleet), bundle, track.tag);
  return digest === undefined ? track : { tag: track.tag, digest };
}

/**
 * A versions.yaml with another version of an app. A chart's range that takes the version stays, but on a protected
 * cluster.
 */
function withAppVersion(
  text: string,
  { versions, type }: Pick<Cluster, "versions" | "type">,
  app: string,
  version: string,
): string {
  const own = appFields(versions, app);
  const wanted = parseAppVersion(app, version);
  const missing = wanted.filter(
    ({ id, field }) => !own.some((each) => each.id === id && each.field === field),
  );
  if (missing.length > 0)
    throw new UserError({
      where: versions.file,
      message: `it has no ${missing.map(({ id, field }) => `${field} of ${id}`).join(", ")}, which '${version}' gives`,
      remedy: "give the app the same fields on both clusters",
    });
  return wanted.reduce((now, { id, field, version: value }) => {
    const present = own.find((each) => each.id === id && each.field === field)!;
    const taken =
      field === "chart" && !type.protected && !isExact(present) && inRange(value, present.version);
    if (present.version === value || taken) return now;
    return editVersions(
      now,
      field === "chart" || field === "image"
        ? { app: id, field, version: value }
        : { app: id, track: { [field]: value } as unknown as Track },
    );
  }, text);
}
