import { probes } from "../../../../lib/check/rules/probes.ts";
import { deployment, kustomization, object, ruleCases } from "./rule-cases.ts";

const app = (yaml: string) => ({
  "clusters/test/all.yaml": kustomization("web", "apps/web"),
  "apps/web/all.yaml": yaml,
});
const platform = (yaml: string) => ({
  "clusters/test/all.yaml": kustomization("agent", "platform"),
  "platform/all.yaml": yaml,
});
const ready = "readinessProbe: { httpGet: { path: /, port: 80 } }";

ruleCases(probes, {
  compliant: {
    "a container with a readiness probe": app(deployment("web", ready)),
    "what is no app": platform(deployment("agent", "")),
    "a job": app(
      object(
        "batch/v1",
        "Job",
        "once",
        "spec: { template: { spec: { containers: [{ name: a }], restartPolicy: Never } } }",
      ),
    ),
  },
  broken: {
    "a container without one": [
      app(deployment("web", "")),
      "Deployment apps/web: container 'web' has no readinessProbe",
    ],
    "an app in a namespace of its own": [
      {
        "clusters/test/all.yaml": kustomization("web", "web", "serviceAccountName: web", "web"),
        "web/all.yaml": deployment("web", "livenessProbe: { tcpSocket: { port: 80 } }"),
      },
      "has no readinessProbe",
    ],
  },
});
