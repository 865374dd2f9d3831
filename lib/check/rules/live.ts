import type { Rule } from "../rule.ts";

/** Whether a cluster's own API server would take the objects: asked with `--live` only. */
export const live: Rule = {
  name: "live",
  description: "the cluster's API server takes each object in a dry run (with --live)",
  severity: "error",
  check: ({ live: findings = [] }) => [...findings],
};
