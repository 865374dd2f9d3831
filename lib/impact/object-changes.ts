import type { FieldChange } from "../flux/field-changes.ts";

type Json = Readonly<Record<string, unknown>>;

/**
 * How two objects differ, field by field. The order of keys is no difference. Items of a list that have names are
 * compared by name, so that one that comes before the others is one change: `spec.containers[web].image`.
 */
export function objectChanges(before: unknown, after: unknown, path = ""): FieldChange[] {
  if (Object.is(before, after)) return [];
  if (isMap(before) && isMap(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return keys.flatMap((key) => objectChanges(before[key], after[key], join(path, key)));
  }
  if (Array.isArray(before) && Array.isArray(after)) return listChanges(before, after, path);
  return [{ path, before, after }];
}

function join(path: string, key: string): string {
  const part = /^[\w$-]+$/.test(key) ? key : `["${key}"]`;
  if (path === "") return part;
  return part.startsWith("[") ? `${path}${part}` : `${path}.${part}`;
}

/** What items of lists are told apart by, the best first. */
export const itemKeys: readonly string[] = ["name", "key", "mountPath", "containerPort", "port", "kind"];

function listChanges(before: readonly unknown[], after: readonly unknown[], path: string): FieldChange[] {
  const key = itemKeys.find((candidate) => hasUnique(before, candidate) && hasUnique(after, candidate));
  if (key === undefined) {
    const length = Math.max(before.length, after.length);
    return Array.from({ length }, (_, index) => index).flatMap((index) =>
      objectChanges(before[index], after[index], `${path}[${index}]`),
    );
  }
  const name = (item: unknown) => String((item as Json)[key]);
  const byName = new Map(before.map((item) => [name(item), item]));
  const changes = after.flatMap((item) =>
    objectChanges(byName.get(name(item)), item, `${path}[${name(item)}]`),
  );
  const left = new Set(after.map(name));
  for (const item of before)
    if (!left.has(name(item)))
      changes.push({ path: `${path}[${name(item)}]`, before: item, after: undefined });
  if (changes.length > 0) return changes;
  const order = before.map(name);
  return order.every((own, index) => own === name(after[index]))
    ? []
    : [{ path, before: order, after: after.map(name) }];
}

function hasUnique(list: readonly unknown[], key: string): boolean {
  const values = list.map((item) => (isMap(item) ? item[key] : undefined));
  return (
    values.every((value) => typeof value === "string" || typeof value === "number") &&
    new Set(values).size === values.length
  );
}

const isMap = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);
