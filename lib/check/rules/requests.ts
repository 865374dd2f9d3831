import type { Finding, Rule } from "../rule.ts";
import { appContainers } from "../workloads.ts";

type Json = Readonly<Record<string, unknown>>;

/** Whether the scheduler knows what an app's pods need. */
export const requests: Rule = {
  name: "requests",
  description: "each container of an app that runs for good requests CPU and memory",
  severity: "error",
  check: ({ clusters }) =>
    clusters.flatMap((cluster) =>
      appContainers(cluster).flatMap(({ object, container, name, path }): Finding[] => {
        const resources = (container["resources"] ?? {}) as { requests?: Json; limits?: Json };
        // A limit without a request is one.
        const missing = ["cpu", "memory"].filter(
          (what) => resources.requests?.[what] === undefined && resources.limits?.[what] === undefined,
        );
        if (missing.length === 0) return [];
        const message = `container '${name}' requests no ${missing.join(" and no ")}`;
        return [{ cluster: cluster.name, object, field: `${path}.resources`, message }];
      }),
    ),
};
