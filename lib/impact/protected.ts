import { existsSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { clustersFolder } from "../synth/paths.ts";

/** What the definitions say of clusters that their manifests do not. */
export interface ClusterFacts {
  readonly protected: readonly string[];
}

/**
 * Loads the definitions beside everything else, as that takes as long as all the rest. @returns undefined where the
 * repository has none, or they do not load: then nothing is known to be protected
 */
export function clusterFacts(root: string): { facts: Promise<ClusterFacts | undefined>; stop: () => void } {
  if (!existsSync(join(root, clustersFolder, "fleet.ts")))
    return { facts: Promise.resolve(undefined), stop: () => undefined };
  const file = import.meta.url.endsWith(".ts") ? "./protected-worker.ts" : "./protected-worker.js";
  const worker = new Worker(new URL(file, import.meta.url), {
    workerData: { root },
    stdout: true,
    stderr: true,
  });
  worker.unref();
  const facts = new Promise<ClusterFacts | undefined>((resolve) => {
    worker.on("message", resolve);
    worker.on("error", () => {
      resolve(undefined);
    });
    worker.on("exit", () => {
      resolve(undefined);
    });
  });
  return { facts, stop: () => void worker.terminate() };
}
