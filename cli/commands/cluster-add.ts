import { addCluster, planCluster } from "../../lib/cluster/add.ts";
import { type Track, type TrackKind, trackKinds, trackProblem } from "../../lib/fleet/tracks.ts";
import { UserError } from "../../lib/fleet/user-error.ts";
import { nameOfFolder } from "../../lib/synth/load.ts";
import { clustersFolder } from "../../lib/synth/paths.ts";
import { parseProvider } from "../provider-option.ts";
import { printNotices } from "../report.ts";
import { openFleet } from "../repository.ts";

/** Options of the command. */
export interface ClusterAddOptions {
  readonly type: string;
  readonly set: readonly string[];
  readonly like?: string;
  readonly track?: string;
  readonly provider: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** `sluice cluster add`: the new cluster's definition and manifests, or nothing. Left to review and commit. */
export async function clusterAdd(
  folder: string,
  { provider, track, dryRun = false, json = false, ...options }: ClusterAddOptions,
): Promise<void> {
  const given = track === undefined ? {} : { track: parseTrack(track) };
  const request = { folder, ...options, ...given, provider: parseProvider(provider) };
  const { root, git } = await openFleet();
  const texts = await planCluster(root, request);
  const { files, notices } = dryRun
    ? { files: [...texts.keys()], notices: [] }
    : await addCluster(root, texts, git);
  const name = nameOfFolder(folder);
  if (json) {
    console.log(JSON.stringify({ name, type: options.type, written: !dryRun, files, notices }, null, 2));
    return;
  }
  printNotices(notices);
  if (dryRun) for (const [path, text] of texts) console.log(`${path}\n${text}`);
  else {
    console.log(files.join("\n"));
    const file = `${clustersFolder}/${folder}/cluster.ts`;
    console.log(`\nCluster ${name} is defined. Add its apps in ${file}, run npx sluice synth, and commit.`);
  }
}

function parseTrack(text: string): Track {
  const [kind = "", value = ""] = text.split(/:(.*)/s);
  const problem = (trackKinds as readonly string[]).includes(kind)
    ? trackProblem(kind as TrackKind, value)
    : `'${text}' is none of ${trackKinds.map((known) => `${known}:…`).join(", ")}`;
  if (problem !== undefined) throw new UserError({ where: "--track", message: problem }, 2);
  return { [kind]: value } as Track;
}
