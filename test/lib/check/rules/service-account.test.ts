import { serviceAccount } from "../../../../lib/check/rules/service-account.ts";
import { deployment, kustomization, object, release, ruleCases } from "./rule-cases.ts";

const account = object("v1", "ServiceAccount", "web");
const runsAs = deployment("web", "", "replicas: 1", "serviceAccountName: web");
const chart = "chartRef: { kind: OCIRepository, name: web }";
const tenant = (yaml: string) => ({
  "clusters/test/a.yaml": yaml + kustomization("web", "apps", "serviceAccountName: web", "apps"),
  "apps/a.yaml": object("v1", "ConfigMap", "a"),
});

ruleCases(serviceAccount, {
  compliant: {
    "a pod that runs as an account that is there": account + runsAs,
    "the account that every namespace has": deployment(
      "web",
      "",
      "replicas: 1",
      "serviceAccountName: default",
    ),
    "a release and a Kustomization that apply as one": tenant(
      account + release("web", `${chart}, serviceAccountName: web`),
    ),
    "another cluster's account": release(
      "web",
      `${chart}, serviceAccountName: web, kubeConfig: { secretRef: { name: far } }`,
    ),
  },
  broken: {
    "a pod": [runsAs, "Deployment apps/web: runs as ServiceAccount apps/web, which does not exist"],
    "a release": [release("web", `${chart}, serviceAccountName: web`), "installs as ServiceAccount apps/web"],
    "a Kustomization": [
      tenant(""),
      "Kustomization apps/web: applies as ServiceAccount apps/web, which does not exist",
    ],
    "an account of the same name elsewhere": [
      object("v1", "ServiceAccount", "web", "", "shop") + runsAs,
      "apps/web",
    ],
  },
});
