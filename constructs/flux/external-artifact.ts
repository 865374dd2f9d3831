import type { IExternalArtifactSpec } from "@kubernetes-models/flux-cd/source.toolkit.fluxcd.io/v1/ExternalArtifactSpec";
import type { Construct } from "constructs";
import { FluxObject, type SpecProps } from "./flux-object.ts";

/** The spec of a ExternalArtifact, and what every construct takes. */
export type ExternalArtifactProps = SpecProps<IExternalArtifactSpec>;

/** A source that another controller fills. */
export class ExternalArtifact extends FluxObject {
  declare readonly kind: "ExternalArtifact";

  constructor(scope: Construct, id: string, props: ExternalArtifactProps) {
    super(scope, id, "source.toolkit.fluxcd.io/v1", "ExternalArtifact", { ...props });
  }
}
