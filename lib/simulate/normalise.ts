import type { SchemaError } from "../flux/schema-check.ts";
import type { KubernetesVersion } from "../flux/schema-files.ts";
import { schemaErrors } from "../flux/schema.ts";
import { groupOf } from "./world.ts";

type Json = Readonly<Record<string, unknown>>;

const normalised = new WeakMap<Json, Map<KubernetesVersion, Json>>();

/**
 * An object without what Flux drops before it sends it: it reads Kubernetes' own kinds into Go's structs and writes
 * them again, and what those do not have is gone, without a word. What cannot be read like that keeps it, as do Roles
 * and custom kinds (github.com/fluxcd/pkg/ssa/normalize, UnstructuredList).
 */
export function normalise(object: Json, kubernetes: KubernetesVersion): Json {
  let versions = normalised.get(object);
  if (versions === undefined) normalised.set(object, (versions = new Map<KubernetesVersion, Json>()));
  let sent = versions.get(kubernetes);
  if (sent === undefined) versions.set(kubernetes, (sent = withoutUnknown(object, kubernetes)));
  return sent;
}

/** Groups that are served by Kubernetes and not in the scheme that Flux reads objects with. */
const otherGroups = new Set(["apiextensions.k8s.io", "apiregistration.k8s.io"]);

function withoutUnknown(object: Json, kubernetes: KubernetesVersion): Json {
  const group = groupOf(String(object["apiVersion"]));
  const kind = String(object["kind"]);
  const isRole = group === "rbac.authorization.k8s.io" && /^(?:Cluster)?Role$/.test(kind);
  if (isRole || otherGroups.has(group) || /\.fluxcd\.io$|\.controlplane\.io$/.test(group)) return object;
  const errors = schemaErrors(object, kubernetes) ?? [];
  const unknown = errors.filter(({ keyword }) => keyword === "additionalProperties");
  if (unknown.length === 0 || errors.some(cannotBeRead)) return object;
  return unknown.reduce((rest, { path, field }) => without(rest, [...path, field!]) as Json, object);
}

/** Whether a value does not go into Go's struct. What only the stack knows is taken to. */
const cannotBeRead = ({ keyword, data }: SchemaError): boolean =>
  (keyword === "type" || keyword === "format") && !(typeof data === "string" && data.includes("⟨"));

function without(value: unknown, path: readonly string[]): unknown {
  const [name, ...rest] = path as [string, ...string[]];
  if (Array.isArray(value))
    return value.map((item: unknown, index) => (String(index) === name ? without(item, rest) : item));
  const { [name]: field, ...others } = value as Json;
  return rest.length === 0 ? others : { ...(value as Json), [name]: without(field, rest) };
}
