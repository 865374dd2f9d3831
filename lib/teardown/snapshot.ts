import { ApiError, type ClusterApi } from "./cluster-api.ts";
import { groupKind, keyOf, type Kind, type KubeObject, type ObjectKey } from "./objects.ts";

/** A cluster as it was for a moment: every object of every kind, most by their metadata alone. */
export interface Snapshot {
  readonly objects: ReadonlyMap<ObjectKey, KubeObject>;
  /** By `group/Kind`. */
  readonly kinds: ReadonlyMap<string, Kind>;
  /** What could not be looked at, and why: about that nothing may be claimed. */
  readonly unreadable: readonly { readonly what: string; readonly message: string }[];
}

/** Kinds that hold nothing: they come and go by themselves. */
const fleeting = new Set([
  "/Event",
  "events.k8s.io/Event",
  "/Endpoints", // mirrored by EndpointSlices
  "/ComponentStatus",
  "coordination.k8s.io/Lease",
]);

/** Kinds of which more than the metadata counts. Never a Secret's, nor a ConfigMap's. */
const whole = new Set([
  "kustomize.toolkit.fluxcd.io/Kustomization",
  "helm.toolkit.fluxcd.io/HelmRelease",
  "fluxcd.controlplane.io/ResourceSet",
  "/Service",
  "/PersistentVolume",
  "/PersistentVolumeClaim",
  "storage.k8s.io/StorageClass",
  "apps/Deployment",
  "apps/StatefulSet",
  "apps/DaemonSet",
  "rbac.authorization.k8s.io/ClusterRole",
  "rbac.authorization.k8s.io/ClusterRoleBinding",
  "rbac.authorization.k8s.io/Role",
  "rbac.authorization.k8s.io/RoleBinding",
  "admissionregistration.k8s.io/ValidatingWebhookConfiguration",
  "admissionregistration.k8s.io/MutatingWebhookConfiguration",
  "apiregistration.k8s.io/APIService",
]);

/** Lists everything that can be deleted. @throws ApiError if the server does not answer */
export async function takeSnapshot(api: ClusterApi): Promise<Snapshot> {
  const discovery = await api.kinds();
  const unreadable = discovery.unavailable.map(({ group, message }) => ({
    what: `API group ${group}`,
    message,
  }));
  const kinds = discovery.kinds.filter(
    (kind) => !fleeting.has(groupKind(kind)) && kind.verbs.includes("list") && kind.verbs.includes("delete"),
  );
  const objects = new Map<ObjectKey, KubeObject>();
  const lists = await Promise.all(
    kinds.map(async (kind) => {
      try {
        return await api.list(kind, { whole: whole.has(groupKind(kind)) });
      } catch (error) {
        if (!(error instanceof ApiError) || error.status === 0) throw error;
        unreadable.push({ what: `${kind.kind} (${kind.group})`, message: error.message });
        return [];
      }
    }),
  );
  for (const object of lists.flat()) objects.set(keyOf(object), object);
  await addPods(api, kinds, objects);
  return { objects, kinds: new Map(kinds.map((kind) => [groupKind(kind), kind])), unreadable };
}

/** Which volumes a pod mounts is read only where there are claims: pods are many. */
async function addPods(
  api: ClusterApi,
  kinds: readonly Kind[],
  objects: Map<ObjectKey, KubeObject>,
): Promise<void> {
  const pod = kinds.find((kind) => groupKind(kind) === "/Pod");
  if (pod === undefined) return;
  const namespaces = new Set(
    [...objects.values()]
      .filter(({ kind }) => kind === "PersistentVolumeClaim")
      .map(({ metadata }) => metadata.namespace!),
  );
  const lists = await Promise.all(
    [...namespaces].map((namespace) => api.list(pod, { namespace, whole: true })),
  );
  for (const object of lists.flat()) objects.set(keyOf(object), object);
}
