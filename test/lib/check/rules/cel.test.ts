import { cel } from "../../../../lib/check/rules/cel.ts";
import { object, release, ruleCases } from "./rule-cases.ts";
import { widgetDefinition } from "../../../support/widgets.ts";

const definition = (...rules: readonly string[]) =>
  widgetDefinition(
    `{ type: object, x-kubernetes-validations: [${rules.join(", ")}], properties: { memory: { type: string }, address: { type: string }, url: { type: string }, size: { type: integer }, least: { type: integer, default: 3 }, hosts: { type: array, items: { type: string } }, max-size: { type: integer }, namespace: { type: string } } }`,
  );
const rule = (text: string, message = "", more = "") =>
  `{ rule: ${JSON.stringify(text)}${message === "" ? "" : `, message: ${message}`}${more} }`;
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
    "quantities, addresses and formats that Kubernetes adds":
      definition(
        rule("quantity(self.memory).isLessThan(quantity('2Gi'))"),
        rule("cidr('10.0.0.0/8').containsIP(self.address) && isURL(self.url)"),
        rule("!format.dns1123Label().validate(self.__namespace__).hasValue()"),
      ) + widget("{ memory: 1.5Gi, address: 10.1.2.3, url: 'https://example.com', namespace: x }"),
    "a rule about what is new, which an object need not be":
      definition(rule("oldSelf.hasValue() || self.size == 1", "begin with 1", ", optionalOldSelf: true")) +
      widget("{ size: 2 }"),
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
    "a quantity that is too much": [
      definition(rule("quantity(self.memory).isLessThan(quantity('2Gi'))", "too much")) +
        widget("{ memory: 2049Mi }"),
      "Widget apps/a: spec: too much",
    ],
    "text that is no quantity, without showing it, as the API server refuses it": [
      definition(rule("quantity(self.memory).isLessThan(quantity('2Gi'))", "too much")) +
        widget("{ memory: plenty }"),
      "Widget apps/a: spec: too much (the text is no quantity)",
    ],
    "text that is no address, wherever it stands in a rule": [
      definition(rule("self.size == 1 && (ip(self.address).family() == 4 || self.size > 1)", "no")) +
        widget("{ size: 1, address: nowhere }"),
      "Widget apps/a: spec: no (the text is no IP address)",
    ],
    "an address of another network": [
      definition(rule("cidr('10.0.0.0/8').containsIP(self.address)", "not ours")) +
        widget("{ address: 192.168.0.1 }"),
      "not ours",
    ],
    "a rule that looks up what is not there, without showing what that is": [
      definition(rule("{'a': 1}[self.memory] == 1", "unknown")) + widget("{ memory: hidden }"),
      "Widget apps/a: spec: unknown (field not found)",
    ],
    "functions that Kubernetes adds": [
      definition(rule("self.hosts.isSorted()", "sort them")) + widget("{ hosts: [b, a] }"),
      "sort them",
    ],
  },
});
