import type { Rule } from "../rule.ts";

interface Api {
  readonly api: string;
  /** All kinds of the group's version, if none are named. */
  readonly kinds?: readonly string[];
  /** The minor version that does not serve it any more. */
  readonly removed: number;
  readonly instead: string;
}

/**
 * APIs that Kubernetes took away or will: kubernetes.io/docs/reference/using-api/deprecation-guide, and the
 * `prerelease-lifecycle-gen` marks in k8s.io/api v0.36.
 */
const apis: readonly Api[] = [
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
  { api: "networking.k8s.io/v1beta1", kinds: ["IPAddress", "ServiceCIDR"], removed: 37, instead: "networking.k8s.io/v1" },
  { api: "storage.k8s.io/v1beta1", kinds: ["VolumeAttributesClass"], removed: 37, instead: "storage.k8s.io/v1" },
  { api: "resource.k8s.io/v1beta1", removed: 38, instead: "resource.k8s.io/v1" },
  { api: "resource.k8s.io/v1beta2", removed: 40, instead: "resource.k8s.io/v1" },
]; // prettier-ignore

/** Old versions of Flux's own kinds (Flux 2.7 to 2.9, release notes). */
const fluxApis: Readonly<Record<string, string>> = {
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

/** Whether the cluster, and its next version, serve the API that an object is written for. */
export const deprecatedApi: Rule = {
  name: "deprecated-api",
  description:
    "no object uses an API that the cluster's version of Kubernetes, or the next one, does not serve",
  severity: "error",
  check: ({ clusters }) =>
    clusters.flatMap((cluster) => {
      const minor = Number((cluster.definition?.versions.kubernetes ?? cluster.kubernetes).split(".")[1]);
      return cluster.objects.flatMap((object) => {
        const { apiVersion, kind } = object.object as { apiVersion: string; kind: string };
        const flux = fluxApis[apiVersion];
        if (flux !== undefined)
          return [
            {
              cluster: cluster.name,
              object,
              field: "apiVersion",
              message: `Flux 2.9 does not serve ${apiVersion}`,
              remedy: `write it for ${flux}`,
            },
          ];
        const api = apis.find((each) => each.api === apiVersion && (each.kinds?.includes(kind) ?? true));
        if (api === undefined || api.removed > minor + 1) return [];
        return [
          {
            cluster: cluster.name,
            object,
            field: "apiVersion",
            message:
              api.removed <= minor
                ? `Kubernetes 1.${minor} does not serve ${apiVersion} ${kind} (gone since 1.${api.removed})`
                : `${apiVersion} ${kind} goes with Kubernetes 1.${api.removed}, the next version of the cluster`,
            remedy: `write it for ${api.instead}`,
          },
        ];
      });
    }),
};
