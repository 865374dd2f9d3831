import { schema } from "../../../../lib/check/rules/schema.ts";
import { deployment, object, ruleCases } from "./rule-cases.ts";
import { widgetDefinition } from "../../../support/widgets.ts";

const definition = widgetDefinition(
  "{ type: object, required: [size], properties: { size: { type: integer, minimum: 1 }, name: { type: string, pattern: '^(a+)+$' }, level: { type: string, pattern: '(?i)^[[:alpha:]]+$' }, broken: { type: string, pattern: '(' } } }",
);
const widget = (spec: string) => definition + object("example.com/v1", "Widget", "a", `spec: ${spec}`);

ruleCases(schema, {
  compliant: {
    "a Deployment": deployment("web", ""),
    "an object of a custom kind": widget("{ size: 2 }"),
    "text that fits an expression of Go": widget("{ size: 2, level: DEBUG, name: aaa }"),
    "an object of a kind that nobody described": object(
      "unknown.example.com/v1",
      "Thing",
      "a",
      "spec: { size: two }",
    ),
    "a value that only the stack knows": {
      "clusters/test/kustomization.yaml": "resources: [all.yaml]\n",
      "clusters/test/all.yaml": `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: { name: apps, namespace: flux-system }
spec:
  interval: 10m
  path: ./apps
  prune: true
  sourceRef: { kind: GitRepository, name: flux-system }
  postBuild: { substituteFrom: [{ kind: ConfigMap, name: cluster-outputs, optional: true }] }
`,
      "apps/web.yaml": deployment("web", "", "replicas: ${replicas}"),
    },
  },
  broken: {
    "text where a number belongs": [
      deployment("web", "", "replicas: three"),
      'Deployment apps/web: spec.replicas: expected an integer but got the text "three"',
    ],
    "long text for an expression that would take JavaScript hours": [
      widget(`{ size: 2, name: ${"a".repeat(5000)}b }`),
      "does not match the pattern ^(a+)+$",
    ],
    "text that does not fit an expression of Go": [
      widget("{ size: 2, level: '5' }"),
      'spec.level: "5" does not match the pattern (?i)^[[:alpha:]]+$',
    ],
    "any text for an expression that is none": [
      widget("{ size: 2, broken: a }"),
      "does not match the pattern (",
    ],
    "a misspelt field, deep inside": [
      deployment("web", "imagePullPolcy: Always"),
      /imagePullPolcy: unknown field, did you mean "imagePullPolicy"/,
    ],
    "a field that Flux does not have": [
      object(
        "source.toolkit.fluxcd.io/v1",
        "GitRepository",
        "a",
        "spec: { interval: 1m, url: https://example.com/a.git, brnch: main }",
      ),
      "GitRepository apps/a: spec.brnch: unknown field",
    ],
    "a duration that is none": [
      object(
        "source.toolkit.fluxcd.io/v1",
        "GitRepository",
        "a",
        "spec: { interval: ten, url: https://example.com/a.git }",
      ),
      'spec.interval: "ten" does not match',
    ],
    "a custom object that breaks its definition": [
      widget("{ size: 0 }"),
      "Widget apps/a: spec.size: 0 must be >= 1",
    ],
    "a custom object with a field that its definition does not have": [
      widget("{ size: 1, colour: red }"),
      "Widget apps/a: spec.colour: unknown field",
    ],
    "a kind that is misspelt": [
      object("apps/v1", "Deploymnet", "web"),
      "there is no apps/v1 Deploymnet; did you mean apps/v1 Deployment?",
    ],
    "a version that a group never had": [
      object("apps/v3", "Deployment", "web"),
      "there is no apps/v3 Deployment",
    ],
  },
});
