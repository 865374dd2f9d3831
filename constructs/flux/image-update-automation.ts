import type { IImageUpdateAutomationSpec } from "@kubernetes-models/flux-cd/image.toolkit.fluxcd.io/v1/ImageUpdateAutomationSpec";
import type { Construct } from "constructs";
import { FluxObject, type SpecProps } from "./flux-object.ts";

/** The spec of a ImageUpdateAutomation, and what every construct takes. */
export type ImageUpdateAutomationProps = SpecProps<IImageUpdateAutomationSpec, "interval">;

/** Writes the latest tags to git, every half hour unless `interval` says otherwise. */
export class ImageUpdateAutomation extends FluxObject {
  declare readonly kind: "ImageUpdateAutomation";

  constructor(scope: Construct, id: string, props: ImageUpdateAutomationProps) {
    super(
      scope,
      id,
      "image.toolkit.fluxcd.io/v1",
      "ImageUpdateAutomation",
      { ...props },
      { interval: "30m" },
    );
  }
}
