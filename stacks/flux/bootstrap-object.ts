import * as pulumi from "@pulumi/pulumi";
import type { ManifestObject } from "../../lib/stack/flux-objects.ts";

/**
 * An object that the stack creates if it is missing and then leaves to Flux: a later change of it in git is
 * Flux's to apply, so no run of the stack looks at it again.
 */
export function bootstrapObject(
  name: string,
  object: ManifestObject,
  options: pulumi.CustomResourceOptions,
): pulumi.CustomResource {
  const { apiVersion, kind, metadata, ...rest } = object;
  // Any kind has one constructor this way; Pulumi's name of the group without a name is `core`.
  const type = `kubernetes:${apiVersion.includes("/") ? apiVersion : `core/${apiVersion}`}:${kind}`;
  return new KubernetesObject(
    type,
    `${name}-${kind.toLowerCase()}-${metadata.name}`,
    { apiVersion, kind, metadata, ...rest },
    { ...options, ignoreChanges: ["metadata", ...Object.keys(rest)] },
  );
}

/** Any kind of object, without a class for each. */
class KubernetesObject extends pulumi.CustomResource {}
