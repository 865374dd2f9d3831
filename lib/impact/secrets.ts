import type { EffectiveObject } from "../effective/unit.ts";
import type { FieldChange } from "../flux/field-changes.ts";
import { objectChanges } from "./object-changes.ts";

/** What stands for a value that nobody may read. */
export const hidden = "(secret)";

/**
 * The same changes without any value of a Secret: neither its own data, nor what substitution put of it into other
 * objects. That such a value changed is still told.
 */
export function withoutSecrets(
  changes: readonly FieldChange[],
  old: EffectiveObject,
  now: EffectiveObject,
): FieldChange[] {
  const isSecret = [old, now].some(({ object }) => object["kind"] === "Secret");
  if (isSecret)
    return changes.map((change) =>
      /^(data|stringData|sops)\b/.test(change.path)
        ? { path: change.path, before: cover(change.before), after: cover(change.after) }
        : change.path.includes("last-applied-configuration")
          ? { path: change.path, before: hidden, after: hidden }
          : change,
    );
  if (old.shown === undefined && now.shown === undefined) return [...changes];
  const shown = new Map(
    objectChanges(old.shown ?? old.object, now.shown ?? now.object).map((change) => [change.path, change]),
  );
  // Whatever the symbols do not show came out of a Secret.
  return changes.map(
    (change) =>
      shown.get(change.path) ?? {
        path: change.path,
        before: cover(change.before),
        after: cover(change.after),
      },
  );
}

function cover(value: unknown): unknown {
  if (value === undefined) return undefined;
  if (typeof value !== "object" || value === null) return hidden;
  return Object.fromEntries(Object.keys(value).map((key) => [key, hidden]));
}
