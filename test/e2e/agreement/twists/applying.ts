import { culprit, type Twist } from "./twist.ts";

/** What the API server refuses, at first or for good. */
export const applying: Readonly<Record<string, Twist>> = {
  "definition-with-object": (fleet) => {
    culprit(fleet).objects.push(fleet.widget(), fleet.definition());
    return undefined;
  },
  "definition-later": (fleet) => {
    const [uses, defines] = [fleet.unit(), fleet.unit()];
    uses.objects.push(fleet.widget());
    defines.objects.push(fleet.definition());
    return undefined;
  },
  "definition-missing": (fleet) => {
    culprit(fleet).objects.push(fleet.widget(), fleet.configMap());
    return undefined;
  },
  "definition-behind-its-object": (fleet) => {
    const [uses, defines] = [fleet.unit(), fleet.unit()];
    uses.objects.push(fleet.widget());
    defines.objects.push(fleet.definition());
    fleet.depend(defines, uses);
    return undefined;
  },
  "custom-object-invalid": (fleet) => {
    const unit = culprit(fleet);
    const size = { type: "object", properties: { size: { type: "integer" } } };
    unit.objects.push(fleet.definition(size), fleet.widget({ size: "large" }));
    return undefined;
  },
  "custom-object-unknown-field": (fleet) => {
    const unit = culprit(fleet);
    const size = { type: "object", properties: { size: { type: "integer" } } };
    unit.objects.push(fleet.definition(size), fleet.widget({ colour: "red" }));
    return undefined;
  },
  "custom-object-breaks-rule": (fleet) => {
    const unit = culprit(fleet);
    const rule = { rule: "self.low <= self.high", message: "low is above high" };
    const properties = { low: { type: "integer" }, high: { type: "integer" } };
    const schema = { type: "object", properties, "x-kubernetes-validations": [rule] };
    unit.objects.push(fleet.definition(schema), fleet.widget({ low: 2, high: 1 }));
    return undefined;
  },
  "custom-object-too-large": (fleet) => {
    const unit = culprit(fleet);
    const rule =
      "quantity(self.memory).isLessThan(quantity('2Gi')) && cidr('10.0.0.0/8').containsIP(self.address)";
    const properties = { memory: { type: "string" }, address: { type: "string" } };
    const schema = {
      type: "object",
      properties,
      "x-kubernetes-validations": [{ rule, message: "it is too large, or elsewhere" }],
    };
    unit.objects.push(
      fleet.definition(schema),
      fleet.widget({ memory: "1.5Gi", address: "10.1.2.3" }),
      fleet.widget({ memory: "2049Mi", address: "10.1.2.3" }),
    );
    return undefined;
  },
  "custom-object-unreadable": (fleet) => {
    const unit = culprit(fleet);
    const rule = { rule: "isURL(self.url) && ip(self.address).family() == 4", message: "unreadable" };
    const properties = { url: { type: "string" }, address: { type: "string" } };
    unit.objects.push(
      fleet.definition({ type: "object", properties, "x-kubernetes-validations": [rule] }),
      fleet.widget({ url: "https://example.com/a?b=c", address: "nowhere" }),
    );
    return undefined;
  },
  "missing-namespace": (fleet) => {
    const unit = culprit(fleet);
    const object = fleet.configMap();
    const metadata = { name: "astray", namespace: `${fleet.name}-nowhere` };
    unit.objects.push({ ...object, metadata }, fleet.configMap());
    return undefined;
  },
  "later-namespace": (fleet) => {
    const [uses, makes] = [fleet.unit(), fleet.unit()];
    uses.objects.push({ ...fleet.configMap(), metadata: { name: "early", namespace: `${fleet.name}-b` } });
    makes.objects.push({ apiVersion: "v1", kind: "Namespace", metadata: { name: `${fleet.name}-b` } });
    return undefined;
  },
  "no-namespace": (fleet) => {
    culprit(fleet).objects.push({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "homeless" } });
    return undefined;
  },
  "half-applied": (fleet) => {
    const unit = culprit(fleet);
    unit.objects.push(
      { apiVersion: "v1", kind: "Namespace", metadata: { name: `${fleet.name}-half` } },
      fleet.definition(),
      fleet.configMap(),
      { ...fleet.deployment(), spec: { replicas: 1 } },
    );
    return undefined;
  },
  "unknown-field": (fleet) => {
    culprit(fleet).objects.push(fleet.deployment(undefined, { replica: 2 }));
    return undefined;
  },
  "wrong-type": (fleet) => {
    culprit(fleet).objects.push(fleet.deployment(undefined, { replicas: "two" }));
    return undefined;
  },
  "selector-misses": (fleet) => {
    culprit(fleet).objects.push(fleet.deployment(undefined, { selector: { matchLabels: { app: "other" } } }));
    return undefined;
  },
  "bad-name": (fleet) => {
    culprit(fleet).objects.push(fleet.configMap("Upper_Case"));
    return undefined;
  },
  "two-owners": (fleet) => {
    const [a, b] = [fleet.unit(), fleet.unit()];
    a.objects.push(fleet.configMap("shared", { from: "a" }));
    b.objects.push(fleet.configMap("shared", { from: "b" }));
    return undefined;
  },
};
