import type { IHelmChartSpec } from "@kubernetes-models/flux-cd/source.toolkit.fluxcd.io/v1/HelmChartSpec";
import type { Construct } from "constructs";
import { FluxObject, type SpecProps } from "./flux-object.ts";

/** The spec of a HelmChart, and what every construct takes. */
export type HelmChartProps = SpecProps<IHelmChartSpec, "interval">;

/** A chart out of a source, for several releases to share. A HelmRelease makes its own otherwise. */
export class HelmChart extends FluxObject {
  declare readonly kind: "HelmChart";

  constructor(scope: Construct, id: string, props: HelmChartProps) {
    super(scope, id, "source.toolkit.fluxcd.io/v1", "HelmChart", { ...props }, { interval: "10m" });
  }
}
