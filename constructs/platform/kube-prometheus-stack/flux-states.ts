const kinds = {
  "source.toolkit.fluxcd.io/v1": ["GitRepository", "OCIRepository", "HelmRepository", "HelmChart"],
  "kustomize.toolkit.fluxcd.io/v1": ["Kustomization"],
  "helm.toolkit.fluxcd.io/v2": ["HelmRelease"],
};

/**
 * Values of kube-state-metrics that tell the state of Flux's objects as `gotk_resource_info`, with the labels
 * `customresource_kind`, `exported_namespace`, `name`, `ready` and `suspended`. Flux's controllers themselves
 * tell only how long they took.
 */
export function fluxStates(): object {
  const resources = Object.entries(kinds).flatMap(([apiVersion, names]) => {
    const [group, version] = apiVersion.split("/");
    return names.map((kind) => ({
      groupVersionKind: { group, version, kind },
      metricNamePrefix: "gotk",
      metrics: [
        {
          name: "resource_info",
          help: "The current state of a Flux object.",
          each: { type: "Info", info: { labelsFromPath: { name: ["metadata", "name"] } } },
          labelsFromPath: {
            exported_namespace: ["metadata", "namespace"],
            ready: ["status", "conditions", "[type=Ready]", "status"],
            suspended: ["spec", "suspend"],
          },
        },
      ],
    }));
  });
  return {
    rbac: { extraRules: Object.entries(kinds).map(([apiVersion, names]) => readable(apiVersion, names)) },
    customResourceState: { enabled: true, config: { spec: { resources } } },
  };
}

function readable(apiVersion: string, names: readonly string[]): object {
  const plurals = names.map((kind) => `${kind.toLowerCase()}s`.replace(/ys$/, "ies"));
  return { apiGroups: [apiVersion.split("/")[0]], resources: plurals, verbs: ["list", "watch"] };
}
