import type { IOCIRepositorySpec } from "./newer.ts";
import type { Construct } from "constructs";
import { FluxObject, type SpecProps } from "./flux-object.ts";

/** The spec of a OCIRepository, and what every construct takes. */
export type OCIRepositoryProps = SpecProps<IOCIRepositorySpec, "interval">;

/** An OCI artifact at a tag, range or digest, as a source. Looked at every five minutes unless `interval` says otherwise. */
export class OCIRepository extends FluxObject {
  declare readonly kind: "OCIRepository";

  constructor(scope: Construct, id: string, props: OCIRepositoryProps) {
    super(
      scope,
      id,
      "source.toolkit.fluxcd.io/v1",
      "OCIRepository",
      { ...props },
      { interval: "5m", timeout: "60s" },
    );
  }
}
