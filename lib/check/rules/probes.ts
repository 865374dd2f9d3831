import { type Rule } from "../rule.ts";
import { containersOf, podSpecOf, runningKinds } from "../workloads.ts";

/** Whether Kubernetes can tell that an app's pods serve. */
export const probes: Rule = {
  name: "probes",
  description: "each container of an app that runs for good has a readiness probe",
  severity: "error",
  check: ({ clusters }) =>
    clusters.flatMap((cluster) =>
      cluster
        .ofKind(...runningKinds)
        .filter((object) => cluster.isOfApp(object))
        .flatMap((object) =>
          containersOf(podSpecOf(object) ?? { spec: {}, path: "" })
            .filter(({ container }) => container["readinessProbe"] === undefined)
            .map(({ name, path }) => ({
              cluster: cluster.name,
              object,
              field: path,
              message: `container '${name}' has no readinessProbe: traffic reaches it before it serves`,
            })),
        ),
    ),
};
