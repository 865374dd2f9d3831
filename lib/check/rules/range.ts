import { parseRange, parseVersion, satisfies } from "../../fleet/semver.ts";
import { type CheckedCluster, specOf } from "../fleet.ts";
import type { Finding, Rule } from "../rule.ts";

type Json = Readonly<Record<string, unknown>>;

/**
 * Whether a version can change without a commit where it must not: a range falls back to an older version when a
 * tag is taken away (flux-operator#1016), and one without an end takes the next major.
 */
export const range: Rule = {
  name: "range",
  description:
    "a range of versions has an end, except on a cluster that follows a branch, and is not what a protected cluster follows",
  severity: "error",
  check: ({ clusters }) => clusters.flatMap(checkCluster),
};

function checkCluster(cluster: CheckedCluster): Finding[] {
  const found: Finding[] = [];
  const guarded = cluster.definition?.type.protected === true;
  // Where even the platform is whatever was merged last, the newest of everything is wanted.
  const track = cluster.definition?.bundles[0]?.track;
  const followsBranch = track !== undefined && "branch" in track;
  const examine = (object: Finding["object"] & object, field: string, text: unknown) => {
    if (typeof text !== "string" || text.includes("⟨")) return;
    const tell = (message: string, remedy: string) => {
      found.push({ cluster: cluster.name, object, field, message: `${field} '${text}' ${message}`, remedy });
    };
    // A whole version is a range of one.
    if (parseVersion(text) !== undefined && /^v?\d+\.\d+\.\d+/.test(text)) return;
    let parsed;
    try {
      parsed = parseRange(text);
    } catch {
      tell("is neither a version nor a range", "write X.Y.Z, or a range such as 1.x");
      return;
    }
    const takes = (version: string) => satisfies(parseVersion(version)!, parsed);
    if (takes("9999.0.0") && !followsBranch)
      tell("has no end: the next major version is taken as soon as it is there", "write a range such as 1.x");
    else if (guarded)
      tell(
        "is a range, on a protected cluster: a tag that is taken away makes it fall back",
        "pin one version",
      );
  };
  for (const object of cluster.ofKind("OCIRepository", "GitRepository"))
    examine(object, "spec.ref.semver", (specOf(object)["ref"] as Json | undefined)?.["semver"]);
  for (const object of cluster.ofKind("HelmRelease")) {
    const chart = (specOf(object)["chart"] as { spec?: { version?: string } } | undefined)?.spec;
    if (chart !== undefined) examine(object, "spec.chart.spec.version", chart.version ?? "*");
  }
  return found;
}
