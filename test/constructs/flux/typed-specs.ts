// What typed-to-the-field.test.ts compares with schemas/: the type of each kind's spec.
import type { IHelmReleaseSpec } from "@kubernetes-models/flux-cd/helm.toolkit.fluxcd.io/v2/HelmReleaseSpec";
import type { IImagePolicySpec } from "@kubernetes-models/flux-cd/image.toolkit.fluxcd.io/v1/ImagePolicySpec";
import type { IImageRepositorySpec } from "@kubernetes-models/flux-cd/image.toolkit.fluxcd.io/v1/ImageRepositorySpec";
import type { IImageUpdateAutomationSpec } from "@kubernetes-models/flux-cd/image.toolkit.fluxcd.io/v1/ImageUpdateAutomationSpec";
import type { IKustomizationSpec } from "@kubernetes-models/flux-cd/kustomize.toolkit.fluxcd.io/v1/KustomizationSpec";
import type { IAlertSpec } from "@kubernetes-models/flux-cd/notification.toolkit.fluxcd.io/v1beta3/AlertSpec";
import type { IProviderSpec } from "@kubernetes-models/flux-cd/notification.toolkit.fluxcd.io/v1beta3/ProviderSpec";
import type { IBucketSpec } from "@kubernetes-models/flux-cd/source.toolkit.fluxcd.io/v1/BucketSpec";
import type { IExternalArtifactSpec } from "@kubernetes-models/flux-cd/source.toolkit.fluxcd.io/v1/ExternalArtifactSpec";
import type { IHelmChartSpec } from "@kubernetes-models/flux-cd/source.toolkit.fluxcd.io/v1/HelmChartSpec";
import type { IHelmRepositorySpec } from "@kubernetes-models/flux-cd/source.toolkit.fluxcd.io/v1/HelmRepositorySpec";

import type { IArtifactGeneratorSpec } from "../../../constructs/flux/artifact-generator-spec.ts";
import type {
  IFluxInstanceSpec,
  IFluxReportSpec,
  IResourceSetInputProviderSpec,
  IResourceSetSpec,
} from "../../../constructs/flux/flux-operator-specs.ts";
import type {
  IGitRepositorySpec,
  IOCIRepositorySpec,
  IReceiverSpec,
} from "../../../constructs/flux/newer.ts";

export interface Specs {
  "fluxcd.controlplane.io/v1 FluxInstance": IFluxInstanceSpec;
  "fluxcd.controlplane.io/v1 FluxReport": IFluxReportSpec;
  "fluxcd.controlplane.io/v1 ResourceSet": IResourceSetSpec;
  "fluxcd.controlplane.io/v1 ResourceSetInputProvider": IResourceSetInputProviderSpec;
  "helm.toolkit.fluxcd.io/v2 HelmRelease": IHelmReleaseSpec;
  "image.toolkit.fluxcd.io/v1 ImagePolicy": IImagePolicySpec;
  "image.toolkit.fluxcd.io/v1 ImageRepository": IImageRepositorySpec;
  "image.toolkit.fluxcd.io/v1 ImageUpdateAutomation": IImageUpdateAutomationSpec;
  "kustomize.toolkit.fluxcd.io/v1 Kustomization": IKustomizationSpec;
  "notification.toolkit.fluxcd.io/v1 Receiver": IReceiverSpec;
  "notification.toolkit.fluxcd.io/v1beta3 Alert": IAlertSpec;
  "notification.toolkit.fluxcd.io/v1beta3 Provider": IProviderSpec;
  "source.extensions.fluxcd.io/v1beta1 ArtifactGenerator": IArtifactGeneratorSpec;
  "source.toolkit.fluxcd.io/v1 Bucket": IBucketSpec;
  "source.toolkit.fluxcd.io/v1 ExternalArtifact": IExternalArtifactSpec;
  "source.toolkit.fluxcd.io/v1 GitRepository": IGitRepositorySpec;
  "source.toolkit.fluxcd.io/v1 HelmChart": IHelmChartSpec;
  "source.toolkit.fluxcd.io/v1 HelmRepository": IHelmRepositorySpec;
  "source.toolkit.fluxcd.io/v1 OCIRepository": IOCIRepositorySpec;
}
