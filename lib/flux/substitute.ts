import { expand, type Lookup } from "./expand.ts";
import { ExpandError, longestResult, tooLong } from "./expand-error.ts";
import { resolveScalar } from "./go-scalar.ts";
import { printGoYaml } from "./go-yaml-print.ts";
import { readGoYaml } from "./go-yaml-read.ts";

type Json = Record<string, unknown>;

/** Why an object cannot be substituted. Flux fails its Kustomization with the same reason. */
export class SubstitutionError extends Error {
  override readonly name = "SubstitutionError";
}

/** The label or annotation with which an object opts out. */
const optOut = "kustomize.toolkit.fluxcd.io/substitute";
const variableName = /^[_A-Za-z][_A-Za-z0-9]*$/;

/** What is wrong with the names of variables: one that is none fails every object. */
export function nameProblem(names: Iterable<string>): string | undefined {
  for (const name of names)
    if (!variableName.test(name)) return `'${name}' is no name of a variable: letters, digits and _`;
  return undefined;
}

/**
 * Puts variables into an object as kustomize-controller does: it is printed, expanded and read again, so that text
 * can become a number, a boolean or a list. An object that opts out is left as it is.
 * @throws SubstitutionError
 */
export function substitute<T extends Json>(object: T, lookup: Lookup): T {
  if (optsOut(object) || !hasDollar(object)) return object;
  try {
    return (quick(object, lookup) ?? exactly(object, lookup)) as T;
  } catch (error) {
    if (error instanceof ExpandError || (error as Error).name === "YamlError")
      throw new SubstitutionError((error as Error).message);
    throw error;
  }
}

/** The whole way, by text. */
export function exactly(object: Json, lookup: Lookup): unknown {
  return readGoYaml(expand(printGoYaml(object), lookup), "v2");
}

export function optsOut(object: Json): boolean {
  const { labels, annotations } = (object["metadata"] ?? {}) as { labels?: Json; annotations?: Json };
  return labels?.[optOut] === "disabled" || annotations?.[optOut] === "disabled";
}

/** Whether any text of a value holds a `$`. */
export function hasDollar(value: unknown): boolean {
  if (typeof value === "string") return value.includes("$");
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) return value.some(hasDollar);
  for (const key in value) if (key.includes("$") || hasDollar((value as Json)[key])) return true;
  return false;
}

/** Text that stands plain before and after, on one line, and means the same to every reader. */
const tame = /^[A-Za-z0-9_/.$⟨][\w ./$⟨⟩{}:=,@+~^%()-]*$/;
const awkward = /: |:$| $|#|\n/;
class Awkward extends Error {}

/** Value by value, where no value can reach beyond its place; undefined where one might. */
function quick(object: Json, lookup: Lookup): unknown {
  try {
    return quickly(object, lookup, { left: longestResult });
  } catch (error) {
    if (error instanceof Awkward) return undefined;
    throw error;
  }
}

/** How many characters may still be put into an object. */
interface Budget {
  left: number;
}

function quickly(value: unknown, lookup: Lookup, budget: Budget): unknown {
  if (typeof value === "string") return value.includes("$") ? quickText(value, lookup, budget) : value;
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    let copy: unknown[] | undefined;
    for (let i = 0; i < value.length; i++) {
      const item = quickly(value[i], lookup, budget);
      if (item !== value[i]) (copy ??= [...(value as unknown[])])[i] = item;
    }
    return copy ?? value;
  }
  let copy: Json | undefined;
  for (const key in value) {
    if (key.includes("$")) throw new Awkward();
    const before = (value as Json)[key];
    const after = quickly(before, lookup, budget);
    if (after !== before) (copy ??= { ...(value as Json) })[key] = after;
  }
  return copy ?? value;
}

function quickText(text: string, lookup: Lookup, budget: Budget): unknown {
  // What would be folded may be folded within a placeholder.
  if (text.length > 40 && text.includes(" ")) throw new Awkward();
  if (!tame.test(text) || awkward.test(text)) throw new Awkward();
  const result = expand(text, lookup);
  budget.left -= result.length;
  if (budget.left < 0) throw tooLong();
  if (!tame.test(result) || awkward.test(result)) throw new Awkward();
  return resolveScalar(result, "v2");
}
