import { culprit, type Twist } from "./twist.ts";

/** What is applied, and never gets healthy. */
export const health: Readonly<Record<string, Twist>> = {
  "pods-without-account": (fleet) => {
    const unit = culprit(fleet);
    unit.objects.push(fleet.deployment(undefined, {}, { serviceAccountName: "nobody" }));
    unit.spec["wait"] = true;
    return undefined;
  },
  "deployment-gives-up": (fleet) => {
    const unit = culprit(fleet);
    unit.objects.push(
      fleet.deployment(undefined, { progressDeadlineSeconds: 3 }, { serviceAccountName: "nobody" }),
      fleet.configMap(),
    );
    unit.spec["wait"] = true;
    return undefined;
  },
  "paused-deployment": (fleet) => {
    const unit = culprit(fleet);
    unit.objects.push(fleet.deployment(undefined, { paused: true }));
    unit.spec["wait"] = true;
    return undefined;
  },
  "health-of-nothing": (fleet) => {
    const unit = culprit(fleet);
    unit.objects.push(fleet.configMap());
    unit.spec["healthChecks"] = [
      { apiVersion: "apps/v1", kind: "Deployment", name: "nothing", namespace: fleet.namespace },
    ];
    return undefined;
  },
  "health-of-another": (fleet) => {
    const unit = culprit(fleet);
    unit.objects.push(fleet.configMap());
    const other = fleet.unit();
    other.objects.push(fleet.deployment("checked"));
    unit.spec["healthChecks"] = [
      { apiVersion: "apps/v1", kind: "Deployment", name: "checked", namespace: fleet.namespace },
    ];
    return undefined;
  },
  "health-by-expression": (fleet) => {
    const unit = culprit(fleet);
    unit.objects.push(fleet.definition(), fleet.widget({ size: 1 }));
    unit.spec["wait"] = true;
    unit.spec["healthCheckExprs"] = [
      { apiVersion: `${fleet.group}/v1`, kind: "Widget", current: "status.phase == 'Done'" },
    ];
    const fine = fleet.unit();
    fine.objects.push(fleet.widget({ size: 2 }));
    fine.spec["wait"] = true;
    fine.spec["healthCheckExprs"] = [
      { apiVersion: `${fleet.group}/v1`, kind: "Widget", current: "spec.size == 2" },
    ];
    return undefined;
  },
};
