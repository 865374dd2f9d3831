import type { Construct } from "constructs";
import { contextOf } from "../context.ts";
import { mirroredName } from "../flux/images.ts";

/**
 * The name of an image as it is pulled: unchanged, or from the fleet's mirror, which has it under
 * `<mirror>/<registry>/<repository>`.
 * @param name without tag, as in a Dockerfile: `nginx`, `ghcr.io/stefanprodan/podinfo`; or a registry alone,
 * `quay.io`, where a chart's values have it apart
 */
export function mirroredImage(scope: Construct, name: string): string {
  if (contextOf(scope)?.mirror?.images === undefined) return name;
  const [first = "", ...rest] = name.split("/");
  const hasRegistry = /[.:]/.test(first) || first === "localhost";
  const registry = hasRegistry ? first : "docker.io";
  const repository = hasRegistry ? rest.join("/") : rest.length === 0 ? `library/${first}` : name;
  return mirroredName(scope, { registry, repository }).replace(/\/$/, "");
}

/** What is wrong with the name of an image that is to stand without a tag, or undefined. */
export function imageNameProblem(name: string): string | undefined {
  if (name.includes("@") || /:[^/]*$/.test(name))
    return `image '${name}' has its version in it: give that apart`;
  if (!/^[a-z0-9]+([.:_/-]+[a-zA-Z0-9]+)*$/.test(name)) return `'${name}' is no name of an image`;
  return undefined;
}
