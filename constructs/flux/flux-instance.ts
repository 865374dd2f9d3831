import type { IFluxInstanceSpec } from "./flux-operator-specs.ts";
import type { Construct } from "constructs";
import { FluxObject, type SpecProps } from "./flux-object.ts";

/** The spec of a FluxInstance, and what every construct takes. */
export type FluxInstanceProps = SpecProps<IFluxInstanceSpec>;

/** Flux itself, as flux-operator installs and upgrades it, and the sync of the cluster's folder. */
export class FluxInstance extends FluxObject {
  declare readonly kind: "FluxInstance";

  constructor(scope: Construct, id: string, props: FluxInstanceProps) {
    super(scope, id, "fluxcd.controlplane.io/v1", "FluxInstance", { ...props });
  }
}
