import { isDeepStrictEqual } from "node:util";
import { BuildError, isMap, type Json } from "./resource.ts";

interface Operation {
  readonly op: string;
  readonly path: string;
  readonly from?: string;
  readonly value?: unknown;
}

/**
 * Applies a JSON patch (RFC 6902), as the library that kustomize uses does.
 * @throws BuildError where an operation does not fit
 */
export function jsonPatch(object: Json, operations: readonly unknown[]): Json {
  let result: unknown = structuredClone(object);
  for (const operation of operations) {
    if (!isMap(operation) || typeof operation["op"] !== "string" || typeof operation["path"] !== "string")
      throw new BuildError("a JSON patch is a list of operations with 'op' and 'path'");
    result = apply(result, operation as unknown as Operation);
  }
  return result as Json;
}

function apply(root: unknown, { op, path, from, value }: Operation): unknown {
  switch (op) {
    case "add":
      return add(root, path, structuredClone(value));
    case "remove":
      remove(root, path);
      return root;
    case "replace": {
      if (path === "") return structuredClone(value);
      const { parent, key } = parentOf(root, path, op);
      if (Array.isArray(parent)) parent[index(key, op, path, parent.length - 1)] = structuredClone(value);
      // The library takes a field that is not there for one that is empty.
      else parent[key] = structuredClone(value);
      return root;
    }
    case "move": {
      const moved = remove(root, from ?? "");
      return add(root, path, moved);
    }
    case "copy":
      return add(root, path, structuredClone(get(root, from ?? "", op)));
    case "test": {
      const found = tryGet(root, path);
      if (!isDeepStrictEqual(found ?? null, value ?? null))
        throw new BuildError(`testing value ${path} failed`);
      return root;
    }
    default:
      throw new BuildError(`a JSON patch has no operation '${op}'`);
  }
}

type Container = Record<string, unknown> | unknown[];

function segments(path: string): string[] {
  if (!path.startsWith("/")) throw new BuildError(`'${path}' is no path of a JSON patch: it begins with /`);
  return path
    .slice(1)
    .split("/")
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

const missing = (op: string, path: string) =>
  new BuildError(`${op} operation does not apply: doc is missing path: "${path}"`);

function parentOf(
  root: unknown,
  path: string,
  op: string,
): { parent: Container & Record<string, unknown>; key: string } {
  const parts = segments(path);
  const key = parts.pop()!;
  let parent: unknown = root;
  for (const part of parts) {
    parent = Array.isArray(parent)
      ? parent[index(part, op, path, parent.length - 1)]
      : (parent as Json)[part];
    if (typeof parent !== "object" || parent === null) throw missing(op, path);
  }
  return { parent: parent as Container & Record<string, unknown>, key };
}

/** The place in a list that a part of a path means; negative ones count from the end. */
function index(key: string, op: string, path: string, last: number): number {
  if (!/^-?\d+$/.test(key)) throw missing(op, path);
  const given = Number(key);
  const at = given < 0 ? given + last + 1 : given;
  if (at < 0 || at > last) throw missing(op, path);
  return at;
}

function add(root: unknown, path: string, value: unknown): unknown {
  if (path === "") return value;
  const { parent, key } = parentOf(root, path, "add");
  if (Array.isArray(parent)) {
    const list = parent as unknown[];
    if (key === "-") list.push(value);
    else list.splice(index(key, "add", path, list.length), 0, value);
  } else parent[key] = value;
  return root;
}

function remove(root: unknown, path: string): unknown {
  const { parent, key } = parentOf(root, path, "remove");
  if (Array.isArray(parent)) {
    const list = parent as unknown[];
    return list.splice(index(key, "remove", path, list.length - 1), 1)[0];
  }
  if (!Object.hasOwn(parent, key)) throw missing("remove", path);
  const value = parent[key];
  delete parent[key];
  return value;
}

function get(root: unknown, path: string, op: string): unknown {
  if (path === "") return root;
  const { parent, key } = parentOf(root, path, op);
  if (Array.isArray(parent)) return parent[index(key, op, path, parent.length - 1)];
  if (!Object.hasOwn(parent, key)) throw missing(op, path);
  return parent[key];
}

function tryGet(root: unknown, path: string): unknown {
  try {
    return get(root, path, "test");
  } catch (error) {
    if (error instanceof BuildError) return undefined;
    throw error;
  }
}
