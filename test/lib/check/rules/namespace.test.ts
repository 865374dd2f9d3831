import { namespace } from "../../../../lib/check/rules/namespace.ts";
import { kustomization, object, release, ruleCases } from "./rule-cases.ts";

const made = object("v1", "Namespace", "apps", "", "");

ruleCases(namespace, {
  compliant: {
    "an object in a namespace that is made": made + object("v1", "ConfigMap", "a"),
    "one in a namespace that every cluster has": object("v1", "ConfigMap", "a", "", "kube-system"),
    "a cluster-wide object": object("rbac.authorization.k8s.io/v1", "ClusterRole", "a", "rules: []", ""),
    "a namespace that a release makes":
      release(
        "web",
        "chartRef: { kind: OCIRepository, name: web }, targetNamespace: web, install: { createNamespace: true }",
        "default",
      ) + object("v1", "ConfigMap", "a", "", "web"),
    "a targetNamespace": {
      "clusters/test/a.yaml": made + kustomization("apps", "apps", "targetNamespace: apps"),
      "apps/a.yaml": object("v1", "ConfigMap", "a", "", ""),
    },
  },
  broken: {
    "no namespace": [object("v1", "ConfigMap", "a", "", ""), "ConfigMap a: has no namespace"],
    "a namespace that nothing makes": [
      object("v1", "ConfigMap", "a"),
      "ConfigMap apps/a: nothing makes its namespace 'apps'",
    ],
  },
});
