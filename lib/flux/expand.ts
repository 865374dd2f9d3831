import { ExpandError, longestResult, tooLong } from "./expand-error.ts";
import { applyOperator } from "./string-operators.ts";
import { type Expansion, type Part, readTemplate } from "./template.ts";

/**
 * Looks a variable up. @param hasDefault whether the text says what to take where it is not set
 * @returns its value, or undefined where it is not set
 */
export type Lookup = (name: string, hasDefault: boolean) => string | Unknown | undefined;

/**
 * A value that git does not hold, because the cluster's stack or a Secret gives it. It stands in the result as
 * `⟨giver:name⟩`, with the operation behind the name where one changes it.
 */
export class Unknown {
  /** Who gives the value: `stack`, `secret`, … */
  readonly giver: string;
  readonly name: string;
  constructor(giver: string, name: string) {
    this.giver = giver;
    this.name = name;
  }
}

/**
 * Puts variables into a text as Flux's postBuild substitution does, strictly: a variable that is not set and has
 * no default is an error. Lengths and offsets count bytes, `:=`, `:-`, `=` are all «if empty», `:?` and `:+` too,
 * `$$` is a literal `$` (fluxcd/pkg/envsubst; Flux's documentation on post build variable substitution).
 * @throws ExpandError
 */
export function expand(text: string, lookup: Lookup): string {
  if (!text.includes("$")) return text;
  const parts = readTemplate(text);
  const budget = { left: longestResult };
  let result = "";
  for (const part of parts) result += typeof part === "string" ? part : evaluate(part, lookup, budget);
  if (result.length > longestResult) throw tooLong();
  return result;
}

/** The names of the variables that a text uses. @throws ExpandError if it cannot be read */
export function variablesIn(text: string): Set<string> {
  const names = new Set<string>();
  const visit = (part: Part) => {
    if (typeof part === "string") return;
    names.add(part.variable);
    part.args.forEach(visit);
  };
  if (text.includes("$")) readTemplate(text).forEach(visit);
  return names;
}

const defaults = new Set(["=", ":=", ":-", ":?", ":+"]);

function evaluate({ variable, operator, args }: Expansion, lookup: Lookup, budget: { left: number }): string {
  const texts = args.map((arg) => (typeof arg === "string" ? arg : evaluate(arg, lookup, budget)));
  const value = lookup(variable, defaults.has(operator));
  if (value === undefined && !defaults.has(operator))
    throw new ExpandError(`variable not set (strict mode): "${variable}"`);
  if (value instanceof Unknown) return symbol(value, operator, texts);
  const result = applyOperator(value ?? "", operator, texts);
  budget.left -= result.length;
  if (budget.left < 0) throw tooLong();
  return result;
}

/** Such as `⟨stack:vpc_id⟩` or `⟨stack:vpc_id^^⟩`: without characters that YAML would take for its own. */
function symbol({ giver, name }: Unknown, operator: string, args: readonly string[]): string {
  const own = defaults.has(operator) ? "" : `${operator}${args.join("/")}`;
  return `⟨${giver}:${name}${own.replace(/[^\w^,:/%.=+-]/g, "_").replace(/:$/, "_")}⟩`;
}
