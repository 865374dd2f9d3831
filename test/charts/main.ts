// Renders every chart that the platform pins with the values that it gives. Run: npm run charts -- DIR
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { type CustomKind, definitionsIn } from "./custom-objects.ts";
import { monitorProblems } from "./monitors.ts";
import { appObjectsOfClusters, type Manifest, platformObjects } from "./objects.ts";
import { type ChartRelease, chartFolder, releasesIn } from "./releases.ts";
import { helmVersion, render } from "./render.ts";
import { mirrorProblems, objectProblems, renderedProblems } from "./problems.ts";
import { unknownKeys } from "./values.ts";

const folder = process.argv[2];
const helm = helmVersion();
if (folder === undefined || !existsSync(folder) || helm === undefined) {
  console.error(
    folder === undefined
      ? "usage: npm run charts -- DIR, where DIR holds <chart>/<version>/<chart>/"
      : helm === undefined
        ? "helm is not on the PATH: nothing was rendered"
        : `${folder} does not exist: nothing was rendered`,
  );
  process.exit(2);
}

const mirror = { images: "registry.internal/mirror" };
const groups = [platformObjects(), ...appObjectsOfClusters(resolve("manifests/clusters"))];
const objects = groups.flat();
// A release is checked once, however many clusters have it as it is.
const releases = new Map(groups.flatMap(releasesIn).map((release) => [JSON.stringify(release), release]));
const mirrored = new Map(releasesIn(platformObjects(mirror)).map((release) => [release.id, release]));

const rows: string[][] = [["chart", "version", "objects", "unknown keys", "problems"]];
const problems: string[] = [];
const missing: string[] = [];
const definitions = new Map<string, CustomKind>();
const workloads: Manifest[] = [];

for (const release of releases.values()) {
  const chart = chartFolder(folder, release);
  if (chart === undefined) {
    missing.push(`${release.chart} ${release.version}`);
    continue;
  }
  const found = check(chart, release);
  problems.push(...found.problems.map((problem) => `${release.id}: ${problem}`));
  rows.push([
    release.chart,
    release.version,
    `${found.rendered}`,
    `${found.unknown.length}`,
    `${found.problems.length}`,
  ]);
}
// What lacks a chart of the platform lacks its kinds and its Services too.
const incomplete = releasesIn(groups[0]!).some((release) => chartFolder(folder, release) === undefined);
problems.push(...objectProblems(objects, definitions, incomplete));
if (!incomplete) problems.push(...monitorProblems(objects, workloads));

const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
for (const row of rows)
  console.log(
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join("  ")
      .trimEnd(),
  );
console.log(
  `${objects.length} objects of the platform and the apps checked, ${definitions.size} custom kinds known, helm ${helm}`,
);
for (const chart of new Set(missing)) console.log(`not checked: ${folder} has no ${chart}`);
for (const problem of problems) console.error(problem);
process.exit(problems.length > 0 ? 1 : 0);

function check(
  chart: string,
  release: ChartRelease,
): { rendered: number; unknown: string[]; problems: string[] } {
  try {
    const manifests = render(chart, release);
    for (const [kind, definition] of definitionsIn(manifests)) definitions.set(kind, definition);
    workloads.push(...manifests.map((manifest) => inNamespace(manifest, release.namespace)));
    const unknown = unknownKeys(chart, release);
    const found = unknown.map((key) => `the chart takes no notice of the value '${key}'`);
    found.push(...renderedProblems(manifests, definitions));
    const twin = mirrored.get(release.id);
    if (twin !== undefined) found.push(...mirrorProblems(render(chart, twin), mirror.images));
    return { rendered: manifests.length, unknown, problems: found };
  } catch (error) {
    return { rendered: 0, unknown: [], problems: [(error as Error).message.trim()] };
  }
}

/** Helm puts what names no namespace into the release's. */
function inNamespace(manifest: Manifest, namespace: string): Manifest {
  return { ...manifest, metadata: { namespace, ...manifest.metadata } };
}
