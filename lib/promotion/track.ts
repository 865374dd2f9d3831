import { best, parseRange, parseVersion, type Version } from "../fleet/semver.ts";
import type { Track } from "../fleet/tracks.ts";
import type { Pipeline, PipelineCluster } from "./pipeline.ts";
import { inRange } from "./decide.ts";

/**
 * What a cluster tracks once a release is promoted to it: the release's tag. A cluster that follows a range goes on
 * to follow one, of the same shape, where the release is what that takes (`1.x` becomes `2.x`); a protected one is
 * pinned.
 */
export function trackFor(
  { releases }: Pick<Pipeline, "releases">,
  { follows, protected: guarded }: Pick<PipelineCluster, "follows" | "protected">,
  version: string,
): Track {
  if (follows.kind !== "semver" || guarded) return { tag: version };
  const versions = releases.map((release) => release.version);
  const range = inRange(version, follows.value) ? follows.value : sameShape(follows.value, version);
  return range !== undefined && best(parseRange(range), versions) === version
    ? { semver: range }
    : { tag: version };
}

/** The range of the same shape around another version, or undefined for one that is put together of several. */
export function sameShape(range: string, version: string): string | undefined {
  const parsed = parseVersion(version);
  const match = /^([~^]?)(\d+)(?:\.(\d+|[xX*]))?(?:\.(\d+|[xX*]))?$/.exec(range.trim());
  if (parsed === undefined || match === null || parsed.prerelease !== "") return undefined;
  const [, operator, , minor, patch] = match;
  // Without an operator and a wildcard it is a version, not a range.
  if (
    operator === "" &&
    [minor, patch].every((part) => part === undefined || /\d/.test(part)) &&
    patch !== undefined
  )
    return undefined;
  return `${operator}${[String(parsed.major), part(minor, parsed, "minor"), part(patch, parsed, "patch")]
    .filter((text) => text !== undefined)
    .join(".")}`;
}

function part(text: string | undefined, version: Version, field: "minor" | "patch"): string | undefined {
  return text === undefined || /\D/.test(text) ? text : String(version[field]);
}
