import { loadAll } from "js-yaml";
import { Registry } from "../../../lib/artifact/registry.ts";
import { best, parseRange } from "../../../lib/fleet/semver.ts";
import { type StandInChart, standInCharts } from "./charts.ts";
import { packageChart } from "./package-chart.ts";

/** A chart that manifests refer to: its name, and a version or a range. */
export interface UsedChart {
  readonly name: string;
  readonly version: string;
}

interface Source {
  readonly kind?: string;
  readonly spec?: {
    readonly url?: string;
    readonly ref?: { readonly tag?: string; readonly semver?: string };
    readonly layerSelector?: { readonly mediaType?: string };
  };
}

/** The charts that manifests take from the mirror, each once. @param files their texts */
export function usedCharts(files: Iterable<string>): UsedChart[] {
  const found = new Map<string, UsedChart>();
  for (const text of files)
    for (const object of loadAll(text) as (Source | null)[]) {
      if (object?.kind !== "OCIRepository" || !object.spec?.layerSelector?.mediaType?.includes("helm.chart"))
        continue;
      const { url = "", ref = {} } = object.spec;
      const version = ref.tag ?? ref.semver ?? "";
      found.set(`${url} ${version}`, { name: url.slice(url.lastIndexOf("/") + 1), version });
    }
  return [...found.values()];
}

/** A registry's part that holds stand-ins of charts. */
export class ChartMirror {
  readonly #host: string;
  readonly #path: string;

  /** @param host `127.0.0.1:PORT` */
  constructor(host: string, path = "charts") {
    this.#host = host;
    this.#path = path;
  }

  /** What the fleet's `mirror` has to be. */
  get mirror(): { charts: string; insecure: true } {
    return { charts: `oci://${this.#host}/${this.#path}`, insecure: true };
  }

  /**
   * Pushes the stand-in of every chart that is used, at its version.
   * @throws Error for a chart that has no stand-in, or a range that no version which is used lies in
   */
  async pushAll(charts: readonly UsedChart[]): Promise<void> {
    const exact = charts.filter(({ version }) => /^v?\d+\.\d+\.\d+/.test(version));
    for (const { name, version } of charts) {
      if (exact.some((each) => each.version === version)) continue;
      const pinned = exact.filter((each) => each.name === name).map((each) => each.version);
      if (best(parseRange(version), pinned) === undefined)
        throw new Error(`no cluster pins a version of ${name} that lies in ${version}`);
    }
    for (const { name, version } of exact) {
      const chart = standInCharts[name];
      if (chart === undefined) throw new Error(`there is no stand-in for the chart ${name}`);
      await this.push(name, version, chart);
    }
  }

  /** Pushes one chart. */
  async push(name: string, version: string, chart: StandInChart): Promise<void> {
    const registry = new Registry(
      { host: this.#host, name: `${this.#path}/${name}` },
      { insecure: true, credentials: () => Promise.resolve(undefined) },
    );
    await registry.push(version.replace("+", "_"), packageChart(name, version, chart));
  }
}
