import type { IFluxReportSpec } from "./flux-operator-specs.ts";
import type { Construct } from "constructs";
import { FluxObject, type SpecProps } from "./flux-object.ts";

/** The spec of a FluxReport, and what every construct takes. */
export type FluxReportProps = SpecProps<IFluxReportSpec>;

/** What flux-operator reports of Flux. */
export class FluxReport extends FluxObject {
  declare readonly kind: "FluxReport";

  constructor(scope: Construct, id: string, props: FluxReportProps) {
    super(scope, id, "fluxcd.controlplane.io/v1", "FluxReport", { ...props });
  }
}
