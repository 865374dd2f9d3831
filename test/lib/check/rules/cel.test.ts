import { cel } from "../../../../lib/check/rules/cel.ts";
import { object, release, ruleCases, widgetDefinition } from "./rule-cases.ts";

const definition = (rules: string) =>
  widgetDefinition(
    `{ type: object, x-kubernetes-validations: [${rules}], properties: { size: { type: integer }, least: { type: integer, default: 3 }, hosts: { type: array, items: { type: string } }, max-size: { type: integer }, namespace: { type: string } } }`,
  );
const rule = (text: string, message = "") =>
  `{ rule: ${JSON.stringify(text)}${message === "" ? "" : `, message: ${message}`} }`;
const widget = (spec: string) => object("example.com/v1", "Widget", "a", `spec: ${spec}`);
const bound = definition(rule("self.size >= self.least", "too small"));

ruleCases(cel, {
  compliant: {
    "a release with a chart": release("web", "chartRef: { kind: OCIRepository, name: web }"),
    "an object that keeps its kind's rule, by a default": bound + widget("{ size: 3 }"),
    "a rule about a change": definition(rule("self.size >= oldSelf.size")) + widget("{ size: 1 }"),
    "a rule that only Kubernetes can evaluate":
      definition(rule("authorizer.path('/x').check('get').allowed()")) + widget("{ size: 1 }"),
    "functions that Kubernetes adds":
      definition(
        rule("self.hosts.isSorted() && self.hosts.max() == 'b' && self.hosts[0].find('[a-z]') == 'a'"),
      ) + widget("{ hosts: [a, b] }"),
    "fields whose names CEL does not take":
      definition(rule("self.max__dash__size > 1 && self.__namespace__ == 'x'")) +
      widget("{ max-size: 2, namespace: x }"),
  },
  broken: {
    "a release with two charts": [
      release(
        "web",
        "chart: { spec: { chart: web, sourceRef: { kind: HelmRepository, name: a } } }, chartRef: { kind: OCIRepository, name: web }",
      ),
      "HelmRelease apps/web: spec: either chart or chartRef must be set",
    ],
    "a release with none": [release("web", "suspend: false"), "either chart or chartRef must be set"],
    "an object that breaks its kind's rule": [
      bound + widget("{ size: 2 }"),
      "Widget apps/a: spec: too small",
    ],
    "a rule without a message": [
      definition(rule("self.size > 3")) + widget("{ size: 2 }"),
      "Widget apps/a: spec: breaks the rule self.size > 3",
    ],
    "a rule that reads a field that is not there, as the API server refuses it": [
      definition(rule("self.size > 3", "too small")) + widget("{ least: 1 }"),
      /too small \(field not found: size\)/,
    ],
    "functions that Kubernetes adds": [
      definition(rule("self.hosts.isSorted()", "sort them")) + widget("{ hosts: [b, a] }"),
      "sort them",
    ],
  },
});
