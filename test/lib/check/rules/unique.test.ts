import { unique } from "../../../../lib/check/rules/unique.ts";
import { kustomization, object, ruleCases } from "./rule-cases.ts";

const contract = JSON.stringify({
  bundle: "platform",
  contract: 1,
  variables: {
    domain: { type: "text", giver: "cluster", unique: true },
    level: { type: "text", giver: "cluster" },
  },
  facts: [],
  layers: [],
  options: [],
});
const fleet = (...domains: string[]) => ({
  "platform/bundle.json": contract,
  "platform/services/a.yaml": object("v1", "ConfigMap", "a", 'data: { domain: "${domain}" }'),
  "platform/configs/a.yaml": object("v1", "ConfigMap", "b", 'data: { domain: "${domain}" }'),
  ...Object.fromEntries(
    domains.map((domain, index) => [
      `clusters/site-${index}/all.yaml`,
      ["services", "configs"]
        .map((layer) =>
          kustomization(
            layer,
            `platform/${layer}`,
            "postBuild: { substituteFrom: [{ kind: ConfigMap, name: values }] }",
          ),
        )
        .join("") +
        object("v1", "ConfigMap", "values", `data: { domain: ${domain}, level: same }`, "flux-system"),
    ]),
  ),
});

ruleCases(unique, {
  compliant: { "a value for each": fleet("a.example.com", "b.example.com") },
  broken: {
    "the same value twice": [
      fleet("a.example.com", "a.example.com", "b.example.com"),
      "site-1: ConfigMap flux-system/values: gives 'a.example.com' for 'domain' of the platform, as cluster site-0 does",
    ],
    "three times": [
      fleet("a.example.com", "a.example.com", "a.example.com"),
      /^site-1: /,
      /^site-2: .*site-0 does/,
    ],
  },
});
