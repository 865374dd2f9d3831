import { kindsOfGroup } from "../../flux/schema.ts";
import { ancestorsOf, dependenciesOf, readyBefore, waits } from "../../effective/order.ts";
import type { EffectiveObject, Unit } from "../../effective/unit.ts";
import { type CheckedCluster, partsOf, specOf } from "../fleet.ts";
import type { Finding, Rule } from "../rule.ts";
import { providers } from "../providers.ts";

/** Whether each custom object comes after what defines its kind. */
export const customKind: Rule = {
  name: "custom-kind",
  description:
    "the kind of a custom object is there before it: its definition is in the same Kustomization, or one that is waited for provides it",
  severity: "error",
  check: ({ clusters }) => clusters.flatMap(checkCluster),
};

function checkCluster(cluster: CheckedCluster): Finding[] {
  const found: Finding[] = [];
  for (const [api, objects] of cluster.byApi) {
    const [apiVersion, kind] = partsOf(api);
    if (kindsOfGroup(apiVersion, cluster.kubernetes).length > 0) continue;
    const group = apiVersion.slice(0, Math.max(0, apiVersion.indexOf("/")));
    // The first object of a Kustomization stands for all.
    const units = new Set<string>();
    for (const object of objects) {
      if (units.has(object.unit)) continue;
      units.add(object.unit);
      const problem = problemOf(cluster, object, apiVersion, kind, group);
      if (problem !== undefined) found.push({ cluster: cluster.name, object, field: "kind", ...problem });
    }
  }
  return found;
}

function problemOf(
  cluster: CheckedCluster,
  object: EffectiveObject,
  apiVersion: string,
  kind: string,
  group: string,
): { message: string; remedy?: string } | undefined {
  const unit = cluster.unitOf(object);
  const known = cluster.kinds.get(`${apiVersion} ${kind}`);
  if (known?.served === false) return { message: `its definition does not serve ${apiVersion} ${kind}` };
  if (known?.definition !== undefined)
    // Flux applies definitions first, within one Kustomization.
    return known.definition.unit === unit.id
      ? undefined
      : lateness(cluster, known.definition.unit, unit, `the definition of ${kind} is in`);
  const others = [...cluster.kinds.keys()].filter(
    (name) => name.startsWith(`${group}/`) && name.endsWith(` ${kind}`),
  );
  if (known === undefined && others.length > 0)
    return {
      message: `${apiVersion} is no version of ${kind} that its definition has (${others.join(", ")})`,
    };
  const charts = providers[group];
  if (charts === undefined) return undefined;
  const releases = cluster
    .ofKind("HelmRelease")
    .filter((release) => charts.includes(chartOf(cluster, release)));
  if (releases.length === 0) {
    if (known !== undefined || !cluster.isWhole) return undefined;
    // Plain manifests may hold what a chart would.
    return { message: `nothing on this cluster provides ${apiVersion} ${kind} (${charts[0]} would)` };
  }
  const before = releases.some(({ unit: provider }) => lateness(cluster, provider, unit, "") === undefined);
  return before ? undefined : lateness(cluster, releases[0]!.unit, unit, `${kind} comes with a chart in`);
}

function lateness(
  cluster: CheckedCluster,
  provider: string,
  unit: Unit,
  what: string,
): { message: string; remedy: string } | undefined {
  const first = cluster.effective.units.get(provider)!;
  if (provider === unit.id)
    return {
      message: `${what} the same Kustomization ${provider}, which applies all of it at once`,
      remedy: "move the custom objects to a Kustomization that depends on this one",
    };
  const { units } = cluster.effective;
  const after = [unit, ...ancestorsOf(cluster.effective, unit)].flatMap(dependenciesOf);
  // What waits for nothing that there is, is never applied: that is another rule's to tell.
  if (after.some((id) => !units.has(id))) return undefined;
  if (readyBefore(cluster.effective, provider, unit)) return undefined;
  // What is applied by something that the provider is within has the provider's definitions applied before it.
  const inherited = ancestorsOf(cluster.effective, unit).some(({ id }) => id === provider);
  if (inherited && what.startsWith("the definition")) return undefined;
  if (!waits(first))
    return {
      message: `${what} Kustomization ${provider}, which is Ready before that is there`,
      remedy: "give that Kustomization wait: true",
    };
  return {
    message: `${what} Kustomization ${provider}, which this one does not wait for`,
    remedy: `add dependsOn: [{ name: ${first.definition.name} }]`,
  };
}

/** The name of a release's chart. */
function chartOf(cluster: CheckedCluster, release: EffectiveObject): string {
  const spec = specOf(release) as {
    chart?: { spec?: { chart?: string } };
    chartRef?: { kind?: string; name?: string; namespace?: string };
  };
  const named = spec.chart?.spec?.chart;
  if (named !== undefined) return named.split("/").at(-1)!;
  const { namespace } = release.object["metadata"] as { namespace?: string };
  const { kind = "", name = "" } = spec.chartRef ?? {};
  const within = spec.chartRef?.namespace ?? namespace;
  const source = cluster.ofKind(kind).find(({ object }) => {
    const metadata = object["metadata"] as { name: string; namespace?: string };
    return metadata.name === name && metadata.namespace === within;
  });
  const url = source === undefined ? undefined : specOf(source)["url"];
  return typeof url === "string" ? url.replace(/\/+$/, "").split("/").at(-1)! : name;
}
