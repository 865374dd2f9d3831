import { kustomizeKnows, type MergeField } from "./knowledge.ts";
import { apiVersionOf, BuildError, isMap, type Json, kindOf } from "./resource.ts";

/** A value that a patch takes away. */
const gone = Symbol("gone");
type Merged = unknown;

/**
 * Applies a strategic merge patch as kustomize does: lists of built-in kinds merge by their keys, the patch's items
 * first; every other list is replaced; null removes; `$patch: replace` and `$patch: delete` say what they do.
 * @returns undefined if the patch deletes the object
 * @throws BuildError
 */
export function strategicMerge(object: Json, patch: Json): Json | undefined {
  const type = kustomizeKnows().kinds[`${apiVersionOf(object)} ${kindOf(object)}`];
  const merged = merge(object, patch, { type });
  return merged === gone ? undefined : (merged as Json);
}

function merge(value: unknown, patch: unknown, field: MergeField): Merged {
  if (patch === null) return gone;
  if (patch === undefined) return value;
  const kinds = [value, patch].filter((each) => each !== undefined && each !== null).map(shapeOf);
  if (new Set(kinds).size > 1)
    throw new BuildError(`wrong node kind: expected ${kinds[0]} but got ${kinds[1]}`);
  if (isMap(patch)) return mergeMaps(value as Json | null | undefined, patch, field.type);
  if (Array.isArray(patch))
    return field.keys !== undefined || field.set === true
      ? mergeLists(value as readonly unknown[] | null | undefined, patch, field)
      : patch;
  return patch;
}

const shapeOf = (value: unknown): string =>
  Array.isArray(value) ? "SequenceNode" : isMap(value) ? "MappingNode" : "ScalarNode";

type Directive = "merge" | "replace" | "delete";

function directiveOf(value: unknown): Directive {
  if (value === undefined || value === "merge") return "merge";
  if (value === "replace" || value === "delete") return value;
  throw new BuildError(`unknown patch strategy '${String(value)}'`);
}

function mergeMaps(value: Json | null | undefined, whole: Json, type: string | undefined): Merged {
  const { $patch, ...patch } = whole;
  const directive = directiveOf($patch);
  if (directive === "delete") return gone;
  // What is new is merged with itself, which takes the nulls out of it.
  const target = value === undefined || value === null ? patch : directive === "replace" ? patch : value;
  const fields = type === undefined ? undefined : kustomizeKnows().types[type];
  const result: Record<string, unknown> = {};
  for (const [name, before] of Object.entries(target)) {
    const merged = merge(before, patch[name], fields?.[name] ?? {});
    if (merged !== gone) result[name] = merged;
  }
  for (const [name, added] of Object.entries(patch)) {
    if (Object.hasOwn(target, name)) continue;
    const merged = merge(undefined, added, fields?.[name] ?? {});
    if (merged !== gone) result[name] = merged;
  }
  return result;
}

function mergeLists(
  value: readonly unknown[] | null | undefined,
  patch: readonly unknown[],
  { keys = [], type }: MergeField,
): Merged {
  const isDirective = (item: unknown): item is Json =>
    isMap(item) && Object.keys(item).length === 1 && "$patch" in item;
  const directive = directiveOf(patch.find(isDirective)?.["$patch"]);
  const items = patch.filter((item) => !isDirective(item));
  if (directive === "delete") return gone;
  if (value === undefined || value === null || directive === "replace")
    return mergeItems(items, items, keys, type);
  return mergeItems(value, items, keys, type);
}

/**
 * Merges two lists by keys. kustomize works in the patch's items first and puts the list's own behind them; where a
 * list has two keys and an item lacks one, that has consequences which nobody planned, and which are kept here.
 */
