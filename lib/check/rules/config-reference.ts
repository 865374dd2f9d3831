import { type CheckedCluster, metadataOf, specOf } from "../fleet.ts";
import type { Finding, Rule } from "../rule.ts";
import { containersOf, workloadsOf } from "../workloads.ts";

type Json = Readonly<Record<string, unknown>>;

/** Whether the ConfigMaps and Secrets that pods and releases need are known to be made. */
export const configReference: Rule = {
  name: "config-reference",
  description:
    "the ConfigMap or Secret that a pod or a HelmRelease needs is in git, or something in git makes it",
  severity: "error",
  check: ({ clusters }) => clusters.flatMap(checkCluster),
};

interface Reference {
  readonly kind: "ConfigMap" | "Secret";
  readonly name: string;
  readonly field: string;
}

function checkCluster(cluster: CheckedCluster): Finding[] {
  if (!cluster.isWhole) return [];
  const made = madeSecrets(cluster);
  const found: Finding[] = [];
  const examine = (object: Finding["object"] & object, references: readonly Reference[]) => {
    const { namespace = "" } = metadataOf(object);
    for (const { kind, name, field } of references) {
      if (name.includes("⟨") || cluster.has(kind, namespace, name)) continue;
      if (kind === "Secret" && made.has(`${namespace}/${name}`)) continue;
      if (kind === "ConfigMap" && (name === "kube-root-ca.crt" || made.has(`ConfigMap ${namespace}/${name}`)))
        continue;
      found.push({
        cluster: cluster.name,
        object,
        field,
        message: `needs ${kind} ${namespace}/${name}, which nothing in git makes`,
        remedy: "add it, mark the reference optional, or except it with the reason where it comes from",
      });
    }
  };
  for (const { object, pod } of workloadsOf(cluster)) {
    const references: Reference[] = [];
    ((pod.spec["volumes"] ?? []) as Json[]).forEach((volume, index) => {
      const at = `${pod.path}.volumes[${index}]`;
      add(references, "ConfigMap", volume["configMap"], "name", `${at}.configMap.name`);
      add(references, "Secret", volume["secret"], "secretName", `${at}.secret.secretName`);
      const { sources = [] } = (volume["projected"] ?? {}) as { sources?: Json[] };
      sources.forEach((source, item) => {
        const from = `${at}.projected.sources[${item}]`;
        add(references, "ConfigMap", source["configMap"], "name", `${from}.configMap.name`);
        add(references, "Secret", source["secret"], "name", `${from}.secret.name`);
      });
    });
    for (const { container, path } of [...containersOf(pod), ...containersOf(pod, "initContainers")]) {
      ((container["envFrom"] ?? []) as Json[]).forEach((from, index) => {
        add(
          references,
          "ConfigMap",
          from["configMapRef"],
          "name",
          `${path}.envFrom[${index}].configMapRef.name`,
        );
        add(references, "Secret", from["secretRef"], "name", `${path}.envFrom[${index}].secretRef.name`);
      });
      ((container["env"] ?? []) as { valueFrom?: Json }[]).forEach(({ valueFrom }, index) => {
        const at = `${path}.env[${index}].valueFrom`;
        add(references, "ConfigMap", valueFrom?.["configMapKeyRef"], "name", `${at}.configMapKeyRef.name`);
        add(references, "Secret", valueFrom?.["secretKeyRef"], "name", `${at}.secretKeyRef.name`);
      });
    }
    ((pod.spec["imagePullSecrets"] ?? []) as Json[]).forEach((secret, index) => {
      add(references, "Secret", secret, "name", `${pod.path}.imagePullSecrets[${index}].name`);
    });
    examine(object, references);
  }
  for (const object of cluster.ofKind("HelmRelease")) {
    const references: Reference[] = [];
    ((specOf(object)["valuesFrom"] ?? []) as Json[]).forEach((from, index) => {
      const { kind } = from;
      if (kind === "ConfigMap" || kind === "Secret")
        add(references, kind, from, "name", `spec.valuesFrom[${index}].name`);
    });
    examine(object, references);
  }
  return found;
}

function add(
  references: Reference[],
  kind: Reference["kind"],
  from: unknown,
  name: string,
  field: string,
): void {
  const reference = from as Json | undefined;
  const value = reference?.[name];
  if (typeof value === "string" && reference?.["optional"] !== true)
    references.push({ kind, name: value, field });
}

const makers = [
  "ExternalSecret",
  "SealedSecret",
  "Certificate",
  "VaultStaticSecret",
  "VaultDynamicSecret",
  "VaultPKISecret",
  "KafkaUser",
  "Kafka",
  "Bundle",
];

/** Secrets that objects ask a controller to make. */
function madeSecrets(cluster: CheckedCluster): Set<string> {
  const made = new Set<string>();
  const add = (namespace: string | undefined, name: unknown) => {
    if (typeof name === "string") made.add(`${namespace ?? ""}/${name}`);
  };
  for (const object of cluster.ofKind(...makers)) {
    const { name, namespace } = metadataOf(object);
    const spec = specOf(object);
    switch (object.object["kind"]) {
      case "ExternalSecret":
        add(namespace, (spec["target"] as Json | undefined)?.["name"] ?? name);
        break;
      case "SealedSecret":
        add(namespace, name);
        break;
      case "Certificate":
        add(namespace, spec["secretName"]);
        break;
      case "VaultStaticSecret":
      case "VaultDynamicSecret":
      case "VaultPKISecret":
        add(namespace, (spec["destination"] as Json | undefined)?.["name"]);
        break;
      case "KafkaUser":
        add(namespace, name);
        break;
      case "Kafka":
        add(namespace, `${name}-cluster-ca-cert`);
        add(namespace, `${name}-clients-ca-cert`);
        break;
      case "Bundle":
        made.add(`ConfigMap ${namespace ?? ""}/${name}`);
        break;
    }
  }
  return made;
}
