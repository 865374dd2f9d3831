import { disruptionBudget } from "../../../../lib/check/rules/disruption-budget.ts";
import { deployment, kustomization, object, ruleCases } from "./rule-cases.ts";

const app = (yaml: string) => ({
  "clusters/test/all.yaml": kustomization("web", "apps/web"),
  "apps/web/all.yaml": yaml,
});
const budget = (spec: string, name = "web") =>
  object(
    "policy/v1",
    "PodDisruptionBudget",
    "web",
    `spec: { selector: { matchLabels: { app: ${name} } }, ${spec} }`,
  );
const three = deployment("web", "", "replicas: 3");

ruleCases(disruptionBudget, {
  compliant: {
    "one replica": app(deployment("web", "")),
    "a budget that lets one go": app(three + budget("maxUnavailable: 1")),
    "one in percent": app(three + budget('minAvailable: "50%"')),
    "a selector by expressions": app(
      three +
        object(
          "policy/v1",
          "PodDisruptionBudget",
          "web",
          "spec: { selector: { matchExpressions: [{ key: app, operator: In, values: [web] }] }, minAvailable: 2 }",
        ),
    ),
  },
  broken: {
    "several replicas without a budget": [
      app(three),
      "Deployment apps/web: has 3 replicas and no PodDisruptionBudget",
    ],
    "a budget of something else": [
      app(three + budget("maxUnavailable: 1", "other")),
      "no PodDisruptionBudget",
    ],
    "a budget that lets none go": [
      app(three + budget("maxUnavailable: 0")),
      "PodDisruptionBudget apps/web: lets none of the 3 replicas of web go",
    ],
    "one that wants all": [app(three + budget("minAvailable: 3")), "lets none of the 3 replicas"],
    "one that wants all, in percent": [
      app(three + budget('minAvailable: "70%"')),
      "lets none of the 3 replicas",
    ],
  },
});
