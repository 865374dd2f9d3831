import type { IImageRepositorySpec } from "@kubernetes-models/flux-cd/image.toolkit.fluxcd.io/v1/ImageRepositorySpec";
import type { Construct } from "constructs";
import { FluxObject, type SpecProps } from "./flux-object.ts";

/** The spec of a ImageRepository, and what every construct takes. */
export type ImageRepositoryProps = SpecProps<IImageRepositorySpec, "interval">;

/** The tags of an image, looked at every five minutes unless `interval` says otherwise. */
export class ImageRepository extends FluxObject {
  declare readonly kind: "ImageRepository";

  constructor(scope: Construct, id: string, props: ImageRepositoryProps) {
    super(scope, id, "image.toolkit.fluxcd.io/v1", "ImageRepository", { ...props }, { interval: "5m" });
  }
}
