import { ApiError, type ClusterApi, type ListOptions } from "../../../../lib/teardown/cluster-api.ts";
import {
  keyOf,
  keyOfName,
  type Kind,
  type KubeObject,
  type ObjectKey,
  parseKey,
} from "../../../../lib/teardown/objects.ts";
import type { VirtualClock } from "./virtual-clock.ts";

/** An object as a test writes it. */
export type Mutable<T> = { -readonly [K in keyof T]: T[K] extends object | undefined ? Mutable<T[K]> : T[K] };
export type FakeObject = Mutable<KubeObject>;

const verbs = ["create", "delete", "get", "list", "patch", "update", "watch"];
const builtIn: readonly [
  group: string,
  version: string,
  kind: string,
  plural: string,
  namespaced: boolean,
][] = [
  ["", "v1", "Namespace", "namespaces", false],
  ["", "v1", "ConfigMap", "configmaps", true],
  ["", "v1", "Secret", "secrets", true],
  ["", "v1", "Service", "services", true],
  ["", "v1", "ServiceAccount", "serviceaccounts", true],
  ["", "v1", "Pod", "pods", true],
  ["", "v1", "PersistentVolumeClaim", "persistentvolumeclaims", true],
  ["", "v1", "PersistentVolume", "persistentvolumes", false],
  ["", "v1", "Event", "events", true],
  ["apps", "v1", "Deployment", "deployments", true],
  ["apps", "v1", "StatefulSet", "statefulsets", true],
  ["apps", "v1", "ReplicaSet", "replicasets", true],
  ["networking.k8s.io", "v1", "Ingress", "ingresses", true],
  ["storage.k8s.io", "v1", "StorageClass", "storageclasses", false],
  ["storage.k8s.io", "v1", "CSIDriver", "csidrivers", false],
  ["rbac.authorization.k8s.io", "v1", "ClusterRole", "clusterroles", false],
  ["rbac.authorization.k8s.io", "v1", "ClusterRoleBinding", "clusterrolebindings", false],
  ["rbac.authorization.k8s.io", "v1", "Role", "roles", true],
  ["rbac.authorization.k8s.io", "v1", "RoleBinding", "rolebindings", true],
  [
    "admissionregistration.k8s.io",
    "v1",
    "ValidatingWebhookConfiguration",
    "validatingwebhookconfigurations",
    false,
  ],
  ["apiextensions.k8s.io", "v1", "CustomResourceDefinition", "customresourcedefinitions", false],
  ["kustomize.toolkit.fluxcd.io", "v1", "Kustomization", "kustomizations", true],
  ["helm.toolkit.fluxcd.io", "v2", "HelmRelease", "helmreleases", true],
  ["source.toolkit.fluxcd.io", "v1", "GitRepository", "gitrepositories", true],
  ["source.toolkit.fluxcd.io", "v1", "OCIRepository", "ocirepositories", true],
  ["fluxcd.controlplane.io", "v1", "FluxInstance", "fluxinstances", true],
  ["fluxcd.controlplane.io", "v1", "ResourceSet", "resourcesets", true],
];

/** The finalizer that holds a namespace until what is in it has gone. */
const namespaceFinalizer = "kubernetes";
/** The same for a definition and its objects. */
export const definitionFinalizer = "customresourcecleanup.apiextensions.k8s.io";

/** The objects of a cluster in memory, with what an API server does to them. */
export class FakeCluster {
  readonly objects = new Map<ObjectKey, FakeObject>();
  /** What exists outside, by what it is for: volumes, load balancers, cloud resources. */
  readonly external = new Set<string>();
  readonly clock: VirtualClock;
  #serial = 0;

  constructor(clock: VirtualClock) {
    this.clock = clock;
  }

  /** Makes an object unless there is one of its name. @returns the one that is there */
  create(given: KubeObject): FakeObject {
    const object = structuredClone(given) as FakeObject;
    const key = keyOf(object);
    const there = this.objects.get(key);
    if (there !== undefined) return there;
    const { namespace } = object.metadata;
    const home = namespace === undefined ? undefined : this.objects.get(`/Namespace//${namespace}`);
    if (namespace !== undefined && (home === undefined || home.metadata.deletionTimestamp !== undefined))
      throw new ApiError(403, `namespace ${namespace} is missing or on its way out`);
    if (this.kinds().every(({ group, kind }) => `${group}/${kind}` !== key.split("/").slice(0, 2).join("/")))
      throw new ApiError(404, `the server serves no ${object.kind}`);
    object.metadata.uid = `uid-${++this.#serial}`;
    object.metadata.creationTimestamp ??= new Date(this.clock.now()).toISOString();
    if (object.kind === "Namespace") this.addFinalizer(object, namespaceFinalizer);
    if (object.kind === "CustomResourceDefinition") this.addFinalizer(object, definitionFinalizer);
    this.objects.set(key, object);
    this.changed(object);
    return object;
  }

