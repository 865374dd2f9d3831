import { Platform } from "../constructs/platform/index.ts";
import { defineFleet } from "../lib/index.ts";
import { canary, development, production, sandbox, staging } from "./environment-types.ts";

/** The reference fleet. Every cluster.ts defines its cluster with what this exports. */
export const { fleet, defineCluster, defineClusters } = defineFleet({
  name: "reference",
  repository: { url: "https://git.example.com/platform/fleet.git", secret: "flux-system" },
  artifacts: {
    url: "oci://registry.example.com/fleet",
    secret: "registry",
    verify: { secret: "release-keys" },
  },
  platform: Platform,
  // What ran on staging for a day may go to production.
  promotion: {
    stages: [{ type: "development" }, { type: "staging", soak: "1d" }, { type: "production" }],
  },
  types: { canary, development, staging, production },
  sandbox,
});
