// The same objects in one plain cdk8s App, a chart for each cluster: node plain-run.ts ROOT TARGET.
import { ApiObject, App, Chart, YamlOutputType } from "cdk8s";
import { loadAll } from "js-yaml";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const [root, target] = process.argv.slice(2) as [string, string];
const folder = join(root, "manifests/clusters");
const clusters = readdirSync(folder).map((name) => ({
  name,
  objects: readdirSync(join(folder, name), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== "kustomization.yaml")
    .flatMap(
      (entry) =>
        loadAll(readFileSync(join(entry.parentPath, entry.name), "utf8")) as {
          apiVersion: string;
          kind: string;
        }[],
    ),
}));

const begin = performance.now();
const app = new App({ outdir: target, yamlOutputType: YamlOutputType.FILE_PER_CHART });
for (const { name, objects } of clusters) {
  const chart = new Chart(app, name);
  objects.forEach((object, index) => new ApiObject(chart, `object-${index}`, object));
}
app.synth();
console.log(
  JSON.stringify({
    milliseconds: performance.now() - begin,
    clusters: clusters.length,
    objects: clusters[0]!.objects.length,
  }),
);
