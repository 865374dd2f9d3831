import type { FleetBuilder, Manifest } from "../fleet-builder.ts";
import { culprit, type Twist } from "./twist.ts";

/** What is applied as an account that may do too little. */
export const access: Readonly<Record<string, Twist>> = {
  "missing-account": (fleet) => {
    const unit = culprit(fleet, fleet.namespace);
    unit.objects.push(fleet.configMap());
    unit.spec["serviceAccountName"] = "nobody";
    return undefined;
  },
  "account-bound-but-missing": (fleet) => {
    const unit = culprit(fleet, fleet.namespace);
    unit.objects.push(fleet.configMap());
    unit.spec["serviceAccountName"] = "ghost";
    fleet.rootObjects.push(binding(fleet, "ghost", "ClusterRole", "admin"));
    return undefined;
  },
  "account-with-role": (fleet) => {
    const unit = culprit(fleet, fleet.namespace);
    unit.objects.push(fleet.configMap(), fleet.deployment());
    unit.spec["serviceAccountName"] = "deployer";
    fleet.rootObjects.push(account(fleet, "deployer"), binding(fleet, "deployer", "ClusterRole", "edit"));
    const narrow = culprit(fleet, fleet.namespace);
    narrow.objects.push(fleet.deployment());
    narrow.spec["serviceAccountName"] = "narrow";
    const role = {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "Role",
      metadata: { name: "narrow", namespace: fleet.namespace },
      rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["*"] }],
    };
    fleet.rootObjects.push(account(fleet, "narrow"), role, binding(fleet, "narrow", "Role", "narrow"));
    return undefined;
  },
};

const account = (fleet: FleetBuilder, name: string): Manifest => ({
  apiVersion: "v1",
  kind: "ServiceAccount",
  metadata: { name, namespace: fleet.namespace },
});

const binding = (fleet: FleetBuilder, name: string, kind: string, role: string): Manifest => ({
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "RoleBinding",
  metadata: { name, namespace: fleet.namespace },
  roleRef: { apiGroup: "rbac.authorization.k8s.io", kind, name: role },
  subjects: [{ kind: "ServiceAccount", name, namespace: fleet.namespace }],
});
