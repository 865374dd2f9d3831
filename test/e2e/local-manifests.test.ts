import { loadAll } from "js-yaml";
import { beforeAll, describe, expect, it } from "vitest";
import { loadFleet } from "../../lib/synth/load.ts";
import { synthesise } from "../../lib/synth/synthesise.ts";
import { withLocalUrls } from "./support/local-urls.ts";

interface FluxObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: Readonly<Record<string, unknown>>;
}

const repository = "http://127.0.0.1:1/fleet.git";
const artifacts = "oci://127.0.0.1:2/fleet";
const charts = "oci://127.0.0.1:3/charts";

let original: ReadonlyMap<string, string>;
let local: ReadonlyMap<string, string>;
beforeAll(async () => {
  const loaded = await loadFleet(new URL("../../", import.meta.url).pathname);
  original = (await synthesise(loaded)).files;
  local = (
    await synthesise(withLocalUrls(loaded, { repository, artifacts, mirror: { charts, insecure: true } }))
  ).files;
});

/** What the e2e tests apply, compared with what is committed. */
describe("the manifests that the tests against a real control plane apply", () => {
  it("are the reference fleet's own, but for where things are fetched from", () => {
    expect([...local.keys()]).toEqual([...original.keys()]);
    for (const [path, text] of original)
      expect(withoutUrls(local.get(path)!), path).toEqual(withoutUrls(text));
  });

  it("fetch everything from the servers of the test", () => {
    const urls = new Set<string>();
    for (const text of local.values())
      for (const object of objectsIn(text)) {
        if (object.kind.endsWith("Repository")) urls.add(object.spec!["url"] as string);
        if (object.kind === "FluxInstance") urls.add((object.spec!["sync"] as { url: string }).url);
      }
    expect(
      [...urls].filter((url) => ![repository, artifacts, charts].some((own) => url.startsWith(own))),
    ).toEqual([]);
    expect(urls.size).toBeGreaterThan(10);
  });

  it("differ in files that fetch something, and in no other", () => {
    const changed = [...original].filter(([path, text]) => local.get(path) !== text);
    const fetching = [...original].filter(([, text]) => /^kind: (\w+Repository|FluxInstance)$/m.test(text));
    expect(changed.map(([path]) => path)).toEqual(fetching.map(([path]) => path));
  });
});

function objectsIn(text: string): FluxObject[] {
  return text.startsWith("{") ? [] : (loadAll(text) as FluxObject[]);
}

/**
 * A file's objects without what says where something is fetched from. A chart that its publisher has in an index
 * only comes from an OCI registry in the test, so its source is an OCIRepository there: of such a source and the
 * release that refers to it, name and version of the chart are left. The release's annotation repeats the version.
 */
function withoutUrls(text: string): unknown {
  if (text.startsWith("{")) return text;
  const objects = objectsIn(text);
  return objects.map((object) => {
    const { kind, spec = {} } = object;
    switch (kind) {
      case "GitRepository":
        return { ...object, spec: { ...spec, url: "" } };
      case "FluxInstance":
        return { ...object, spec: { ...spec, sync: { ...(spec["sync"] as object), url: "" } } };
      case "HelmRepository":
      case "OCIRepository": {
        if (kind === "OCIRepository" && spec["layerSelector"] === undefined)
          return {
            ...object,
            spec: { ...spec, url: (spec["url"] as string).split("/").at(-1), insecure: true },
          };
        return { metadata: object.metadata, source: "of a chart" };
      }
      case "HelmRelease": {
        const { chart: _, chartRef: __, ...rest } = spec;
        const { annotations: ___, ...metadata } = object.metadata;
        return { ...object, metadata, spec: { ...rest, chart: chartOf(object, objects) } };
      }
      default:
        return object;
    }
  });
}

/** Name and version of the chart of a release, however it refers to it. */
function chartOf(
  { spec = {} }: FluxObject,
  objects: readonly FluxObject[],
): { name: string; version: string } {
  const { chart, chartRef } = spec as {
    chart?: { spec: { chart: string; version: string } };
    chartRef?: { kind: string; name: string };
  };
  if (chart !== undefined) return { name: chart.spec.chart, version: chart.spec.version };
  const source = objects.find(
    ({ kind, metadata }) => kind === chartRef!.kind && metadata.name === chartRef!.name,
  )!;
  const { url, ref } = source.spec as { url: string; ref: { tag?: string; semver?: string } };
  return { name: url.split("/").at(-1)!, version: (ref.tag ?? ref.semver)! };
}
