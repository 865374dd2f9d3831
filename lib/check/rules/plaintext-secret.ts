import type { EffectiveObject } from "../../effective/unit.ts";
import { specOf } from "../fleet.ts";
import type { Finding, Rule } from "../rule.ts";
import { containersOf, podKinds, podSpecOf } from "../workloads.ts";

type Json = Readonly<Record<string, unknown>>;

/** Whether secrets are readable in git. */
export const plaintextSecret: Rule = {
  name: "plaintext-secret",
  description: "no secret stands in git for everyone to read",
  severity: "error",
  check: ({ clusters }) =>
    clusters.flatMap((cluster) =>
      cluster.ofKind("Secret", "ConfigMap", "HelmRelease", ...podKinds).flatMap((object): Finding[] =>
        placesOnce(object).map((field) => ({
          cluster: cluster.name,
          object,
          field,
          message: `holds a secret in plain text: ${field}`,
          remedy:
            "encrypt it with SOPS, or let External Secrets or Vault bring it; change it, as git remembers",
        })),
      ),
    ),
};

const places = new WeakMap<object, readonly string[]>();

/** Clusters share objects. */
function placesOnce(object: EffectiveObject): readonly string[] {
  let found = places.get(object.object);
  if (found === undefined) places.set(object.object, (found = placesOf(object)));
  return found;
}

function placesOf(object: EffectiveObject): string[] {
  const { kind } = object.object as { kind: string };
  if (kind === "Secret") return secretFields(object.object);
  if (kind === "ConfigMap") return readable(object.object["data"], "data");
  if (kind === "HelmRelease") return readable(specOf(object)["values"], "spec.values");
  const pod = podSpecOf(object);
  if (pod === undefined) return [];
  return [...containersOf(pod), ...containersOf(pod, "initContainers")].flatMap(({ container, path }) =>
    ((container["env"] ?? []) as { name?: string; value?: unknown }[]).flatMap(({ name, value }, index) =>
      readable(value, `.${name ?? ""}`).length === 0 ? [] : [`${path}.env[${index}].value`],
    ),
  );
}

function secretFields(secret: Json): string[] {
  // SOPS leaves its own notes beside what it encrypted.
  if (secret["sops"] !== undefined) return [];
  // A Helm repository's or registry's address is no secret, nor is a token that the cluster fills in.
  if (secret["type"] === "kubernetes.io/service-account-token") return [];
  return ["data", "stringData"].flatMap((field) =>
    Object.entries((secret[field] ?? {}) as Json)
      .filter(
        ([key, value]) => typeof value === "string" && value !== "" && !value.includes("⟨") && !isPublic(key),
      )
      .map(([key]) => `${field}.${key}`),
  );
}

/** What a Secret often holds beside the secret. */
const isPublic = (key: string): boolean =>
  /^(ca\.crt|tls\.crt|known_hosts|username|identity\.pub|cosign\.pub|.*\.pub|url)$/.test(key);

/** Names that mean a secret, and end there: `passwordSecretRef` and `tokenPath` say where one is. */
const secretName =
  /(^|[._-]|[a-z])(password|passwd|secretkey|secret_key|secret-key|apikey|api_key|api-key|accesskey|access_key|privatekey|private_key|private-key|token)$/i;
const secretValue =
  /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36,}\b|\bxox[abp]-[\w-]{20,}/;

/** Fields that by their name, or their value, are secrets. */
function readable(value: unknown, path: string): string[] {
  if (typeof value === "string") {
    const name = path.split(".").at(-1)!;
    if (secretValue.test(value)) return [path];
    const plain =
      value !== "" && !/[⟨$\s{}/]/.test(value) && !/^(true|false|null|none|disabled|enabled)$/i.test(value);
    return secretName.test(name) && plain ? [path] : [];
  }
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, item]) => readable(item, `${path}.${name}`));
}
