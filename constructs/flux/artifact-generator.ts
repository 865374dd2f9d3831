import type { IArtifactGeneratorSpec } from "./artifact-generator-spec.ts";
import type { Construct } from "constructs";
import { FluxObject, type SpecProps } from "./flux-object.ts";

/** The spec of a ArtifactGenerator, and what every construct takes. */
export type ArtifactGeneratorProps = SpecProps<IArtifactGeneratorSpec>;

/** Makes artifacts out of parts of other sources. */
export class ArtifactGenerator extends FluxObject {
  declare readonly kind: "ArtifactGenerator";

  constructor(scope: Construct, id: string, props: ArtifactGeneratorProps) {
    super(scope, id, "source.extensions.fluxcd.io/v1beta1", "ArtifactGenerator", { ...props });
  }
}
