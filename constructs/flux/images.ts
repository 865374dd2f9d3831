import type { Construct } from "constructs";
import { contextOf } from "../context.ts";

/** A registry's own name, and what of it stands in `repository` values: `registry.example.com/team/image`. */
export interface Image {
  readonly registry: string;
  readonly repository: string;
}

/**
 * Where an image is pulled from: its own registry, or the fleet's mirror, which has it under
 * `<mirror>/<registry>/<repository>`.
 */
export function mirrored(scope: Construct, { registry, repository }: Image): Image {
  const images = contextOf(scope)?.mirror?.images;
  if (images === undefined) return { registry, repository };
  const [host, ...path] = images.replace(/\/$/, "").split("/");
  return { registry: host!, repository: [...path, registry, repository].join("/") };
}

/** The same in one text, `registry/repository`. */
export function mirroredName(scope: Construct, image: Image): string {
  const { registry, repository } = mirrored(scope, image);
  return `${registry}/${repository}`;
}
