import { parentPort, workerData } from "node:worker_threads";
import { loadFleet } from "../synth/load.ts";
import type { ClusterFacts } from "./protected.ts";

const { root } = workerData as { root: string };
const { clusters } = await loadFleet(root);
const facts: ClusterFacts = {
  protected: clusters.filter(({ type }) => type.protected).map(({ name }) => name),
};
parentPort!.postMessage(facts);
