import type { IImagePolicySpec } from "@kubernetes-models/flux-cd/image.toolkit.fluxcd.io/v1/ImagePolicySpec";
import type { IImageRepositorySpec } from "@kubernetes-models/flux-cd/image.toolkit.fluxcd.io/v1/ImageRepositorySpec";
import { fluxNamespace } from "../flux/flux-object.ts";
import type { App } from "./app.ts";

/**
 * Lets Flux raise the tag of an app's image: it looks for newer tags and edits the marked line of versions.yaml,
 * on a branch of its own. A sandbox has none of it.
 */
export interface ImageUpdates {
  /** Which tag is the newest, such as `{ semver: { range: "6.x" } }`: as in a Flux ImagePolicy. */
  readonly policy: IImagePolicySpec["policy"];
  /** Which tags count: as in a Flux ImagePolicy. @default all */
  readonly filterTags?: IImagePolicySpec["filterTags"];
  /** How the registry is asked: fields of a Flux ImageRepository, such as `secretRef` for a Secret in flux-system. */
  readonly repository?: Omit<IImageRepositorySpec, "image" | "interval"> & { readonly interval?: string };
}

/** An app's image that Flux may raise. */
export interface UpdatedImage extends ImageUpdates {
  /** Its name as it is pulled, without tag. */
  readonly image: string;
}

/** What stands behind the image's line in versions.yaml, for Flux to find it: `# {"$imagepolicy": "…"}`. */
export function imageMarker(app: App): string {
  return `${fluxNamespace}:${app.name}:tag`;
}

/** What is wrong with a policy, or nothing. */
export function imageUpdateProblems(
  updates: ImageUpdates | undefined,
  given: string | undefined,
): (string | false)[] {
  if (updates === undefined) return [];
  const kinds = Object.keys(updates.policy);
  return [
    kinds.length !== 1 && "the policy of imageUpdates is one of semver, alphabetical, numerical",
    given !== undefined &&
      "imageUpdates edits the image's version in versions.yaml: remove imageTag, which stands in its way",
  ];
}
