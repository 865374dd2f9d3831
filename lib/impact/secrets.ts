import type { EffectiveObject } from "../effective/unit.ts";
import type { FieldChange } from "../flux/field-changes.ts";
import { itemKeys, objectChanges } from "./object-changes.ts";

type Json = Readonly<Record<string, unknown>>;

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
  const [before, after] = [withoutSecretNames(old), withoutSecretNames(now)];
  const shown = new Map(
    objectChanges(old.shown ?? old.object, now.shown ?? now.object).map((change) => [change.path, change]),
  );
  // Whatever the symbols do not show came out of a Secret.
  const covered = objectChanges(before, after).map(
    (change) =>
      shown.get(change.path) ?? { ...change, before: cover(change.before), after: cover(change.after) },
  );
  if (covered.length > 0 || changes.length === 0) return covered;
  return [{ path: "(a value of a Secret)", before: hidden, after: hidden }];
}

/** The object as it may be shown. */
export const shownObject = ({ object, shown }: EffectiveObject): Json => shown ?? object;

/**
 * The object with its secret values, but with symbols where they would become part of a path: in what the items of
 * lists are compared by, and where they are keys.
 */
function withoutSecretNames({ object, shown }: EffectiveObject): unknown {
  return shown === undefined ? object : nameless(object, shown);
}

function nameless(value: unknown, shown: unknown): unknown {
  if (Array.isArray(value) && Array.isArray(shown) && value.length === shown.length)
    return value.map((item, index) => nameless(item, (shown as unknown[])[index]));
  if (isMap(value) && isMap(shown)) {
    const keys = Object.keys(value);
    if (keys.length !== Object.keys(shown).length || !keys.every((key) => key in shown)) return shown;
    return Object.fromEntries(
      keys.map((key) => [
        key,
        itemKeys.includes(key) && typeof value[key] !== "object"
          ? shown[key]
          : nameless(value[key], shown[key]),
      ]),
    );
  }
  // What substitution made another shape of has no place of its own.
  return typeof value === "object" && value !== null ? shown : value;
}

const isMap = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function cover(value: unknown): unknown {
  if (value === undefined) return undefined;
  if (!isMap(value)) return hidden;
  return Object.fromEntries(Object.keys(value).map((key) => [key, hidden]));
}
