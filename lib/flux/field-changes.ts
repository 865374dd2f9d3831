/** A field that differs between two objects. */
export interface FieldChange {
  /** Such as `spec.ref.branch` or `spec.values.args.0`. */
  readonly path: string;
  /** Undefined where the field is not there. */
  readonly before: unknown;
  readonly after: unknown;
}

/** How two JSON values differ, field by field: the order of keys is no difference, the order of a list is one. */
export function fieldChanges(before: unknown, after: unknown, path = ""): FieldChange[] {
  if (Object.is(before, after)) return [];
  if (isFolder(before) && isFolder(after) && Array.isArray(before) === Array.isArray(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return keys.flatMap((key) => fieldChanges(before[key], after[key], path === "" ? key : `${path}.${key}`));
  }
  return [{ path, before, after }];
}

const isFolder = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;
