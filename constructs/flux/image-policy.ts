import type { IImagePolicySpec } from "@kubernetes-models/flux-cd/image.toolkit.fluxcd.io/v1/ImagePolicySpec";
import type { Construct } from "constructs";
import { FluxObject, type SpecProps } from "./flux-object.ts";

/** The spec of a ImagePolicy, and what every construct takes. */
export type ImagePolicyProps = SpecProps<IImagePolicySpec>;

/** Which of an image's tags is the latest. */
export class ImagePolicy extends FluxObject {
  declare readonly kind: "ImagePolicy";

  constructor(scope: Construct, id: string, props: ImagePolicyProps) {
    super(scope, id, "image.toolkit.fluxcd.io/v1", "ImagePolicy", { ...props });
  }
}
