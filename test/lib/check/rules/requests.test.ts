import { requests } from "../../../../lib/check/rules/requests.ts";
import { deployment, kustomization, ruleCases } from "./rule-cases.ts";

const app = (yaml: string) => ({
  "clusters/test/all.yaml": kustomization("web", "apps/web"),
  "apps/web/all.yaml": yaml,
});

ruleCases(requests, {
  compliant: {
    "requests for both": app(deployment("web", "resources: { requests: { cpu: 100m, memory: 64Mi } }")),
    "a limit, which is a request too": app(
      deployment("web", "resources: { requests: { cpu: 100m }, limits: { memory: 64Mi } }"),
    ),
  },
  broken: {
    "none at all": [
      app(deployment("web", "")),
      "Deployment apps/web: container 'web' requests no cpu and no memory",
    ],
    "no memory": [
      app(deployment("web", "resources: { requests: { cpu: 100m } }")),
      "container 'web' requests no memory",
    ],
  },
});
