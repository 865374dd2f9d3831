import {
  type ApiException,
  KubeConfig,
  KubernetesObjectApi,
  type KubernetesObject,
  PatchStrategy,
} from "@kubernetes/client-node";
import type { FluxCluster, Owner } from "./teardown.ts";

const apiVersions = {
  Kustomization: "kustomize.toolkit.fluxcd.io/v1",
  HelmRelease: "helm.toolkit.fluxcd.io/v2",
} as const;
const instanceVersion = "fluxcd.controlplane.io/v1";
/** flux-operator leaves a FluxInstance with it alone. */
const reconcile = "fluxcd.controlplane.io/reconcile";

interface FluxObject extends KubernetesObject {
  readonly spec?: {
    readonly suspend?: boolean;
    readonly dependsOn?: readonly { readonly name: string; readonly namespace?: string }[];
  };
  readonly status?: { readonly inventory?: { readonly entries?: readonly { readonly id: string }[] } };
}

/** A cluster's Flux, by its kubeconfig's text. */
export function fluxCluster(kubeconfig: string): FluxCluster {
  const config = new KubeConfig();
  config.loadFromString(kubeconfig);
  const api = KubernetesObjectApi.makeApiClient(config);
  const list = async (apiVersion: string, kind: string): Promise<FluxObject[]> => {
    try {
      return (await patiently(() => api.list(apiVersion, kind))).items;
    } catch (error) {
      // The definition is not there: nothing of the kind is.
      if (isMissing(error)) return [];
      throw error;
    }
  };
  const reference = ({ kind, namespace, name }: Owner) => ({
    apiVersion: apiVersions[kind],
    kind,
    metadata: { name, namespace },
  });
  const patch = async (object: KubernetesObject & { spec?: unknown }) => {
    try {
      await patiently(() =>
        api.patch(object, undefined, undefined, "sluice-teardown", undefined, PatchStrategy.MergePatch),
      );
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  };
  return {
    async owners() {
      const found: Owner[] = [];
      for (const kind of ["Kustomization", "HelmRelease"] as const)
        for (const object of await list(apiVersions[kind], kind)) found.push(ownerOf(kind, object));
      return found;
    },
    async appliesFlux(owner) {
      const objects = await list(apiVersions[owner.kind], owner.kind);
      const object = objects.find(
        ({ metadata }) => metadata?.name === owner.name && metadata.namespace === owner.namespace,
      );
      // An inventory's ids are `namespace_name_group_kind`.
      return (object?.status?.inventory?.entries ?? []).some(({ id }) =>
        /^_kustomizations\.kustomize\.toolkit\.fluxcd\.io_|_kustomize-controller_apps_Deployment$/.test(id),
      );
    },
    suspend: (owner, suspended) => patch({ ...reference(owner), spec: { suspend: suspended } }),
    hold: (owner) =>
      patch({ ...reference(owner), spec: { suspend: false, dependsOn: [{ name: "taken-down-by-sluice" }] } }),
    async delete(owner) {
      try {
        await patiently(() => api.delete(reference(owner)));
      } catch (error) {
        if (!isMissing(error)) throw error;
      }
    },
    async exists(owner) {
      try {
        await patiently(() => api.read(reference(owner)));
        return true;
      } catch (error) {
        if (isMissing(error)) return false;
        throw error;
      }
    },
    async operator(active) {
      for (const { metadata } of await list(instanceVersion, "FluxInstance"))
        await patch({
          apiVersion: instanceVersion,
          kind: "FluxInstance",
          metadata: {
            name: metadata!.name!,
            namespace: metadata!.namespace!,
            annotations: { [reconcile]: active ? "enabled" : "disabled" },
          },
        });
    },
  };
}

function ownerOf(kind: Owner["kind"], { metadata, spec }: FluxObject): Owner {
  const { name = "", namespace = "", labels = {} } = metadata ?? {};
  const parent = labels["kustomize.toolkit.fluxcd.io/name"];
  const id = `${kind}/${namespace}/${name}`;
  const parentId = `Kustomization/${labels["kustomize.toolkit.fluxcd.io/namespace"]}/${parent}`;
  return {
    id,
    kind,
    namespace,
    name,
    dependsOn: (spec?.dependsOn ?? []).map(
      (other) => `${kind}/${other.namespace ?? namespace}/${other.name}`,
    ),
    // `flux bootstrap`'s Kustomization applies itself.
    parent: parent === undefined || parentId === id ? undefined : parentId,
    suspended: spec?.suspend === true,
  };
}

const isMissing = (error: unknown): boolean => (error as ApiException<unknown> | undefined)?.code === 404;

/**
 * Asks again where a server is busy or starting (a definition that was just made answers 429 for a second), as
 * kubectl does; every request here may be made twice.
 */
async function patiently<T>(request: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await request();
    } catch (error) {
      const code = (error as { code?: unknown }).code;
      const passing = code === 429 || (typeof code === "number" && code >= 500);
      if (!passing || attempt === 8) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.min(250 * 2 ** attempt, 5000)));
    }
  }
}
