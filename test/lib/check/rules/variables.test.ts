import { variables } from "../../../../lib/check/rules/variables.ts";
import { kustomization, object, ruleCases } from "./rule-cases.ts";

const contract = JSON.stringify({
  bundle: "platform",
  contract: 1,
  variables: {
    domain: { type: "text", giver: "cluster" },
    replicas: { type: "number", giver: "default", default: 1 },
    log_level: { type: "text", giver: "default", default: "info", oneOf: ["info", "debug"] },
  },
  facts: [],
  layers: [],
  options: [],
});
const fleet = (
  data: string,
  from = "postBuild: { substituteFrom: [{ kind: ConfigMap, name: values }] }",
) => ({
  "clusters/test/all.yaml":
    kustomization("platform", "platform", from) +
    (data === "" ? "" : object("v1", "ConfigMap", "values", `data: ${data}`, "flux-system")),
  "platform/bundle.json": contract,
  "platform/a.yaml": object("v1", "ConfigMap", "a", 'data: { domain: "${domain:=none}" }'),
});

ruleCases(variables, {
  compliant: {
    "values as the contract asks": fleet(
      '{ domain: a.example.com, replicas: "3", log_level: debug, cluster_name: test }',
    ),
    "a value for a newer release, which this one ignores": fleet("{ domain: a, something_else: b }"),
    "a ConfigMap that may be missing": fleet(
      "",
      "postBuild: { substituteFrom: [{ kind: ConfigMap, name: values, optional: true }] }",
    ),
  },
  broken: {
    "a ConfigMap that is not in git": [
      fleet(""),
      "Kustomization flux-system/platform: the ConfigMap 'values' with variables is not in git",
    ],
    "a misspelt variable": [
      fleet("{ domain: a, log_levl: debug }"),
      "ConfigMap flux-system/values: gives 'log_levl', which is no variable of the platform; did you mean 'log_level'?",
    ],
    "text for a number": [fleet("{ replicas: three }"), `variable 'replicas' is "three", which is no number`],
    "a value that is not one of those": [fleet("{ log_level: loud }"), "not one of info, debug"],
    "text that YAML would read as a number": [fleet('{ domain: "123" }'), `variable 'domain' is "123"`],
    "a value inline": [
      fleet("", 'postBuild: { substitute: { replicas: "many" } }'),
      "Kustomization flux-system/platform: variable 'replicas'",
    ],
  },
});
