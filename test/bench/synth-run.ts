// One synthesis of a generated fleet, timed from inside: node synth-run.ts ROOT [CLUSTER]. Prints one JSON object.
import { loadFleet } from "../../lib/synth/load.ts";
import { compareFiles, writeFiles } from "../../lib/synth/files.ts";
import { synthesise } from "../../lib/synth/synthesise.ts";

const [root, only] = process.argv.slice(2);
const begin = performance.now();
const loaded = await loadFleet(root!, only);
const { files, folders } = await synthesise(loaded, { clustersOnly: only !== undefined });
const difference = compareFiles(root!, folders, files);
writeFiles(root!, files, difference);
const milliseconds = performance.now() - begin;
const written = difference.added.length + difference.changed.length + difference.stale.length;
console.log(JSON.stringify({ milliseconds, written, peakMiB: process.resourceUsage().maxRSS / 1024 }));
