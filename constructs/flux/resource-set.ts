import type { IResourceSetSpec } from "./flux-operator-specs.ts";
import type { Construct } from "constructs";
import { FluxObject, type SpecProps } from "./flux-object.ts";

/** The spec of a ResourceSet, and what every construct takes. */
export type ResourceSetProps = SpecProps<IResourceSetSpec>;

/** Objects that flux-operator makes from a template and inputs. */
export class ResourceSet extends FluxObject {
  declare readonly kind: "ResourceSet";

  constructor(scope: Construct, id: string, props: ResourceSetProps) {
    super(scope, id, "fluxcd.controlplane.io/v1", "ResourceSet", { ...props });
  }
}
