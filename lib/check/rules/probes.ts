import { type Rule } from "../rule.ts";
import { appContainers } from "../workloads.ts";

/** Whether Kubernetes can tell that an app's pods serve. */
export const probes: Rule = {
  name: "probes",
  description: "each container of an app that runs for good has a readiness probe",
  severity: "error",
  check: ({ clusters }) =>
    clusters.flatMap((cluster) =>
      appContainers(cluster)
        .filter(({ container }) => container["readinessProbe"] === undefined)
        .map(({ object, name, path }) => ({
          cluster: cluster.name,
          object,
          field: path,
          message: `container '${name}' has no readinessProbe: traffic reaches it before it serves`,
        })),
    ),
};
