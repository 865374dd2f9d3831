import { Platform } from "../constructs/platform/index.ts";
import { clusterStack } from "./cluster-stack.ts";

export default await clusterStack({
  bundles: [Platform],
  outputs: (facts) => ({ storage_key: facts.provider === "eks" ? facts.volumesKey : undefined }),
});
