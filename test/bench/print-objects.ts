// node print-objects.ts ROOT FOLDER: what Flux applies to each cluster of a repository, a file for each.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { objectsOf } from "../../lib/effective/cluster.ts";
import { openClusters } from "../../lib/effective/open.ts";
import { Git } from "../../lib/git/git.ts";
import { type KubeJson, printYaml } from "../../lib/synth/print.ts";

const [root, folder] = process.argv.slice(2);
for (const cluster of await openClusters(new Git(root!))) {
  const texts = objectsOf(cluster).map(({ object }) => printYaml(object as KubeJson));
  writeFileSync(join(folder!, `${cluster.root.name}.yaml`), texts.join("---\n"));
}
