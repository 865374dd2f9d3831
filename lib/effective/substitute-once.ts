import { variablesIn } from "../flux/expand.ts";
import { hasDollar, substitute } from "../flux/substitute.ts";
import type { UnitVariables } from "./variables.ts";

type Json = Readonly<Record<string, unknown>>;

const names = new WeakMap<Json, readonly string[]>();
const results = new WeakMap<Json, Map<string, Json>>();

/**
 * Puts variables into an object. The same object for the same values: clusters that agree share the work, and
 * comparing them costs nothing. @throws SubstitutionError
 */
export function substituteOnce(object: Json, lookup: UnitVariables["lookup"], { key }: UnitVariables): Json {
  let used = names.get(object);
  if (used === undefined) {
    used = hasDollar(object) ? namesIn(object) : [];
    names.set(object, used);
  }
  if (used.length === 0 && !hasDollar(object)) return object;
  const values =
    used[0] === unreadable
      ? key
      : JSON.stringify(used.map((name) => [lookup(name, true) ?? null, lookup(name, false) ?? null]));
  let known = results.get(object);
  if (known === undefined) results.set(object, (known = new Map<string, Json>()));
  let result = known.get(values);
  if (result === undefined) {
    result = substitute(object as Record<string, unknown>, lookup);
    known.set(values, result);
  }
  return result;
}

const unreadable = "\0";

function namesIn(object: Json): readonly string[] {
  const found = new Set<string>();
  const visit = (value: unknown): void => {
    if (typeof value === "string") for (const name of variablesIn(value)) found.add(name);
    else if (Array.isArray(value)) value.forEach(visit);
    else if (typeof value === "object" && value !== null)
      for (const [key, item] of Object.entries(value)) {
        if (key.includes("$")) visit(key);
        visit(item);
      }
  };
  try {
    visit(object);
  } catch {
    return [unreadable];
  }
  return [...found].sort();
}
