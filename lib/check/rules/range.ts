import type { Taken } from "../../effective/range.ts";
import { isContent } from "../../effective/source.ts";
import type { EffectiveObject, Unit } from "../../effective/unit.ts";
import { parseRange, parseVersion, satisfies } from "../../fleet/semver.ts";
import { type CheckedCluster, nameOf, specOf } from "../fleet.ts";
import type { Finding, Rule, Severity } from "../rule.ts";

type Json = Readonly<Record<string, unknown>>;

/**
 * Whether a version can change without a commit: a range falls back to an older version when a tag is taken away
 * (flux-operator#1016), and one without an end takes the next major.
 */
export const range: Rule = {
  name: "range",
  description:
    "a range of versions has an end, except on a cluster that follows a branch, and is not what a protected cluster follows; any other of manifests has no older version to fall back to when a tag is taken away",
  severity: "error",
  check: ({ clusters }) => clusters.flatMap(checkCluster),
};

/** How a source of manifests is kept where it is. Charts have no such pin: a range of them is for their newest patches. */
const pins: Readonly<Record<string, string>> = {
  OCIRepository: "pin a tag and its digest together: { tag: X.Y.Z, digest: sha256:… }",
  GitRepository: "pin a tag and its commit together: { tag: X.Y.Z, commit: … }",
};

function checkCluster(cluster: CheckedCluster): Finding[] {
  const found: Finding[] = [];
  const guarded = cluster.definition?.type.protected === true;
  // Where even the platform is whatever was merged last, the newest of everything is wanted.
  const track = cluster.definition?.bundles[0]?.track;
  const followsBranch = track !== undefined && "branch" in track;
  const examine = (object: EffectiveObject, field: string, text: unknown, pin?: string, taken?: Taken) => {
    if (typeof text !== "string" || text.includes("⟨")) return;
    const tell = (message: string, remedy: string, severity?: Severity) => {
      const about = { cluster: cluster.name, object, field, ...(severity === undefined ? {} : { severity }) };
      found.push({ ...about, message: `${field} '${text}' ${message}`, remedy });
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
        pin ?? "pin one version",
      );
    else if (pin !== undefined && taken?.fallback !== undefined)
      tell(
        `takes ${taken.tag}: when that tag is taken away, it falls back to ${taken.fallback} without a commit`,
        `where that must not be, ${pin}`,
        "warning",
      );
  };
  const contents = new Map(
    [...cluster.effective.units.values()].map((unit) => [sourceOf(unit), unit.content] as const),
  );
  for (const object of cluster.ofKind("OCIRepository", "GitRepository")) {
    const ref = (specOf(object)["ref"] ?? {}) as Json;
    // What Flux follows in spite of the range.
    if (ref["digest"] !== undefined || ref["commit"] !== undefined || ref["name"] !== undefined) continue;
    // What no Kustomization reads is a chart.
    const content = contents.get(nameOf(object));
    const pin = content === undefined ? undefined : pins[String(object.object["kind"])];
    const taken = content !== undefined && isContent(content) ? content.taken : undefined;
    examine(object, "spec.ref.semver", ref["semver"], pin, taken);
  }
  for (const object of cluster.ofKind("HelmRelease")) {
    const chart = (specOf(object)["chart"] as { spec?: { version?: string } } | undefined)?.spec;
    if (chart !== undefined) examine(object, "spec.chart.spec.version", chart.version ?? "*");
  }
  return found;
}

/** `Kind namespace/name` of the source whose manifests a Kustomization applies. */
function sourceOf({ definition }: Unit): string {
  const reference = (definition.spec["sourceRef"] ?? {}) as Readonly<Record<string, string>>;
  const { kind, name, namespace = definition.namespace } = reference;
  return `${kind} ${namespace}/${name}`;
}
