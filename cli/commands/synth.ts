import { styleText } from "node:util";
import { loadFleet } from "../../lib/synth/load.ts";
import { compareFiles, copyFiles, writeFiles } from "../../lib/synth/files.ts";
import { synthesise } from "../../lib/synth/synthesise.ts";
import { printNotices } from "../report.ts";
import { openFleet } from "../repository.ts";

/** Options of the command. */
export interface SynthOptions {
  readonly cluster?: string;
  readonly check?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** `sluice synth`: definitions → manifests, writing only what changed. `cdk8s synth` runs it with CDK8S_OUTDIR set. */
export async function synth({
  cluster,
  check = false,
  dryRun = false,
  json = false,
}: SynthOptions): Promise<void> {
  const { root, git } = await openFleet();
  const loaded = await loadFleet(root, cluster);
  const { files, folders, notices } = await synthesise(loaded, { clustersOnly: cluster !== undefined, git });
  const difference = compareFiles(root, folders, files);
  const { added, changed, stale, unchanged } = difference;
  const differs = added.length + changed.length + stale.length > 0;
  if (!check && !dryRun) writeFiles(root, files, difference);
  const { CDK8S_OUTDIR } = process.env;
  if (CDK8S_OUTDIR !== undefined) copyFiles(CDK8S_OUTDIR, files);
  if (json)
    console.log(
      JSON.stringify(
        {
          clusters: loaded.clusters.length,
          written: !check && !dryRun,
          added,
          changed,
          removed: stale,
          unchanged,
          notices,
        },
        null,
        2,
      ),
    );
  else {
    printNotices(notices);
    if (check && differs) {
      const { describeDifference } = await import("../../lib/synth/describe-difference.ts");
      console.log(describeDifference(root, files, difference));
      console.log(
        styleText("red", "The committed manifests are not what the definitions give.") + " Run: sluice synth",
      );
    } else {
      for (const path of dryRun ? [...added, ...changed, ...stale] : []) console.log(path);
      const summary = `${loaded.clusters.length} cluster${loaded.clusters.length === 1 ? "" : "s"}: ${added.length} added, ${changed.length} changed, ${stale.length} removed, ${unchanged} unchanged`;
      console.log(dryRun ? `${summary} (nothing written)` : summary);
    }
  }
  if (check && differs) process.exitCode = 1;
}