  addFinalizer({ metadata }: FakeObject, name: string): void {
    if (!(metadata.finalizers ?? []).includes(name))
      metadata.finalizers = [...(metadata.finalizers ?? []), name];
  }

  /** Takes a finalizer away, and the object with the last one. */
  removeFinalizer(object: FakeObject, name: string): void {
    object.metadata.finalizers = (object.metadata.finalizers ?? []).filter((each) => each !== name);
    this.changed(object);
    this.#leave(object);
  }

  /** Asks for an object's deletion. */
  delete(key: ObjectKey): void {
    const object = this.objects.get(key);
    if (object === undefined || object.metadata.deletionTimestamp !== undefined) return;
    object.metadata.deletionTimestamp = new Date(this.clock.now()).toISOString();
    this.changed(object);
    this.#leave(object);
  }

  #leave(object: FakeObject): void {
    const { deletionTimestamp, finalizers = [] } = object.metadata;
    if (deletionTimestamp !== undefined && finalizers.length === 0) this.objects.delete(keyOf(object));
  }

  /** Merges a patch as an API server does. */
  patch(key: ObjectKey, patch: object): FakeObject | undefined {
    const object = this.objects.get(key);
    if (object === undefined) return undefined;
    const { resourceVersion } = (patch as { metadata?: { resourceVersion?: string } }).metadata ?? {};
    if (resourceVersion !== undefined && resourceVersion !== object.metadata.resourceVersion)
      throw new ApiError(409, `${key} has changed`);
    merge(object, patch as Record<string, unknown>);
    this.changed(object);
    this.#leave(object);
    return object;
  }

  changed({ metadata }: FakeObject): void {
    metadata.resourceVersion = String(++this.#serial);
  }

  /** All kinds that are served: the built-in ones and those of the definitions. */
  kinds(): Kind[] {
    const kinds = builtIn.map(([group, version, kind, plural, namespaced]) => ({
      group,
      version,
      kind,
      plural,
      namespaced,
      verbs,
    }));
    for (const { kind, spec } of this.objects.values()) {
      if (kind !== "CustomResourceDefinition" || spec === undefined) continue;
      const { group, names } = spec as { group: string; names: { kind: string; plural: string } };
      kinds.push({ group, version: "v1", kind: names.kind, plural: names.plural, namespaced: true, verbs });
    }
    return kinds;
  }

  ofKind(kind: string): FakeObject[] {
    return [...this.objects.values()].filter((object) => object.kind === kind);
  }

  /** The API as a client sees it. @param latency milliseconds of each request */
  api(latency = 10): ClusterApi {
    const { clock } = this;
    const ask = async <T>(answer: () => T): Promise<T> => {
      await clock.sleep(latency);
      return structuredClone(answer());
    };
    const key = ({ group, kind }: Kind, namespace: string, name: string) =>
      keyOfName({ group, kind, namespace, name });
    const seen = (object: FakeObject, whole: boolean): KubeObject =>
      whole ? object : { apiVersion: object.apiVersion, kind: object.kind, metadata: object.metadata };
    return {
      server: "https://fake",
      kinds: () => ask(() => ({ kinds: this.kinds(), unavailable: [] })),
      list: ({ group, kind }, { namespace, whole = false }: ListOptions = {}) =>
        ask(() =>
          [...this.objects]
            .filter(
              ([id]) =>
                id.startsWith(`${group}/${kind}/`) &&
                (namespace === undefined || parseKey(id).namespace === namespace),
            )
            .map(([, object]) => seen(object, whole)),
        ),
      get: (kind, namespace, name, { whole = false } = {}) =>
        ask(() => {
          const object = this.objects.get(key(kind, namespace, name));
          return object === undefined ? undefined : seen(object, whole);
        }),
      patch: (kind, namespace, name, patch) => ask(() => this.patch(key(kind, namespace, name), patch)),
      delete: (kind, namespace, name) => ask(() => this.delete(key(kind, namespace, name))),
      create: (_kind, _namespace, object) =>
        ask(() => {
          if (this.objects.has(keyOf(object))) throw new ApiError(409, "it exists");
          this.create(object);
        }),
      may: () => ask(() => true),
    };
  }
}

function merge(into: Record<string, unknown>, patch: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(patch)) {
    if (name === "resourceVersion") continue;
    if (value === null) delete into[name];
    else if (typeof value === "object" && !Array.isArray(value)) {
      if (typeof into[name] !== "object" || into[name] === null) into[name] = {};
      merge(into[name] as Record<string, unknown>, value as Record<string, unknown>);
    } else into[name] = structuredClone(value);
  }
}
