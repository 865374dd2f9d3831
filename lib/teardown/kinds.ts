import { teardownLabel } from "../flux/teardown-label.ts";
import { fields, groupOf, type KubeObject, list, type ObjectKey, text } from "./objects.ts";

const definition = "apiextensions.k8s.io/CustomResourceDefinition//";

/** Groups of Flux itself. Others end alike: a controller of somebody else may be in contrib.fluxcd.io. */
const fluxGroup =
  /\.((source|kustomize|helm|notification|image)\.toolkit|source\.extensions)\.fluxcd\.io$|\.fluxcd\.controlplane\.io$/;

/** Whether it is a definition of one of Flux's own kinds. */
export const isFluxDefinition = (key: ObjectKey): boolean =>
  key.startsWith(definition) && fluxGroup.test(key);

/** Whether it is of those of Flux's own objects without which there is no Flux: a definition, or a controller. */
export const isFluxItself = (key: ObjectKey, object: KubeObject | undefined): boolean =>
  isFluxDefinition(key) || (object?.kind === "Deployment" && isPartOfFlux(object));

/** Whether an object says that Flux's installation made it. */
export const isPartOfFlux = ({ metadata: { labels } }: KubeObject): boolean =>
  labels?.["app.kubernetes.io/part-of"] === "flux";

export const isDefinition = (key: ObjectKey): boolean => key.startsWith(definition);

/** The kind that a CustomResourceDefinition defines, undefined for every other object. Its name says it. */
export function definedKind(object: KubeObject): { group: string; plural: string } | undefined {
  if (object.kind !== "CustomResourceDefinition") return undefined;
  const { name } = object.metadata;
  const dot = name.indexOf(".");
  return { plural: name.slice(0, dot), group: name.slice(dot + 1) };
}

/** Whether it stands for something outside the cluster, which goes only with it, in order, and with time. */
export function holdsExternalState(object: KubeObject): boolean {
  const { apiVersion, kind, metadata } = object;
  if (metadata.labels?.[teardownLabel] === "external-state") return true;
  if (metadata.annotations?.[teardownLabel] === "external-state") return true;
  switch (`${groupOf(apiVersion)}/${kind}`) {
    case "/Service":
      return fields(object, "spec")["type"] === "LoadBalancer";
    case "/PersistentVolumeClaim":
    case "networking.k8s.io/Ingress":
    case "gateway.networking.k8s.io/Gateway":
      return true;
    default:
      return false;
  }
}

/** On all that Flux reconciles. Flux lives until the end. */
const fluxFinalizer = "finalizers.fluxcd.io";
/** Finalizers that Kubernetes takes away by itself, as soon as nothing stands in the way. */
const ownFinalizers = /^(foregroundDeletion|orphan|kubernetes)$|(^|\.)(kubernetes|k8s)\.io\//;
const workloads = /^(Deployment|StatefulSet|DaemonSet|ReplicaSet|Job|CronJob|Pod|Namespace)$/;

/** Whether something else than Kubernetes and Flux has to agree to its deletion. */
export const holdsFinalizer = ({ kind, metadata: { finalizers = [] } }: KubeObject): boolean =>
  !workloads.test(kind) && finalizers.some((name) => !ownFinalizers.test(name) && name !== fluxFinalizer);

/** The Services that a webhook configuration or an APIService leads to. */
export function servedFrom(object: KubeObject): { namespace: string; name: string }[] {
  const services =
    object.kind === "APIService"
      ? [fields(object["spec"], "service")]
      : list(object, "webhooks").map((webhook) => fields(fields(webhook, "clientConfig"), "service"));
  return services.flatMap((service) => {
    const [namespace, name] = [text(service, "namespace"), text(service, "name")];
    return namespace === undefined || name === undefined ? [] : [{ namespace, name }];
  });
}

/** Whether a Deployment runs as far as anybody reports. */
export function isAvailable(object: KubeObject): boolean {
  const { availableReplicas = 0, observedGeneration } = fields(object, "status") as {
    availableReplicas?: number;
    observedGeneration?: number;
  };
  const { replicas = 1 } = fields(object, "spec") as { replicas?: number };
  // Where nobody reports, as in a simulation, nothing is known.
  return observedGeneration === undefined || availableReplicas > 0 || replicas === 0;
}
