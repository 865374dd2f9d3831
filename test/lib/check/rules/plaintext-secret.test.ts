import { plaintextSecret } from "../../../../lib/check/rules/plaintext-secret.ts";
import { object, release, ruleCases } from "./rule-cases.ts";

const secret = (rest: string) => object("v1", "Secret", "login", rest);
const settings = (data: string) => object("v1", "ConfigMap", "settings", `data: ${data}`);
const chart = "chartRef: { kind: OCIRepository, name: web }";

ruleCases(plaintextSecret, {
  compliant: {
    "a Secret that SOPS encrypted": secret(
      "stringData: { password: 'ENC[AES256_GCM,data:x]' }\nsops: { version: 3.9.0 }",
    ),
    "what is public": secret("stringData: { ca.crt: x, username: admin, known_hosts: x }"),
    "a token that the cluster fills in": secret(
      "type: kubernetes.io/service-account-token\ndata: { token: '' }",
    ),
    "an empty Secret": secret("data: {}"),
    "where a secret is": settings(
      "{ tokenPath: /var/run/token, passwordSecretRef: login, token_url: https://example.com }",
    ),
    "values that name a Secret": release(
      "web",
      `${chart}, values: { auth: { existingSecret: login, passwordKey: password, password: "" } }`,
    ),
    "a boolean": release("web", `${chart}, values: { rotateToken: true, token: "false" }`),
  },
  broken: {
    "a Secret": [
      secret("stringData: { password: hunter2 }"),
      "Secret apps/login: holds a secret in plain text: stringData.password",
    ],
    "a Secret in base64": [secret("data: { password: aHVudGVyMg== }"), "data.password"],
    "a private key, whatever its field": [
      settings('{ app.pem: "-----BEGIN RSA PRIVATE KEY-----\\nMIIE" }'),
      "ConfigMap apps/settings: holds a secret in plain text: data.app.pem",
    ],
    "a password among a release's values": [
      release("web", `${chart}, values: { database: { password: hunter2 } }`),
      "HelmRelease apps/web: holds a secret in plain text: spec.values.database.password",
    ],
    "a cloud's access key": [settings("{ id: AKIAIOSFODNN7EXAMPLE }"), "data.id"],
    "a variable of a pod": [
      `---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: apps }
spec: { template: { spec: { containers: [{ name: web, env: [{ name: DB_PASSWORD, value: hunter2 }, { name: LEVEL, value: info }] }] } } }
`,
      "Deployment apps/web: holds a secret in plain text: spec.template.spec.containers[0].env[0].value",
    ],
  },
});
