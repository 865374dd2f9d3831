/** An API that Kubernetes took away, or will. */
export interface RemovedApi {
  readonly api: string;
  /** All kinds of the group's version, if none are named. */
  readonly kinds?: readonly string[];
  /** The minor version that warns of it first. */
  readonly deprecated?: number;
  /** The minor version that does not serve it any more. */
  readonly removed?: number;
  readonly instead: string;
}

/**
 * APIs that Kubernetes took away or will: kubernetes.io/docs/reference/using-api/deprecation-guide, and the
 * `prerelease-lifecycle-gen` marks in k8s.io/api v0.37.
 */
const apis: readonly RemovedApi[] = [
  { api: "extensions/v1beta1", removed: 22, instead: "apps/v1 or networking.k8s.io/v1" },
  { api: "apps/v1beta1", removed: 16, instead: "apps/v1" },
  { api: "apps/v1beta2", removed: 16, instead: "apps/v1" },
  { api: "networking.k8s.io/v1beta1", kinds: ["Ingress", "IngressClass"], removed: 22, instead: "networking.k8s.io/v1" },
  { api: "rbac.authorization.k8s.io/v1beta1", removed: 22, instead: "rbac.authorization.k8s.io/v1" },
  { api: "apiextensions.k8s.io/v1beta1", removed: 22, instead: "apiextensions.k8s.io/v1" },
  { api: "apiregistration.k8s.io/v1beta1", removed: 22, instead: "apiregistration.k8s.io/v1" },
  { api: "coordination.k8s.io/v1beta1", removed: 22, instead: "coordination.k8s.io/v1" },
  { api: "scheduling.k8s.io/v1beta1", removed: 22, instead: "scheduling.k8s.io/v1" },
  { api: "storage.k8s.io/v1beta1", kinds: ["CSIDriver", "CSINode", "StorageClass", "VolumeAttachment"], removed: 22, instead: "storage.k8s.io/v1" },
  { api: "admissionregistration.k8s.io/v1beta1", kinds: ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"], removed: 22, instead: "admissionregistration.k8s.io/v1" },
  { api: "certificates.k8s.io/v1beta1", kinds: ["CertificateSigningRequest"], removed: 22, instead: "certificates.k8s.io/v1" },
  { api: "batch/v1beta1", removed: 25, instead: "batch/v1" },
  { api: "discovery.k8s.io/v1beta1", removed: 25, instead: "discovery.k8s.io/v1" },
  { api: "events.k8s.io/v1beta1", removed: 25, instead: "events.k8s.io/v1" },
  { api: "autoscaling/v2beta1", removed: 25, instead: "autoscaling/v2" },
  { api: "autoscaling/v2beta2", removed: 26, instead: "autoscaling/v2" },
  { api: "policy/v1beta1", kinds: ["PodDisruptionBudget"], removed: 25, instead: "policy/v1" },
  { api: "policy/v1beta1", kinds: ["PodSecurityPolicy"], removed: 25, instead: "pod security admission" },
  { api: "node.k8s.io/v1beta1", removed: 25, instead: "node.k8s.io/v1" },
  { api: "storage.k8s.io/v1beta1", kinds: ["CSIStorageCapacity"], removed: 27, instead: "storage.k8s.io/v1" },
  { api: "flowcontrol.apiserver.k8s.io/v1beta1", removed: 26, instead: "flowcontrol.apiserver.k8s.io/v1" },
  { api: "flowcontrol.apiserver.k8s.io/v1beta2", removed: 29, instead: "flowcontrol.apiserver.k8s.io/v1" },
  { api: "flowcontrol.apiserver.k8s.io/v1beta3", removed: 32, instead: "flowcontrol.apiserver.k8s.io/v1" },
  { api: "admissionregistration.k8s.io/v1beta1", kinds: ["ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"], removed: 34, instead: "admissionregistration.k8s.io/v1" },
  { api: "networking.k8s.io/v1beta1", kinds: ["IPAddress", "ServiceCIDR"], deprecated: 34, removed: 37, instead: "networking.k8s.io/v1" },
  { api: "storage.k8s.io/v1beta1", kinds: ["VolumeAttributesClass"], deprecated: 34, removed: 37, instead: "storage.k8s.io/v1" },
  { api: "storage.k8s.io/v1alpha1", kinds: ["VolumeAttributesClass"], removed: 35, instead: "storage.k8s.io/v1" },
  { api: "certificates.k8s.io/v1alpha1", kinds: ["ClusterTrustBundle"], deprecated: 34, removed: 37, instead: "certificates.k8s.io/v1beta1" },
  { api: "admissionregistration.k8s.io/v1alpha1", deprecated: 35, removed: 38, instead: "admissionregistration.k8s.io/v1" },
  { api: "resource.k8s.io/v1beta1", deprecated: 35, removed: 38, instead: "resource.k8s.io/v1" },
  { api: "resource.k8s.io/v1beta2", kinds: ["DeviceClass", "ResourceClaim", "ResourceClaimTemplate", "ResourceSlice"], deprecated: 36, removed: 39, instead: "resource.k8s.io/v1" },
  { api: "v1", kinds: ["Endpoints"], deprecated: 33, instead: "discovery.k8s.io/v1 EndpointSlice" },
  { api: "v1", kinds: ["ComponentStatus"], deprecated: 19, instead: "the health endpoints of the control plane" },
]; // prettier-ignore

/** Old versions of Flux's own kinds (Flux 2.7 to 2.9, release notes). */
export const removedFluxApis: Readonly<Record<string, string>> = {
  "source.toolkit.fluxcd.io/v1beta1": "source.toolkit.fluxcd.io/v1",
  "source.toolkit.fluxcd.io/v1beta2": "source.toolkit.fluxcd.io/v1",
  "kustomize.toolkit.fluxcd.io/v1beta1": "kustomize.toolkit.fluxcd.io/v1",
  "kustomize.toolkit.fluxcd.io/v1beta2": "kustomize.toolkit.fluxcd.io/v1",
  "helm.toolkit.fluxcd.io/v2beta1": "helm.toolkit.fluxcd.io/v2",
  "helm.toolkit.fluxcd.io/v2beta2": "helm.toolkit.fluxcd.io/v2",
  "notification.toolkit.fluxcd.io/v1beta1": "notification.toolkit.fluxcd.io/v1beta3",
  "notification.toolkit.fluxcd.io/v1beta2": "notification.toolkit.fluxcd.io/v1beta3",
  "image.toolkit.fluxcd.io/v1beta1": "image.toolkit.fluxcd.io/v1",
  "image.toolkit.fluxcd.io/v1beta2": "image.toolkit.fluxcd.io/v1",
};

/** What is known of the end of an API, if it has one. */
export function removedApi(apiVersion: string, kind: string): RemovedApi | undefined {
  return apis.find(({ api, kinds }) => api === apiVersion && (kinds?.includes(kind) ?? true));
}
