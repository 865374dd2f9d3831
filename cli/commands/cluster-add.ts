import { planCluster, writeCluster } from "../../lib/cluster/add.ts";
import { compareFiles, writeFiles } from "../../lib/synth/files.ts";
import { loadFleet, nameOfFolder } from "../../lib/synth/load.ts";
import { clustersFolder } from "../../lib/synth/paths.ts";
import { synthesise } from "../../lib/synth/synthesise.ts";
import { parseProvider } from "../provider-option.ts";
import { printNotices } from "../report.ts";
import { openFleet } from "../repository.ts";
import { rmSync } from "node:fs";
import { join } from "node:path";

/** Options of the command. */
export interface ClusterAddOptions {
  readonly type: string;
  readonly set: readonly string[];
  readonly like?: string;
  readonly provider: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** `sluice cluster add`: the new cluster's definition and manifests, or nothing. Left to review and commit. */
export async function clusterAdd(
  folder: string,
  { provider, dryRun = false, json = false, ...options }: ClusterAddOptions,
): Promise<void> {
  const { root, git } = await openFleet();
  const files = await planCluster(root, { folder, ...options, provider: parseProvider(provider) });
  const name = nameOfFolder(folder);
  if (dryRun) {
    for (const [path, text] of files) console.log(`${path}\n${text}`);
    return;
  }
  writeCluster(root, files);
  try {
    const loaded = await loadFleet(root);
    const manifests = await synthesise(
      { ...loaded, clusters: loaded.clusters.filter((cluster) => cluster.name === name) },
      { clustersOnly: true, git },
    );
    const difference = compareFiles(root, manifests.folders, manifests.files);
    writeFiles(root, manifests.files, difference);
    const made = [...files.keys(), ...difference.added, ...difference.changed];
    if (json)
      console.log(
        JSON.stringify({ name, type: options.type, files: made, notices: manifests.notices }, null, 2),
      );
    else {
      printNotices(manifests.notices);
      console.log(made.join("\n"));
      console.log(
        `\nCluster ${name} is defined. Add its apps in ${clustersFolder}/${folder}/cluster.ts, run npx sluice synth, and commit.`,
      );
    }
  } catch (error) {
    rmSync(join(root, clustersFolder, folder), { recursive: true });
    throw error;
  }
}
