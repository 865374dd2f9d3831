import type { IHelmRepositorySpec } from "@kubernetes-models/flux-cd/source.toolkit.fluxcd.io/v1/HelmRepositorySpec";
import type { Construct } from "constructs";
import { FluxObject, type SpecProps } from "./flux-object.ts";

/** The spec of a HelmRepository, and what every construct takes. */
export type HelmRepositoryProps = SpecProps<IHelmRepositorySpec, "interval">;

/** A repository of Helm charts. Its index is fetched every hour unless `interval` says otherwise; the charts' versions are pinned. */
export class HelmRepository extends FluxObject {
  declare readonly kind: "HelmRepository";

  constructor(scope: Construct, id: string, props: HelmRepositoryProps) {
    super(scope, id, "source.toolkit.fluxcd.io/v1", "HelmRepository", { ...props }, { interval: "1h" });
  }
}