function mergeItems(
  value: readonly unknown[],
  patch: readonly unknown[],
  keys: readonly string[],
  type: string | undefined,
): Merged {
  if (keys.length === 0) {
    const joined = [...patch];
    for (const item of value) if (!joined.some((other) => String(other) === String(item))) joined.push(item);
    return joined;
  }
  let tuples: string[][] = [];
  for (const item of [...patch, ...value]) {
    const tuple = keyValues(item, keys);
    if (!tuples.some((other) => sameTuple(other, tuple))) tuples.push(tuple);
  }
  if (keys.length > 1) tuples = mergeTuples(tuples);
  const used = keys.filter((_, index) => tuples.some((tuple) => tuple[index] !== ""));
  const valid = used.length === 0 ? keys : used;
  let own = [...value];
  let added: unknown[] = [];
  for (const tuple of tuples) {
    const values = valid.map((key) => tuple[keys.indexOf(key)]!);
    const given = valid.map((key, i) => [key, values[i]!] as const).filter(([, text]) => text !== "");
    const matching = given.length === 0 ? valid.map((key) => [key, ""] as const) : given;
    const find = (list: readonly unknown[]) =>
      list.findIndex((item) => isMap(item) && matching.every(([key, text]) => hasKey(item, key, text)));
    const at = find(own);
    const change = patch[find(patch)];
    const before = at < 0 ? undefined : own[at];
    let merged = merge(before, change, { type });
    if (before === undefined && isMap(change)) merged = merge(undefined, change, { type });
    if (
      merged === gone ||
      merged === undefined ||
      merged === null ||
      (isMap(merged) && Object.keys(merged).length === 0)
    ) {
      own = setElement(own, valid, values, undefined);
      continue;
    }
    const replaced = isMap(change) && change["$patch"] === "replace";
    if (at >= 0 && !replaced) own[at] = merged;
    added = setElement(added, valid, values, merged);
  }
  let result = added;
  for (const item of own) {
    const values: string[] = [];
    for (const key of valid) {
      const text = isMap(item) ? item[key] : undefined;
      if (text === undefined) result = [...result, item];
      else values.push(textOf(text));
    }
    if (valid.length > 1) result = setElement(result, valid, values, undefined);
    result = setElement(result, valid, values, item);
  }
  return result.length === 0 ? gone : result;
}

/** Puts an item in the place of the one with these keys, or at the end; without an item, takes that one away. */
function setElement(
  list: readonly unknown[],
  keys: readonly string[],
  values: readonly string[],
  element: unknown,
): unknown[] {
  const result: unknown[] = [];
  let matched = false;
  for (const item of list) {
    if (item === null || item === undefined || (isMap(item) && Object.keys(item).length === 0)) continue;
    if (!isMap(item)) {
      result.push(item);
      continue;
    }
    // A key without a value counts as found if the one before it was.
    const found =
      values.length > 0 && keys.every((key, i) => i >= values.length || hasKey(item, key, values[i]!));
    if (!found) {
      if (values.length > 0) result.push(item);
      continue;
    }
    matched = true;
    if (element !== undefined) result.push(element);
  }
  if (element !== undefined && !matched) result.push(element);
  return result;
}

const hasKey = (item: Json, key: string, text: string): boolean =>
  item[key] !== undefined && (text === "" || textOf(item[key]) === text);
const textOf = (value: unknown): string => (value === undefined || value === null ? "" : String(value));
const keyValues = (item: unknown, keys: readonly string[]): string[] =>
  keys.map((key) => (isMap(item) ? textOf(item[key]) : ""));
const sameTuple = (a: readonly string[], b: readonly string[]): boolean =>
  a.every((text, i) => text === b[i]);

/** Two items are one if they have a key in common and differ only where one of them says nothing. */
function mergeTuples(tuples: string[][]): string[][] {
  const merged = [...tuples];
  for (let i = 0; i < merged.length; i++) {
    const own = merged[i]!;
    for (let j = 0; j < merged.length; j++) {
      const other = merged[j]!;
      const fits = own.every((text, k) => text === other[k] || text === "" || other[k] === "");
      if (!fits || !own.some((text, k) => text === other[k])) continue;
      const both = own.map((text, k) => (text === "" ? other[k]! : text));
      merged[i] = both;
      merged[j] = both;
    }
  }
  return merged;
}
