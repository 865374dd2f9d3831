import { claimsOf } from "../../../../lib/teardown/ownership.ts";
import {
  groupOf,
  keyOf,
  type KubeObject,
  type ObjectKey,
  parseKey,
} from "../../../../lib/teardown/objects.ts";
import { definitionFinalizer, type FakeCluster, type FakeObject } from "./fake-cluster.ts";

const fluxFinalizer = "finalizers.fluxcd.io";

/** A controller that gives objects of a kind a finalizer and something outside, as long as its Deployment is there. */
export interface Operator {
  readonly kind: string;
  /** The Deployment without which it does nothing; the cloud's own controllers have none. */
  readonly deployment?: ObjectKey;
  /** Whether it looks at an object at all. */
  readonly handles?: (object: FakeObject) => boolean;
  /** Milliseconds that it takes to remove what is outside. */
  readonly takes: number;
  /** Whether its objects hold a finalizer: without one, it sees to what is outside when they have gone. */
  readonly finalizer?: string;
}

/** Switches that a fault turns. */
export interface Switches {
  /** Names of controllers that do nothing: `kustomize`, `helm`, or an operator's kind. */
  readonly down: Set<string>;
  /** Objects whose operator never finishes. */
  readonly stuck: Set<ObjectKey>;
}

/** Everything that runs in a cluster beside the API server, as far as a teardown meets it. */
export class FakeControllers {
  readonly cluster: FakeCluster;
  /** What each applier applies, by its key. */
  readonly manifests = new Map<ObjectKey, readonly KubeObject[]>();
  readonly operators: Operator[] = [];
  readonly switches: Switches = { down: new Set(), stuck: new Set() };
  /** When an operator began with the removal of an object, in the clock's milliseconds. */
  readonly #begun = new Map<string, number>();
  /** What has gone without its operator having removed what is outside. */
  readonly orphaned = new Set<string>();
  #running = true;

  constructor(cluster: FakeCluster) {
    this.cluster = cluster;
  }

  /** Lets all of them look every so many milliseconds, until they are told to stop. */
  start(every = 100): void {
    const look = () => {
      if (!this.#running) return;
      this.tick();
      this.cluster.clock.at(every, look);
    };
    this.cluster.clock.at(0, look);
  }

  stop(): void {
    this.#running = false;
  }

  tick(): void {
    const { down } = this.switches;
    if (!down.has("kustomize"))
      for (const object of this.cluster.ofKind("Kustomization")) this.#kustomize(object);
    if (!down.has("helm")) for (const object of this.cluster.ofKind("HelmRelease")) this.#helm(object);
    for (const operator of this.operators) if (!down.has(operator.kind)) this.#operate(operator);
    this.#workloads();
    this.#volumes();
    this.#namespaces();
    this.#definitions();
    this.#collect();
  }

  #kustomize(object: FakeObject): void {
    const { metadata, spec } = object;
    const { suspend, prune, serviceAccountName, dependsOn } = spec as KustomizationSpec;
    if (metadata.deletionTimestamp !== undefined) {
      if (!metadata.finalizers?.includes(fluxFinalizer)) return;
      if (suspend !== true && prune === true && this.#account(metadata.namespace!, serviceAccountName))
        for (const key of inventoryOf(object)) {
          const labels = this.cluster.objects.get(key)?.metadata.labels ?? {};
          const annotations = this.cluster.objects.get(key)?.metadata.annotations ?? {};
          if (
            labels["kustomize.toolkit.fluxcd.io/name"] === metadata.name &&
            annotations["kustomize.toolkit.fluxcd.io/prune"] !== "disabled"
          )
            this.cluster.delete(key);
        }
      this.cluster.removeFinalizer(object, fluxFinalizer);
      return;
    }
    this.cluster.addFinalizer(object, fluxFinalizer);
    if (suspend === true || !this.#ready(object, dependsOn)) return;
    this.#apply(object, "kustomize.toolkit.fluxcd.io");
  }

  #helm(object: FakeObject): void {
    const { metadata, spec } = object;
    const { suspend, serviceAccountName, dependsOn } = spec as KustomizationSpec;
    if (metadata.deletionTimestamp !== undefined) {
      if (!metadata.finalizers?.includes(fluxFinalizer)) return;
      if (suspend !== true && this.#account(metadata.namespace!, serviceAccountName)) {
        const there = inventoryOf(object).filter((key) => this.cluster.objects.has(key));
        const goes = there.filter((key) => !kept(this.cluster.objects.get(key)!));
        for (const key of goes) this.cluster.delete(key);
        for (const secret of this.cluster.ofKind("Secret"))
          if (
            secret.metadata.labels?.["owner"] === "helm" &&
            secret.metadata.labels["name"] === metadata.name
          )
            this.cluster.delete(keyOf(secret));
        if (goes.some((key) => this.cluster.objects.has(key))) return;
      }
      this.cluster.removeFinalizer(object, fluxFinalizer);
      return;
    }
    this.cluster.addFinalizer(object, fluxFinalizer);
    if (suspend === true || !this.#ready(object, dependsOn)) return;
    this.#apply(object, "helm.toolkit.fluxcd.io");
    this.#try({
      apiVersion: "v1",
      kind: "Secret",
      metadata: {
        name: `sh.helm.release.v1.${metadata.name}.v1`,
        namespace: metadata.namespace!,
        labels: { owner: "helm", name: metadata.name },
      },
    });
  }

