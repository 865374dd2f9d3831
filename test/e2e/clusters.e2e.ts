import { loadFleet } from "../../lib/synth/load.ts";
import { describeCluster } from "./support/living-cluster.ts";

/** Those with a file of their own, for what happens to them further. */
const elsewhere = ["development", "production", "staging"];

const { clusters } = await loadFleet(new URL("../../", import.meta.url).pathname);
for (const { name } of clusters) if (!elsewhere.includes(name)) describeCluster(name);
