import { tenantRbac } from "../../../../lib/check/rules/tenant-rbac.ts";
import { kustomization, object, release, ruleCases } from "./rule-cases.ts";

const tenant = (spec: string, yaml = object("v1", "ConfigMap", "a"), more = "") => ({
  "clusters/test/all.yaml": kustomization("web", "web", spec, "apps") + more,
  "web/all.yaml": yaml,
});
const account = "serviceAccountName: web";
const binding = (kind: string, role: string, namespace: string) =>
  object(
    "rbac.authorization.k8s.io/v1",
    kind,
    "web",
    `roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: ${role} }\nsubjects: [{ kind: ServiceAccount, name: web, namespace: apps }]`,
    namespace,
  );
const role = (rules: string) =>
  object("rbac.authorization.k8s.io/v1", "ClusterRole", "own", `rules: ${rules}`, "");
const chart = "chartRef: { kind: OCIRepository, name: web }";

ruleCases(tenantRbac, {
  compliant: {
    "an app that is applied as an account of its own": tenant(account),
    "one that may do everything in its own namespace": tenant(
      account,
      undefined,
      binding("RoleBinding", "cluster-admin", "apps"),
    ),
    "one that may read across the cluster": tenant(
      account,
      undefined,
      binding("ClusterRoleBinding", "own", "") +
        role("[{ apiGroups: ['*'], resources: ['*'], verbs: [get, list] }]"),
    ),
    "another cluster, where its kubeconfig's rights count": tenant(
      "kubeConfig: { secretRef: { name: far } }",
    ),
    "a release that installs as an account": tenant(account, release("web", `${chart}, ${account}`)),
    "a release of the platform": release("web", chart),
  },
  broken: {
    "an app that is applied with all rights of Flux": [
      tenant("force: false"),
      "Kustomization apps/web: is applied with all rights of Flux",
    ],
    "a release of an app that installs with all rights of Flux": [
      tenant(account, release("web", chart)),
      "HelmRelease apps/web: is installed with all rights of Flux",
    ],
    "an account that is cluster-admin": [
      tenant(account, undefined, binding("ClusterRoleBinding", "cluster-admin", "")),
      "ClusterRoleBinding web: gives ClusterRole cluster-admin, which may do everything, to apps/web",
    ],
    "an account with a role that is all": [
      tenant(
        account,
        undefined,
        binding("ClusterRoleBinding", "own", "") +
          role("[{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }]"),
      ),
      "gives ClusterRole own, which may do everything",
    ],
    "an account that may give itself everything": [
      tenant(
        account,
        undefined,
        binding("ClusterRoleBinding", "own", "") +
          role(
            "[{ apiGroups: [rbac.authorization.k8s.io], resources: [clusterroles], verbs: [escalate, update] }]",
          ),
      ),
      "gives ClusterRole own, which may do everything",
    ],
    "an account that may do everything to Flux itself": [
      tenant(account, undefined, binding("RoleBinding", "cluster-admin", "flux-system")),
      "RoleBinding flux-system/web: gives ClusterRole cluster-admin",
    ],
  },
});
