import type { OpenCondition } from "./decide.ts";
import { inRange } from "./decide.ts";
import { compare, newest, nextPatch, type Pipeline } from "./pipeline.ts";

/** What taking a version back comes to. */
export type RollbackDecision =
  | { readonly outcome: "refused"; readonly open: RefusedRollback }
  | {
      readonly outcome: "allowed";
      readonly version: string;
      /** The range that the cluster followed, which a rollback ends. */
      readonly pins?: string;
    };

/** Why there is no way back, and what there is. */
export interface RefusedRollback extends Pick<OpenCondition, "cluster" | "message"> {
  readonly condition: "branch" | "first" | "gone" | "moved" | "kubernetes";
  readonly remedy: string;
}

/**
 * The version that a cluster had before. Of a range that is the newest but the one that it has, and the cluster is
 * pinned to it.
 */
export function decideRollback(pipeline: Pipeline, cluster: string): RollbackDecision {
  const { what, kind, releases, evidence, releasesIn } = pipeline;
  const there = releasesIn === undefined ? "" : `in a clone of ${releasesIn}, `;
  const { follows, runs, before } = pipeline.clusters.find(({ name }) => name === cluster)!;
  const refuse = (
    condition: RefusedRollback["condition"],
    message: string,
    remedy: string,
  ): RollbackDecision => ({
    outcome: "refused",
    open: { cluster, condition, message, remedy },
  });
  if (kind === "kubernetes")
    return refuse(
      "kubernetes",
      "a control plane never goes back to an older version of Kubernetes",
      "make a cluster of the older version beside it: sluice cluster add",
    );
  if (follows.kind === "branch")
    return refuse(
      "branch",
      `${cluster} follows the branch ${follows.value}: it goes back when the branch does`,
      "git revert the change, and merge that",
    );
  const version =
    follows.kind === "semver" && kind === "bundle"
      ? newest(
          releases.filter(
            (release) =>
              inRange(release.version, follows.value) &&
              (compare(release.version, runs?.version ?? "") ?? 0) < 0,
          ),
        )?.version
      : before.at(-1);
  if (version === undefined)
    return refuse(
      "first",
      follows.kind === "semver"
        ? `there is no release in ${follows.value} before ${runs?.version ?? "the present one"}`
        : `the history has no version of ${what} on ${cluster} before ${runs?.version ?? follows.value}`,
      "if the clone is shallow: git fetch --unshallow; otherwise promote the version that it is to run",
    );
  if (kind === "bundle") {
    const release = releases.find((each) => each.version === version);
    if (release === undefined)
      return refuse(
        "gone",
        `the release ${version} that ${cluster} had is not in this clone`,
        releasesIn === undefined
          ? "git fetch --tags origin; a tag that was taken away there is put back on its commit"
          : `git fetch --no-tags ${releasesIn} 'refs/tags/*:refs/tags/*'; a tag that was taken away there is put back on its commit`,
      );
    const other = evidence.find(
      (each) => each.cluster === cluster && each.version === version && each.content !== release.content,
    );
    if (other !== undefined)
      return refuse(
        "moved",
        `the tag ${version} was moved: ${cluster} ran something else under this name`,
        `${there}put the tag back on its commit, or release what it was: sluice release create ${nextPatch(newest(releases)?.version)}`,
      );
  }
  return { outcome: "allowed", version, ...(follows.kind === "semver" ? { pins: follows.value } : {}) };
}
