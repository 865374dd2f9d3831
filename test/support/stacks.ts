import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { testFleet, type TestFleet } from "./fleet.ts";

const sluice = new URL("../../", import.meta.url);

/** The files that make a fleet's clusters stacks: the project, and its program of a few lines. */
export const stackFiles: Readonly<Record<string, string>> = {
  "Pulumi.yaml":
    "name: fleet\nmain: stacks/index.ts\nruntime:\n  name: nodejs\n  options:\n    typescript: false\n",
  "stacks/index.ts": `
import { clusterStack } from ${JSON.stringify(new URL("stacks/cluster-stack.ts", sluice).href)};
import { Platform } from "../clusters/fleet.ts";
export default await clusterStack({ bundles: [Platform], outputs: (facts) => ({ vpc: facts.provider === "eks" ? facts.vpcId : undefined }) });
`,
};

/** The small fleet, with stacks. */
export async function stackFleet(
  files: Readonly<Record<string, string | undefined>> = {},
): Promise<TestFleet> {
  const fleet = await testFleet({ ...stackFiles, ...files });
  // The host of Node programs looks for Pulumi's own package where the program is.
  symlinkSync(new URL("node_modules", sluice).pathname, join(fleet.root, "node_modules"));
  return fleet;
}
