// A stand-in of what a cloud runs beside a cluster, as a process: load balancers of Services, and volumes of claims.
// Arguments: a kubeconfig's path, the folder of external files, how many seconds cleaning up takes.
import { readFileSync } from "node:fs";
import { KubeClient, type KubeObject, type WatchEvent } from "../control-plane/kube-client.ts";
import { External } from "./external.ts";
import { ObjectQueue } from "./object-queue.ts";

const [kubeconfig, folder, seconds] = process.argv.slice(2) as [string, string, string];
const client = new KubeClient(readFileSync(kubeconfig, "utf8"));
const external = new External(folder);
const cleaning = () => new Promise((resolve) => setTimeout(resolve, 1000 * Number(seconds)));
const forever = new AbortController().signal;

/** https://kubernetes.io/docs/concepts/services-networking/service/#load-balancer-cleanup */
const balancerFinalizer = "service.kubernetes.io/load-balancer-cleanup";
/** https://kubernetes.io/docs/concepts/storage/persistent-volumes/#persistentvolume-deletion-protection-finalizer */
const volumeFinalizer = "external-provisioner.volume.kubernetes.io/finalizer";
const provisionerAnnotation = "volume.kubernetes.io/storage-provisioner";

watch("v1", "Service", "/api/v1/services", balance);
watch("v1", "PersistentVolumeClaim", "/api/v1/persistentvolumeclaims", provision);
watch("v1", "PersistentVolume", "/api/v1/persistentvolumes", reclaim);

function watch(
  apiVersion: string,
  kind: string,
  path: string,
  reconcile: (object: KubeObject) => Promise<void>,
): void {
  const queue = new ObjectQueue(async (seen) => {
    const object = await client.get(seen);
    if (object !== undefined) await reconcile(object);
  });
  const onEvent = ({ type, object }: WatchEvent) => {
    if (type !== "DELETED") queue.add({ ...object, apiVersion, kind });
  };
  void client.watch(path, onEvent, forever);
}

async function balance(service: KubeObject): Promise<void> {
  const { deletionTimestamp, finalizers = [], resourceVersion } = service.metadata;
  const wanted = service.spec?.["type"] === "LoadBalancer" && deletionTimestamp === undefined;
  const has = finalizers.includes(balancerFinalizer);
  if (wanted) {
    if (!has)
      await client.merge(service, {
        metadata: { finalizers: [...finalizers, balancerFinalizer], resourceVersion },
      });
    external.make("load-balancer", service);
    if ((service.status?.["loadBalancer"] as { ingress?: unknown } | undefined)?.ingress === undefined)
      await client.merge(service, { status: { loadBalancer: { ingress: [{ ip: "192.0.2.1" }] } } }, "status");
  } else if (has) {
    await cleaning();
    external.remove("load-balancer", service);
    await client.merge(service, {
      metadata: { finalizers: finalizers.filter((each) => each !== balancerFinalizer) },
    });
  }
}

/** Makes a volume of a claim that the scheduler has found a node for. */
async function provision(claim: KubeObject): Promise<void> {
  const { annotations = {}, deletionTimestamp, name, namespace, uid } = claim.metadata;
  const spec = claim.spec as {
    storageClassName?: string;
    volumeName?: string;
    resources: unknown;
    accessModes: unknown;
  };
  const provisioner = annotations[provisionerAnnotation];
  if (provisioner === undefined || spec.volumeName !== undefined || deletionTimestamp !== undefined) return;
  const storageClass = await client.get({
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    metadata: { name: spec.storageClassName! },
  });
  if (storageClass === undefined) return;
  const { reclaimPolicy = "Delete", volumeBindingMode } = storageClass as unknown as {
    reclaimPolicy?: string;
    volumeBindingMode?: string;
  };
  if (
    volumeBindingMode === "WaitForFirstConsumer" &&
    annotations["volume.kubernetes.io/selected-node"] === undefined
  )
    return;
  const volume = {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: {
      name: `pvc-${uid}`,
      finalizers: [volumeFinalizer],
      annotations: { "pv.kubernetes.io/provisioned-by": provisioner },
    },
    spec: {
      accessModes: spec.accessModes,
      capacity: (spec.resources as { requests: unknown }).requests,
      claimRef: { apiVersion: "v1", kind: "PersistentVolumeClaim", name, namespace, uid },
      hostPath: { path: `/volumes/pvc-${uid}` }, // nobody mounts it
      persistentVolumeReclaimPolicy: reclaimPolicy,
      storageClassName: spec.storageClassName,
    },
  };
  external.make("volume", volume);
  await client.apply(volume);
}

/** Deletes the volume of a claim that has gone, if its class says so. */
async function reclaim(volume: KubeObject): Promise<void> {
  const { finalizers = [], deletionTimestamp } = volume.metadata;
  const released = volume.status?.["phase"] === "Released";
  if (!released || !finalizers.includes(volumeFinalizer)) return;
  if (volume.spec?.["persistentVolumeReclaimPolicy"] !== "Delete") return;
  await cleaning();
  external.remove("volume", volume);
  if (deletionTimestamp === undefined) await client.delete(volume);
  await client.merge(volume, {
    metadata: { finalizers: finalizers.filter((each) => each !== volumeFinalizer) },
  });
}
