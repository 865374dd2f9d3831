import type { FieldSpec } from "./knowledge.ts";
import { apiVersionOf, BuildError, groupVersion, isMap, type Json, kindOf } from "./resource.ts";

/** Whether a field is one of this object's. */
export function concerns({ group, version, kind }: Omit<FieldSpec, "path">, object: Json): boolean {
  if (kind !== undefined && kind !== "" && kind !== kindOf(object)) return false;
  const own = groupVersion(apiVersionOf(object));
  if (group !== undefined && group !== "" && group !== own.group) return false;
  return version === undefined || version === "" || version === own.version;
}

/** Splits a path at `/`; `\/` is part of a name. */
export function splitPath(path: string): string[] {
  const escaped = path.startsWith("/") ? path.slice(1) : path;
  return escaped.split(/(?<!\\)\//).map((part) => part.replaceAll("\\/", "/"));
}

/**
 * Sets fields of an object, in copies of what they are in.
 * @param create what a missing last field is begun with, where the spec lets it be created; undefined never creates
 * @param set makes the new value of the old one
 */
export function setField(
  object: Json,
  spec: FieldSpec,
  set: (value: unknown) => unknown,
  create?: unknown,
): Json {
  if (!concerns(spec, object)) return object;
  const parts = splitPath(spec.path);
  const creates = spec.create === true && create !== undefined;
  const visit = (value: unknown, at: number): unknown => {
    if (at === parts.length) return set(value);
    if (value === null || value === undefined) return value;
    if (Array.isArray(value)) return mapItems(value, (item) => visit(item, at));
    if (!isMap(value))
      throw new BuildError(`considering field '${spec.path}': expected sequence or mapping node`);
    const part = parts[at]!;
    const list = part.endsWith("[]");
    const name = list ? part.slice(0, -2) : part;
    let field = value[name];
    if (field === undefined || field === null) {
      if (list || !creates) return value;
      field = at === parts.length - 1 ? create : {};
    }
    const changed = visit(field, at + 1);
    return changed === value[name] ? value : { ...value, [name]: changed };
  };
  return visit(object, 0) as Json;
}

/** The same list where nothing changed. */
function mapItems(items: readonly unknown[], change: (item: unknown) => unknown): readonly unknown[] {
  let copy: unknown[] | undefined;
  items.forEach((item, index) => {
    const changed = change(item);
    if (changed !== item) (copy ??= [...items])[index] = changed;
  });
  return copy ?? items;
}
