// One synthesis of a generated fleet, timed from inside: node synth-run.ts ROOT [CLUSTER]. Prints one JSON object.
import { enableCompileCache } from "node:module";

// As the command does.
enableCompileCache();
const { loadFleet } = await import("../../lib/synth/load.ts");
const { compareFiles, writeFiles } = await import("../../lib/synth/files.ts");
const { synthesise } = await import("../../lib/synth/synthesise.ts");

const [root, only] = process.argv.slice(2);
const begin = performance.now();
const loaded = await loadFleet(root!, only);
const { files, folders } = await synthesise(loaded, { clustersOnly: only !== undefined });
const difference = compareFiles(root!, folders, files);
writeFiles(root!, files, difference);
const milliseconds = performance.now() - begin;
const written = difference.added.length + difference.changed.length + difference.stale.length;
console.log(JSON.stringify({ milliseconds, written, peakMiB: process.resourceUsage().maxRSS / 1024 }));
