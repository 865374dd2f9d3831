import type { Manifest } from "../fleet-builder.ts";
import { culprit, type Twist } from "./twist.ts";

/** What goes wrong, or right, only by a change. */
export const changing: Readonly<Record<string, Twist>> = {
  "immutable-field": (fleet) => {
    const unit = culprit(fleet);
    unit.objects.push(fleet.deployment("fixed"));
    return () => {
      unit.objects[0] = { ...fleet.deployment("fixed", otherLabels) };
    };
  },
  "immutable-field-by-force": (fleet) => {
    const unit = culprit(fleet);
    unit.spec["force"] = true;
    unit.objects.push(fleet.deployment("fixed"));
    return () => {
      unit.objects[0] = { ...fleet.deployment("fixed", otherLabels) };
    };
  },
  prune: (fleet) => {
    const unit = culprit(fleet);
    unit.objects.push(fleet.configMap("goes"), fleet.configMap("stays"));
    unit.objects.push(kept(fleet.configMap("kept"), { "kustomize.toolkit.fluxcd.io/prune": "disabled" }));
    const whole = fleet.unit();
    whole.objects.push(fleet.configMap("with-its-owner"));
    const unpruned = fleet.unit();
    unpruned.spec["prune"] = false;
    unpruned.objects.push(fleet.configMap("left-alone"), fleet.configMap("still-listed"));
    return () => {
      unit.objects.splice(0, 3, fleet.configMap("stays"));
      unpruned.objects.splice(0, 1);
      fleet.units.splice(fleet.units.indexOf(whole), 1);
    };
  },
  "moves-between-owners": (fleet) => {
    const [a, b] = [fleet.unit(), fleet.unit()];
    a.objects.push(fleet.configMap("mover"), fleet.configMap("of-a"));
    b.objects.push(fleet.configMap("of-b"));
    fleet.depend(a, b);
    return () => {
      b.objects.push(a.objects.shift()!);
    };
  },
  "breaks-later": (fleet) => {
    const unit = culprit(fleet);
    unit.objects.push(fleet.configMap("good", { key: "1" }));
    return () => {
      unit.objects[0] = fleet.configMap("good", { key: "2" });
      unit.objects.push({
        ...fleet.configMap(),
        metadata: { name: "lost", namespace: `${fleet.name}-nowhere` },
      });
    };
  },
  "mended-later": (fleet) => {
    const unit = culprit(fleet);
    unit.objects.push(fleet.configMap(undefined, { key: "${later}" }));
    unit.spec["postBuild"] = { substitute: { other: "x" } };
    return () => {
      unit.spec["postBuild"] = { substitute: { later: "here" } };
    };
  },
  "if-not-present": (fleet) => {
    const unit = culprit(fleet);
    const once = { "kustomize.toolkit.fluxcd.io/ssa": "IfNotPresent" };
    unit.objects.push(kept(fleet.configMap("once", { key: "1" }), once));
    return () => {
      unit.objects[0] = kept(fleet.configMap("once", { key: "2" }), once);
    };
  },
  "transition-rule": (fleet) => {
    const defines = fleet.unit();
    const rule = { rule: "self.size >= oldSelf.size", message: "it cannot shrink" };
    const properties = { size: { type: "integer" } };
    defines.objects.push(
      fleet.definition({ type: "object", properties, "x-kubernetes-validations": [rule] }),
    );
    const [refused, forced] = [fleet.unit(), fleet.unit()];
    forced.spec["force"] = true;
    for (const unit of [refused, forced]) {
      fleet.depend(unit, defines);
      unit.objects.push(fleet.widget({ size: 2 }, `of-${unit.name}`));
    }
    return () => {
      for (const unit of [refused, forced]) unit.objects[0] = fleet.widget({ size: 1 }, `of-${unit.name}`);
    };
  },
};

const kept = (object: Manifest, annotations: Manifest): Manifest => ({
  ...object,
  metadata: { ...(object["metadata"] as Manifest), annotations },
});

const otherLabels = {
  selector: { matchLabels: { app: "other" } },
  template: {
    metadata: { labels: { app: "other" } },
    spec: { containers: [{ name: "main", image: "registry.k8s.io/pause:3.10" }] },
  },
};