  /** Makes what is missing, and writes the inventory. */
  #apply(object: FakeObject, prefix: string): void {
    const { name, namespace } = object.metadata;
    const manifests = this.manifests.get(keyOf(object)) ?? [];
    let all = true;
    for (const manifest of manifests) {
      const labels = {
        ...manifest.metadata.labels,
        [`${prefix}/name`]: name,
        [`${prefix}/namespace`]: namespace!,
      };
      all = this.#try({ ...manifest, metadata: { ...manifest.metadata, labels } }) && all;
    }
    object["status"] = {
      inventory: {
        entries: manifests.map((manifest) => {
          const { group, kind, namespace: within, name: each } = parseKey(keyOf(manifest));
          return { id: `${within}_${each.replaceAll(":", "__")}_${group}_${kind}`, v: "v1" };
        }),
      },
      conditions: [{ type: "Ready", status: all ? "True" : "False" }],
    };
  }

  #try(object: KubeObject): boolean {
    try {
      this.cluster.create(object);
      return true;
    } catch {
      return false; // tried again at the next look
    }
  }

  #account(namespace: string, name: string | undefined): boolean {
    return name === undefined || this.cluster.objects.has(`/ServiceAccount/${namespace}/${name}`);
  }

  #ready(
    { apiVersion, kind, metadata }: FakeObject,
    dependsOn: KustomizationSpec["dependsOn"] = [],
  ): boolean {
    return dependsOn.every(({ name, namespace }) => {
      const other = this.cluster.objects.get(
        `${groupOf(apiVersion)}/${kind}/${namespace ?? metadata.namespace!}/${name}`,
      );
      const { conditions = [] } = (other?.["status"] ?? {}) as { conditions?: { status: string }[] };
      return conditions.some(({ status }) => status === "True");
    });
  }

  #operate({ kind, deployment, handles = () => true, takes, finalizer }: Operator): void {
    const { cluster } = this;
    const there = deployment === undefined ? undefined : cluster.objects.get(deployment);
    if (deployment !== undefined && (there === undefined || there.metadata.deletionTimestamp !== undefined))
      return;
    for (const object of cluster.ofKind(kind)) {
      if (!handles(object)) continue;
      const key = keyOf(object);
      const id = `${kind} ${object.metadata.uid}`;
      if (object.metadata.deletionTimestamp === undefined) {
        cluster.external.add(id);
        if (finalizer !== undefined) cluster.addFinalizer(object, finalizer);
      } else if (finalizer !== undefined && object.metadata.finalizers?.includes(finalizer)) {
        if (this.switches.stuck.has(key)) continue;
        if (!this.#begun.has(id)) this.#begun.set(id, cluster.clock.now());
        if (cluster.clock.now() - this.#begun.get(id)! < takes) continue;
        cluster.external.delete(id);
        cluster.removeFinalizer(object, finalizer);
      }
    }
    if (finalizer === undefined) {
      const living = new Set(cluster.ofKind(kind).map(({ metadata }) => `${kind} ${metadata.uid}`));
      for (const id of cluster.external)
        if (id.startsWith(`${kind} `) && !living.has(id)) cluster.external.delete(id);
    }
  }

  /** A Deployment's ReplicaSet and pod, a StatefulSet's pod and claim. */
  #workloads(): void {
    const { cluster } = this;
    const owned = (object: FakeObject, kind: string, apiVersion: string, spec = {}) =>
      this.#try({
        apiVersion,
        kind,
        metadata: {
          name: `${object.metadata.name}-0`,
          namespace: object.metadata.namespace!,
          ownerReferences: [
            {
              apiVersion: object.apiVersion,
              kind: object.kind,
              name: object.metadata.name,
              uid: object.metadata.uid!,
            },
          ],
        },
        spec,
      });
    const away = new Set(
      this.operators.flatMap(({ kind, deployment }) => (this.switches.down.has(kind) ? [deployment] : [])),
    );
    for (const object of cluster.objects.values()) {
      if (object.metadata.deletionTimestamp !== undefined) continue;
      if (object.kind === "Deployment")
        object["status"] = { observedGeneration: 1, availableReplicas: away.has(keyOf(object)) ? 0 : 1 };
      if (object.kind === "Deployment") owned(object, "ReplicaSet", "apps/v1");
      if (object.kind === "ReplicaSet") owned(object, "Pod", "v1");
      if (object.kind !== "StatefulSet") continue;
      const name = `data-${object.metadata.name}-0`;
      // As in a real cluster, nobody owns what a template makes.
      this.#try({
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        metadata: { name, namespace: object.metadata.namespace! },
        spec: object["spec"],
      });
      owned(object, "Pod", "v1", { volumes: [{ persistentVolumeClaim: { claimName: name } }] });
    }
  }

  /** Volumes of claims, made by a provisioner whose Deployment the class names, and claims that pods hold. */
  #volumes(): void {
    const { cluster } = this;
    const protection = "kubernetes.io/pvc-protection";
    const mounted = new Set(cluster.ofKind("Pod").flatMap((pod) => claimsOf(pod)));
    for (const claim of cluster.ofKind("PersistentVolumeClaim")) {
      const { name, namespace, deletionTimestamp, finalizers = [] } = claim.metadata;
      const { storageClassName } = (claim["spec"] ?? {}) as { storageClassName?: string };
      if (deletionTimestamp !== undefined) {
        if (finalizers.includes(protection) && !mounted.has(keyOf(claim)))
          cluster.removeFinalizer(claim, protection);
        continue;
      }
      cluster.addFinalizer(claim, protection);
      if (!this.#provisions(storageClassName)) continue;
      const volume = {
        apiVersion: "v1",
        kind: "PersistentVolume",
        metadata: { name: `pv-${claim.metadata.uid}` },
        spec: { claimRef: { namespace, name }, persistentVolumeReclaimPolicy: "Delete", storageClassName },
      };
      if (this.#try(volume)) cluster.external.add(`volume ${volume.metadata.name}`);
    }
    for (const volume of cluster.ofKind("PersistentVolume")) {
      const { claimRef, storageClassName } = volume["spec"] as {
        claimRef: { namespace: string; name: string };
        storageClassName?: string;
      };
      if (cluster.objects.has(`/PersistentVolumeClaim/${claimRef.namespace}/${claimRef.name}`)) continue;
      if (!this.#provisions(storageClassName)) continue;
      cluster.external.delete(`volume ${volume.metadata.name}`);
      cluster.delete(keyOf(volume));
    }
  }

  #provisions(storageClass: string | undefined): boolean {
    const { provisioner } = (this.cluster.objects.get(`storage.k8s.io/StorageClass//${storageClass}`) ?? {
      provisioner: storageClass,
    }) as { provisioner?: string };
    // The provisioner's name is its Deployment's; one without a slash is the cloud's own.
    if (provisioner?.includes("/") !== true) return true;
    return this.cluster.objects.has(`apps/Deployment/${provisioner}`);
  }

  #namespaces(): void {
    for (const object of this.cluster.ofKind("Namespace")) {
      if (object.metadata.deletionTimestamp === undefined) continue;
      const inside = [...this.cluster.objects].filter(
        ([, { metadata }]) => metadata.namespace === object.metadata.name,
      );
      for (const [key] of inside) this.cluster.delete(key);
      if (inside.length === 0) this.cluster.removeFinalizer(object, "kubernetes");
    }
  }

  #definitions(): void {
    for (const object of this.cluster.ofKind("CustomResourceDefinition")) {
      if (object.metadata.deletionTimestamp === undefined) continue;
      const { names } = object["spec"] as { names: { kind: string } };
      const instances = this.cluster.ofKind(names.kind);
      for (const instance of instances) this.cluster.delete(keyOf(instance));
      if (instances.length === 0) this.cluster.removeFinalizer(object, definitionFinalizer);
    }
  }

  /** Garbage collection: what has lost all its owners. */
  #collect(): void {
    const uids = new Set([...this.cluster.objects.values()].map(({ metadata }) => metadata.uid));
    for (const [key, { metadata }] of this.cluster.objects) {
      const { ownerReferences = [] } = metadata;
      if (ownerReferences.length > 0 && ownerReferences.every(({ uid }) => !uids.has(uid)))
        this.cluster.delete(key);
    }
  }
}

interface KustomizationSpec {
  readonly suspend?: boolean;
  readonly prune?: boolean;
  readonly serviceAccountName?: string;
  readonly dependsOn?: readonly { readonly name: string; readonly namespace?: string }[];
}

const kept = ({ kind, metadata }: FakeObject): boolean =>
  kind === "CustomResourceDefinition" || metadata.annotations?.["helm.sh/resource-policy"] === "keep";

function inventoryOf(object: FakeObject): ObjectKey[] {
  const { inventory } = (object["status"] ?? {}) as { inventory?: { entries: { id: string }[] } };
  return (inventory?.entries ?? []).map(({ id }) => {
    const [, namespace, name, group, kind] = /^([^_]*)_(.+)_([^_]*)_([^_]+)$/.exec(id)!;
    return `${group}/${kind}/${namespace}/${name!.replaceAll("__", ":")}`;
  });
}
