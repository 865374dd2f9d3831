import type { IKustomizationSpec } from "@kubernetes-models/flux-cd/kustomize.toolkit.fluxcd.io/v1/KustomizationSpec";
import { Chart } from "cdk8s";
import type { Construct } from "constructs";
import type { Bucket } from "./bucket.ts";
import type { ExternalArtifact } from "./external-artifact.ts";
import { fluxNamespace, FluxObject, type SpecProps } from "./flux-object.ts";
import type { GitRepository } from "./git-repository.ts";
import type { OCIRepository } from "./oci-repository.ts";
import { dependency, type Reference, sourceReference } from "./references.ts";

/** The sources whose manifests a Kustomization can apply. */
export type ManifestSource = GitRepository | OCIRepository | Bucket | ExternalArtifact;

/** The spec of a Kustomization, other objects by their constructs or by name. */
export type KustomizationProps = Omit<
  SpecProps<IKustomizationSpec, "interval" | "prune">,
  "dependsOn" | "sourceRef"
> & {
  /** Kustomizations that have to be Ready first. */
  readonly dependsOn?: readonly (Reference<Kustomization> & { readonly readyExpr?: string })[];
  readonly sourceRef: ManifestSource | NonNullable<IKustomizationSpec["sourceRef"]>;
};

const defaults = { interval: "10m", retryInterval: "1m", timeout: "5m", prune: true, wait: true };

/**
 * A folder of a source that Flux applies. By default it prunes, waits until all that it applied is Ready,
 * looks every ten minutes, tries again after one, and gives up waiting after five.
 */
export class Kustomization extends FluxObject {
  declare readonly kind: "Kustomization";

  constructor(scope: Construct, id: string, { dependsOn, sourceRef, ...props }: KustomizationProps) {
    const namespace = props.metadata?.namespace ?? Chart.of(scope).namespace ?? fluxNamespace;
    super(
      scope,
      id,
      "kustomize.toolkit.fluxcd.io/v1",
      "Kustomization",
      {
        ...props,
        sourceRef: sourceReference(sourceRef, namespace),
        ...(dependsOn === undefined || dependsOn.length === 0
          ? {}
          : { dependsOn: dependsOn.map((to) => dependency(to, namespace)) }),
      },
      defaults,
    );
  }
}
