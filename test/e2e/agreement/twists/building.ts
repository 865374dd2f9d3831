import type { Manifest } from "../fleet-builder.ts";
import { culprit, type Twist } from "./twist.ts";

/** What cannot be built, or only later. */
export const building: Readonly<Record<string, Twist>> = {
  "unset-variable": (fleet) => {
    const unit = culprit(fleet);
    unit.objects.push(fleet.configMap(undefined, { key: "${missing_value}" }));
    unit.spec["postBuild"] = { substitute: { other: "x" } };
    return undefined;
  },
  "retyped-variable": (fleet) => {
    const unit = culprit(fleet);
    unit.objects.push(fleet.configMap("retyped", { key: "${count}" }));
    unit.spec["postBuild"] = { substitute: { count: "5" } };
    return undefined;
  },
  "bad-expression": (fleet) => {
    const unit = culprit(fleet);
    unit.objects.push(fleet.configMap(undefined, { key: "${unclosed" }));
    unit.spec["postBuild"] = { substituteStrategy: "Always" };
    return undefined;
  },
  "missing-variables": (fleet) => {
    const unit = culprit(fleet);
    unit.objects.push(fleet.configMap(undefined, { key: "${a:=b}" }));
    unit.spec["postBuild"] = { substituteFrom: [{ kind: "ConfigMap", name: `${fleet.name}-facts` }] };
    return undefined;
  },
  "late-variables": (fleet) => {
    const reader = culprit(fleet);
    reader.objects.push(fleet.configMap("reader", { key: "${zone:=nowhere}-${level}" }));
    reader.spec["postBuild"] = {
      substituteFrom: [
        { kind: "ConfigMap", name: `${fleet.name}-facts` },
        { kind: "ConfigMap", name: `${fleet.name}-maybe`, optional: true },
      ],
    };
    const first = fleet.unit();
    first.objects.push(fleet.deployment());
    first.spec["wait"] = true;
    const giver = fleet.unit();
    fleet.depend(giver, first);
    const facts = (name: string, data: Manifest) => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: `${fleet.name}-${name}`, namespace: "flux-system" },
      data,
    });
    giver.objects.push(facts("facts", { level: "debug" }), facts("maybe", { zone: "b" }));
    return undefined;
  },
  "broken-yaml": (fleet) => {
    const unit = culprit(fleet);
    unit.objects.push(fleet.configMap());
    unit.files["broken.yaml"] = "apiVersion: v1\nkind: ConfigMap\n  metadata: {\n";
    return undefined;
  },
  "missing-path": (fleet) => {
    culprit(fleet).spec["path"] = `./fleets/${fleet.name}/nothing`;
    return undefined;
  },
  "missing-resource": (fleet) => {
    const unit = culprit(fleet);
    unit.files["kustomization.yaml"] = "resources: [nothing.yaml]\n";
    return undefined;
  },
  "twice-in-one": (fleet) => {
    const unit = culprit(fleet);
    unit.objects.push(fleet.configMap("twin"));
    unit.files["again.yaml"] = JSON.stringify(fleet.configMap("twin"));
    return undefined;
  },
};
