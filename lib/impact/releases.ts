import { type EffectiveCluster, objectsOf } from "../effective/cluster.ts";
import { releaseNamespace } from "../effective/order.ts";
import type { EffectiveObject } from "../effective/unit.ts";
import type { ChartRelease, Charts, Rendered } from "./charts.ts";
import { dangersOf } from "./dangers.ts";
import { type ClusterImpact, identityOf, type ObjectChange, objectId, type UnitNote } from "./impact.ts";
import { objectChanges } from "./object-changes.ts";
import { shownObject, withoutSecrets } from "./secrets.ts";

type Json = Readonly<Record<string, unknown>>;

/** A HelmRelease of a cluster, by what its chart makes objects of. */
interface Release {
  readonly unit: string;
  readonly file: string;
  readonly asked: ChartRelease;
  /** What of its values is not known here. */
  readonly notes: readonly string[];
}

/** The HelmReleases of a cluster, by name. Values of Secrets are symbols in them. @throws Pending */
export function releasesOf(cluster: EffectiveCluster | undefined): Map<string, Release> {
  const objects = cluster === undefined ? [] : objectsOf(cluster);
  const shown = objects.map(shownObject);
  const find = (kind: string, namespace: string, name: unknown) =>
    shown.find((object) => {
      const metadata = object["metadata"] as Json;
      return object["kind"] === kind && metadata["name"] === name && metadata["namespace"] === namespace;
    });
  return new Map(
    objects
      .filter(({ object }) => isRelease(object))
      .map((found) => {
        const { namespace = "default", name } = shownObject(found)["metadata"] as {
          namespace?: string;
          name: string;
        };
        return [`${namespace}/${name}`, releaseOf(found, namespace, name, find)];
      }),
  );
}

const isRelease = (object: Json): boolean =>
  object["kind"] === "HelmRelease" && String(object["apiVersion"]).startsWith("helm.toolkit.fluxcd.io/");

type Find = (kind: string, namespace: string, name: unknown) => Json | undefined;

function releaseOf(found: EffectiveObject, namespace: string, name: string, find: Find): Release {
  const object = shownObject(found);
  const spec = (object["spec"] ?? {}) as Json;
  const notes: string[] = [];
  const target = spec["targetNamespace"];
  const asked: ChartRelease = {
    name: String(spec["releaseName"] ?? (target === undefined ? name : `${String(target)}-${name}`)),
    namespace: releaseNamespace(object),
    ...chartOf(spec, namespace, find),
    values: (spec["values"] ?? {}) as Json,
  };
  for (const { kind, name: from } of (spec["valuesFrom"] ?? []) as readonly Json[])
    notes.push(`values from the ${String(kind)} '${String(from)}' are not taken into account`);
  return { unit: found.unit, file: found.file, asked, notes };
}

function chartOf(spec: Json, namespace: string, find: Find): Pick<ChartRelease, "chart" | "version"> {
  const reference = spec["chartRef"] as Json | undefined;
  if (reference === undefined) {
    const chart = (((spec["chart"] ?? {}) as Json)["spec"] ?? {}) as Json;
    return { chart: String(chart["chart"]), version: chart["version"] as string | undefined };
  }
  const within = String(reference["namespace"] ?? namespace);
  const source = find(String(reference["kind"]), within, reference["name"]);
  const own = (source?.["spec"] ?? {}) as Json;
  if (reference["kind"] === "HelmChart")
    return { chart: String(own["chart"]), version: own["version"] as string | undefined };
  const ref = (own["ref"] ?? {}) as Json;
  return {
    chart: String(own["url"] ?? reference["name"])
      .replace(/\/+$/, "")
      .split("/")
      .at(-1)!,
    version: (ref["semver"] ?? ref["tag"]) as string | undefined,
  };
}

/** What the charts of a cluster make of a change, told with the rest. @param impact what the change does without them */
export async function withCharts(
  cluster: string,
  impact: ClusterImpact | undefined,
  before: ReadonlyMap<string, Release>,
  after: ReadonlyMap<string, Release>,
  charts: Charts,
): Promise<ClusterImpact | undefined> {
  const changes: ObjectChange[] = [];
  const unknown: UnitNote[] = [];
  for (const id of new Set([...before.keys(), ...after.keys()])) {
    const [old, now] = [before.get(id), after.get(id)];
    if (JSON.stringify(old?.asked) === JSON.stringify(now?.asked)) continue;
    const some = (now ?? old)!;
    const unit = `HelmRelease ${id}`;
    unknown.push(...some.notes.map((message) => ({ unit, message })));
    const none: Rendered = { objects: [] };
    const [olds, nows] = await Promise.all(
      [old, now].map(async (release) => (release === undefined ? none : charts.render(release.asked))),
    );
    const reason = [olds!, nows!].flatMap((rendered) => ("reason" in rendered ? rendered.reason : []))[0];
    if (reason !== undefined) unknown.push({ unit, message: reason });
    else changes.push(...between(objects(olds!), objects(nows!), { ...some, unit }));
  }
  if (changes.length + unknown.length === 0) return impact;
  const empty = { cluster, clusterChange: undefined, changes: [], failures: [], unknown: [] };
  const own = impact ?? empty;
  return { ...own, changes: [...own.changes, ...changes], unknown: [...own.unknown, ...unknown] };
}

const objects = (rendered: Rendered): Map<string, Json> =>
  new Map("objects" in rendered ? rendered.objects.map((object) => [identityOf(object), object]) : []);

function between(
  olds: ReadonlyMap<string, Json>,
  nows: ReadonlyMap<string, Json>,
  { unit, file }: Pick<Release, "unit" | "file">,
): ObjectChange[] {
  const changes: ObjectChange[] = [];
  for (const id of new Set([...olds.keys(), ...nows.keys()])) {
    const [old, now] = [olds.get(id), nows.get(id)];
    const change = old === undefined ? "added" : now === undefined ? "removed" : "changed";
    const effective = (object: Json) => ({ object, shown: undefined, file, line: 1, unit });
    const fields =
      old === undefined || now === undefined
        ? []
        : withoutSecrets(objectChanges(old, now), effective(old), effective(now));
    if (change === "changed" && fields.length === 0) continue;
    const dangers = dangersOf(old, now, fields, false);
    changes.push({ object: objectId((now ?? old)!), change, fields, unit, file, dangers });
  }
  return changes;
}
