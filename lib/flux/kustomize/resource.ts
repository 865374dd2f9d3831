import { isClusterScoped } from "./knowledge.ts";

export type Json = Readonly<Record<string, unknown>>;

/** Why kustomize cannot build a folder. */
export class BuildError extends Error {
  override readonly name = "BuildError";
}

/** What kustomize calls an object before it changed its name: the names by which others refer to it. */
export interface ResourceId {
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
}

/** An object on its way through a build. Its JSON is never changed in place. */
export interface Resource {
  object: Json;
  /** The file that it stands in, relative to the tree, and its line there. */
  readonly file: string;
  readonly line: number;
  /** Its ids so far, the oldest first, without the current one. */
  readonly previous: ResourceId[];
  readonly prefixes: string[];
  readonly suffixes: string[];
  /** Whether its name gets a hash of its content. */
  needsHash?: boolean;
}

interface Metadata {
  readonly name?: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export const metadataOf = (object: Json): Metadata => object["metadata"] ?? {};
export const kindOf = (object: Json): string => String(object["kind"] ?? "");
export const apiVersionOf = (object: Json): string => String(object["apiVersion"] ?? "");

/** Group and version of an apiVersion. */
export function groupVersion(apiVersion: string): { group: string; version: string } {
  const slash = apiVersion.indexOf("/");
  return slash < 0
    ? { group: "", version: apiVersion }
    : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}

/** Kubernetes' default where an object says none; none at all for cluster-scoped kinds. */
export function effectiveNamespace(object: Json): string {
  if (isClusterScoped(apiVersionOf(object), kindOf(object))) return "";
  const { namespace } = metadataOf(object);
  return namespace === undefined || namespace === "" ? "default" : namespace;
}

export function currentId(object: Json): ResourceId {
  return { kind: kindOf(object), name: metadataOf(object).name ?? "", namespace: effectiveNamespace(object) };
}

/** The id that the resource had first. */
export function originalId(resource: Resource): ResourceId {
  return resource.previous[0] ?? currentId(resource.object);
}

export function storePreviousId(resource: Resource): void {
  resource.previous.push(currentId(resource.object));
}

/** Text that is equal for two objects that the cluster takes for one. */
export function identity(object: Json): string {
  const { group } = groupVersion(apiVersionOf(object));
  return `${group} ${kindOf(object)} ${effectiveNamespace(object)}/${metadataOf(object).name ?? ""}`;
}

/** The same object with some metadata changed. */
export function withMetadata(object: Json, changes: Json): Json {
  return { ...object, metadata: { ...(object["metadata"] as Json | undefined), ...changes } };
}

export const isMap = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);
