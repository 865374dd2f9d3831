import { culprit, type Twist } from "./twist.ts";

/** Releases, and what they lack. */
export const releases: Readonly<Record<string, Twist>> = {
  releases: (fleet) => {
    const unit = culprit(fleet);
    unit.objects.push(
      ...fleet.release("first"),
      ...fleet.release("second", { dependsOn: [{ name: "first" }] }),
    );
    unit.spec["wait"] = true;
    return undefined;
  },
  "release-without-chart": (fleet) => {
    const unit = culprit(fleet);
    unit.objects.push(...fleet.release("lonely", {}, false), ...fleet.release("fine"));
    const templated = {
      chart: { spec: { chart: "x", sourceRef: { kind: "HelmRepository", name: "none" } } },
    };
    unit.objects.push(...fleet.release("templated", { chartRef: undefined, ...templated }, false));
    return undefined;
  },
  "releases-in-a-circle": (fleet) => {
    const unit = culprit(fleet);
    unit.objects.push(
      ...fleet.release("a", { dependsOn: [{ name: "b" }] }),
      ...fleet.release("b", { dependsOn: [{ name: "a" }] }),
      ...fleet.release("c", { dependsOn: [{ name: "nothing" }] }),
    );
    return undefined;
  },
  "release-into-nowhere": (fleet) => {
    const unit = culprit(fleet);
    unit.spec["wait"] = true;
    unit.objects.push(
      ...fleet.release("nowhere", { targetNamespace: `${fleet.name}-nowhere` }),
      ...fleet.release("made", {
        targetNamespace: `${fleet.name}-made`,
        install: { createNamespace: true },
      }),
    );
    return undefined;
  },
  "release-without-values": (fleet) => {
    const unit = culprit(fleet);
    unit.objects.push(
      ...fleet.release("valueless", { valuesFrom: [{ kind: "ConfigMap", name: "nothing" }] }),
    );
    return undefined;
  },
  "suspended-release": (fleet) => {
    const unit = culprit(fleet);
    unit.objects.push(...fleet.release("still", { suspend: true }));
    return undefined;
  },
};
