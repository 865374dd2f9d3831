import type { IResourceSetInputProviderSpec } from "./flux-operator-specs.ts";
import type { Construct } from "constructs";
import { FluxObject, type SpecProps } from "./flux-object.ts";

/** The spec of a ResourceSetInputProvider, and what every construct takes. */
export type ResourceSetInputProviderProps = SpecProps<IResourceSetInputProviderSpec>;

/** Where a ResourceSet's inputs come from: branches, requests, tags. */
export class ResourceSetInputProvider extends FluxObject {
  declare readonly kind: "ResourceSetInputProvider";

  constructor(scope: Construct, id: string, props: ResourceSetInputProviderProps) {
    super(scope, id, "fluxcd.controlplane.io/v1", "ResourceSetInputProvider", { ...props });
  }
}
