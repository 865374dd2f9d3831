import { loadAll } from "js-yaml";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { mergePatch } from "../../constructs/kube-object.ts";
import type { Json } from "./objects.ts";
import type { ChartRelease } from "./releases.ts";
import { render } from "./render.ts";

/**
 * The keys of a release's values that the chart takes no notice of, by path. A key that values.yaml does not have
 * may still be read by a template: it counts as known if the chart renders something else without it.
 */
export function unknownKeys(chart: string, release: ChartRelease): string[] {
  const schema = readJson(join(chart, "values.schema.json"));
  const unlisted = keysWithout(release.values, defaultsOf(chart), schema, []);
  if (unlisted.length === 0) return [];
  const [rendered, again] = [stable(chart, release), stable(chart, release)];
  return unlisted
    .filter((path) => {
      const without = stable(chart, { ...release, values: omitted(release.values, path) });
      // What differs between two renderings of the same is random.
      return without.every((text, index) => text === rendered[index] || rendered[index] !== again[index]);
    })
    .map((path) => path.join("."));
}

/** What a chart renders, without checksums of what is random. */
function stable(chart: string, release: ChartRelease): string[] {
  return render(chart, release).map((manifest) =>
    JSON.stringify(manifest).replaceAll(/"checksum\/[^"]*":"[^"]*"/g, ""),
  );
}

function omitted(values: Json, [key, ...below]: readonly string[]): Json {
  const { [key!]: value, ...rest } = values;
  return below.length === 0 ? rest : { ...rest, [key!]: omitted(value as Json, below) };
}

/** The defaults of a chart, those of the charts in it under their names. */
function defaultsOf(chart: string): Json {
  const own = (readYaml(join(chart, "values.yaml")) ?? {}) as Json;
  const { dependencies = [] } = readYaml(join(chart, "Chart.yaml")) as {
    dependencies?: { name: string; alias?: string }[];
  };
  let defaults: Json = {};
  for (const { name, alias } of dependencies) {
    const folder = join(chart, "charts", name);
    if (existsSync(folder))
      defaults = { ...defaults, [alias ?? name]: { global: {}, ...defaultsOf(folder) } };
  }
  return mergePatch(defaults, own) as Json;
}

/** The paths that neither the defaults nor the schema have. Lists are taken whole, and below `{}` or nothing anything goes. */
function keysWithout(values: Json, defaults: unknown, schema: unknown, path: readonly string[]): string[][] {
  if (!isBlock(defaults) || Object.keys(defaults).length === 0) return [];
  return Object.entries(values).flatMap(([key, value]) => {
    const below = [...path, key];
    const inSchema = property(schema, key);
    if (!Object.hasOwn(defaults, key)) return inSchema === undefined ? [below] : [];
    return isBlock(value) ? keysWithout(value, defaults[key], inSchema, below) : [];
  });
}

function property(schema: unknown, key: string): unknown {
  const properties = isBlock(schema) ? schema["properties"] : undefined;
  return isBlock(properties) ? properties[key] : undefined;
}

function isBlock(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A file's first document; charts may have empty ones. */
function readYaml(file: string): unknown {
  return existsSync(file) ? loadAll(readFileSync(file, "utf8"))[0] : undefined;
}

function readJson(file: string): unknown {
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
}
