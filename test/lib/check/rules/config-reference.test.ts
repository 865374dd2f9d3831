import { configReference } from "../../../../lib/check/rules/config-reference.ts";
import { deployment, object, release, ruleCases } from "./rule-cases.ts";

const envFrom = (extra = "") => deployment("web", `envFrom: [{ configMapRef: { name: settings${extra} } }]`);
const env = (extra = "") =>
  deployment("web", `env: [{ name: A, valueFrom: { secretKeyRef: { name: login, key: a${extra} } } }]`);
const volume = deployment("web", "", "replicas: 1", "volumes: [{ name: v, secret: { secretName: login } }]");
const projected = deployment(
  "web",
  "",
  "replicas: 1",
  "volumes: [{ name: v, projected: { sources: [{ configMap: { name: settings } }] } }]",
);
const pull = deployment("web", "", "replicas: 1", "imagePullSecrets: [{ name: pull }]");
const values = release(
  "web",
  "chartRef: { kind: OCIRepository, name: web }, valuesFrom: [{ kind: Secret, name: login }]",
);
const settings = object("v1", "ConfigMap", "settings", "data: { a: b }");

ruleCases(configReference, {
  compliant: {
    "a ConfigMap that is in git": settings + envFrom() + projected,
    "references that are optional": envFrom(", optional: true") + env(", optional: true"),
    "a Secret that External Secrets makes":
      object("external-secrets.io/v1", "ExternalSecret", "any", "spec: { target: { name: login } }") +
      env() +
      volume +
      values,
    "a Secret that its ExternalSecret names":
      object("external-secrets.io/v1", "ExternalSecret", "login", "spec: {}") + env(),
    "a sealed Secret": object("bitnami.com/v1alpha1", "SealedSecret", "login", "spec: {}") + env(),
    "a certificate's Secret":
      object("cert-manager.io/v1", "Certificate", "any", "spec: { secretName: login }") + volume,
    "Vault's Secret":
      object(
        "secrets.hashicorp.com/v1beta1",
        "VaultStaticSecret",
        "any",
        "spec: { destination: { name: login } }",
      ) + env(),
    "a Secret in git": object("v1", "Secret", "pull", "sops: {}") + pull,
    "the cluster's own certificates": deployment(
      "web",
      "envFrom: [{ configMapRef: { name: kube-root-ca.crt } }]",
    ),
  },
  broken: {
    envFrom: [envFrom(), "Deployment apps/web: needs ConfigMap apps/settings, which nothing in git makes"],
    env: [env(), "needs Secret apps/login"],
    "a volume": [volume, "needs Secret apps/login"],
    "a projected volume": [projected, "needs ConfigMap apps/settings"],
    "a Secret to pull images with": [pull, "needs Secret apps/pull"],
    "values of a release": [values, "HelmRelease apps/web: needs Secret apps/login"],
    "the right name in another namespace": [
      object("v1", "ConfigMap", "settings", "", "shop") + envFrom(),
      "needs ConfigMap apps/settings",
    ],
  },
});
