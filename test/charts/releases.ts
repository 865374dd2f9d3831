import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { best, parseRange } from "../../lib/fleet/semver.ts";
import type { Json, Manifest } from "./objects.ts";

/** A HelmRelease, and the chart that it is of. */
export interface ChartRelease {
  /** `namespace/name`. */
  readonly id: string;
  readonly name: string;
  readonly namespace: string;
  readonly chart: string;
  readonly version: string;
  readonly values: Json;
}

interface ReleaseSpec {
  readonly releaseName?: string;
  readonly chart?: { readonly spec: { readonly chart: string; readonly version: string } };
  readonly chartRef?: { readonly name: string; readonly namespace?: string };
  readonly values?: Json;
}

interface SourceSpec {
  readonly url: string;
  readonly ref: { readonly tag?: string; readonly semver?: string };
}

/** The releases among the objects of one cluster. */
export function releasesIn(objects: readonly Manifest[]): ChartRelease[] {
  return objects.filter(({ kind }) => kind === "HelmRelease").map((release) => releaseOf(release, objects));
}

/** Where the chart of a release is below `<chart>/<version>/<chart>`: for a range the newest that it takes. */
export function chartFolder(folder: string, { chart, version }: ChartRelease): string | undefined {
  const versions = existsSync(join(folder, chart)) ? readdirSync(join(folder, chart)) : [];
  const taken = versions.includes(version) ? version : best(parseRange(version), versions);
  return taken === undefined ? undefined : join(folder, chart, taken, chart);
}

function releaseOf({ metadata, spec: anySpec }: Manifest, objects: readonly Manifest[]): ChartRelease {
  const spec = anySpec as ReleaseSpec;
  const { name, namespace = "default" } = metadata;
  const chart = spec.chart === undefined ? fromArtifact(spec.chartRef!, namespace, objects) : spec.chart.spec;
  return {
    id: `${namespace}/${name}`,
    name: spec.releaseName ?? name,
    namespace,
    chart: chart.chart,
    version: chart.version,
    values: spec.values ?? {},
  };
}

function fromArtifact(
  { name, namespace: given }: { name: string; namespace?: string },
  from: string,
  objects: readonly Manifest[],
): { chart: string; version: string } {
  const namespace = given ?? from;
  const source = objects.find(
    ({ kind, metadata }) =>
      kind === "OCIRepository" && metadata.name === name && metadata.namespace === namespace,
  );
  if (source === undefined) throw new Error(`no OCIRepository ${namespace}/${name}`);
  const { url, ref } = source["spec"] as SourceSpec;
  return {
    chart: url.slice(url.lastIndexOf("/") + 1),
    version: (ref.tag ?? ref.semver ?? "").replace("_", "+"),
  };
}
