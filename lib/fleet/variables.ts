import { suggestion } from "./suggestion.ts";
import type { Problem } from "./user-error.ts";

/** The types that a variable can have. In a ConfigMap its value is text; Flux makes it typed again. */
export type VariableType = "text" | "number" | "boolean";

/**
 * Who gives a variable its value: the cluster must (`cluster`), the bundle does unless the cluster does
 * (`default`), or the stack that provisions the cluster does (`stack`) and git never holds it.
 */
export type Giver = "cluster" | "default" | "stack";

interface ValueTypes {
  text: string;
  number: number;
  boolean: boolean;
}

/** A variable of a bundle: declared by the bundle, given by each cluster, put in by Flux's `postBuild`. */
export interface Variable<T extends VariableType = VariableType, G extends Giver = Giver> {
  readonly type: T;
  readonly giver: G;
  readonly default?: ValueTypes[T];
  readonly description?: string;
  /** No two clusters of the fleet may give the same value. */
  readonly unique?: boolean;
  /** The only values that are accepted. */
  readonly oneOf?: readonly ValueTypes[T][];
  /** From the stack, and to be kept in a Secret. */
  readonly secret?: boolean;
}

export type Variables = Readonly<Record<string, Variable>>;

interface Options<T extends VariableType> {
  description?: string;
  /** No two clusters of the fleet may give the same value. */
  unique?: boolean;
  oneOf?: readonly ValueTypes[T][];
}
/** The variable may be left out by a cluster, and is this then. The default is part of the bundle's release. */
interface Default<T extends VariableType> extends Options<T> {
  default: ValueTypes[T];
}
/** The value is an output of the cluster's stack (a VPC's id, say), never given in git. */
interface FromStack<T extends VariableType> extends Options<T> {
  from: "stack";
  default?: ValueTypes[T];
  /** Keep it in a Secret instead of a ConfigMap. */
  secret?: boolean;
}

/** A text variable. Values that YAML would read as something else (`true`, `12`, `a: b`) are refused. */
export function text(options?: Options<"text">): Variable<"text", "cluster">;
export function text(options: Default<"text">): Variable<"text", "default">;
export function text(options: FromStack<"text">): Variable<"text", "stack">;
export function text(options: Partial<Default<"text"> & FromStack<"text">> = {}): Variable<"text"> {
  return declare("text", options);
}

/** A number. Its placeholder is printed unquoted, so that Flux makes a number of it. */
export function number(options?: Options<"number">): Variable<"number", "cluster">;
export function number(options: Default<"number">): Variable<"number", "default">;
export function number(options: FromStack<"number">): Variable<"number", "stack">;
export function number(options: Partial<Default<"number"> & FromStack<"number">> = {}): Variable<"number"> {
  return declare("number", options);
}

/** True or false. Its placeholder is printed unquoted, so that Flux makes a boolean of it. */
export function boolean(options?: Options<"boolean">): Variable<"boolean", "cluster">;
export function boolean(options: Default<"boolean">): Variable<"boolean", "default">;
export function boolean(options: FromStack<"boolean">): Variable<"boolean", "stack">;
export function boolean(
  options: Partial<Default<"boolean"> & FromStack<"boolean">> = {},
): Variable<"boolean"> {
  return declare("boolean", options);
}

function declare<T extends VariableType>(
  type: T,
  { from, default: fallback, ...rest }: Partial<Default<T> & FromStack<T>>,
): Variable<T> {
  const giver: Giver = from === "stack" ? "stack" : fallback === undefined ? "cluster" : "default";
  return { type, giver, ...(fallback === undefined ? {} : { default: fallback }), ...rest };
}

/** Names that a variable may have: Flux's are shell names, and `cluster_…` are the facts of every cluster. */
const variableName = /^[a-z_][a-z0-9_]*$/;

/**
 * Declares the variables of a bundle, by name.
 * @throws Error if a name is no variable's name, or a default is not of its own variable's type.
 */
export function defineVariables<const V extends Variables>(variables: V): V {
  for (const [name, variable] of Object.entries(variables)) {
    if (
      !variableName.test(name) ||
      name.startsWith("cluster_") ||
      ["root", "source_kind", "quote"].includes(name)
    )
      throw new Error(
        `variable '${name}': a name is lower-case letters, digits and _; 'cluster_…', 'root', 'source_kind' and 'quote' are taken`,
      );
    if (variable.default !== undefined) {
      const problem = valueProblem(name, variable, variable.default);
      if (problem !== undefined) throw new Error(`default of ${problem}`);
    }
  }
  return variables;
}

type GivenBy<V extends Variables, G extends Giver> = {
  [Name in keyof V as V[Name]["giver"] extends G ? Name : never]: ValueTypes[V[Name]["type"]];
};

/** What a cluster gives for the variables `V`: those without a default, and any of those with one. */
export type Given<V extends Variables> = Readonly<GivenBy<V, "cluster"> & Partial<GivenBy<V, "default">>>;

/** What a stack must output for the variables `V`. */
export type FromStackOf<V extends Variables> = Readonly<GivenBy<V, "stack">>;

/** Values as a cluster gives them, after checking. */
export type Values = Readonly<Record<string, string | number | boolean>>;

/** The same check as the compiler's, for values that come from data. */
export function valueProblems(variables: Variables, given: Readonly<Record<string, unknown>>): Problem[] {
  const problems: Problem[] = [];
  for (const [name, value] of Object.entries(given)) {
    const variable = Object.hasOwn(variables, name) ? variables[name]! : undefined;
    if (variable === undefined)
      problems.push({
        message: `'${name}' is not a variable of the bundle${suggestion(name, Object.keys(variables))}`,
      });
    else if (variable.giver === "stack")
      problems.push({
        message: `variable '${name}' comes from the cluster's stack and cannot be given in git`,
      });
    else {
      const message = valueProblem(name, variable, value);
      if (message !== undefined) problems.push({ message });
    }
  }
  for (const [name, variable] of Object.entries(variables))
    if (variable.giver === "cluster" && !Object.hasOwn(given, name))
      problems.push({
        message: `variable '${name}' is missing${variable.description ? ` (${variable.description})` : ""}`,
        remedy: `give it: variables: { ${name}: … } (${variable.type})`,
      });
  return problems;
}

/** What is wrong with one value, or undefined. */
export function valueProblem(name: string, variable: Variable, value: unknown): string | undefined {
  const wanted = variable.type === "text" ? "string" : variable.type;
  if (typeof value !== wanted)
    return `variable '${name}' is ${JSON.stringify(value)}, which is no ${variable.type}`;
  if (typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0)))
    return `variable '${name}' is ${value}, which YAML cannot hold`;
  if (variable.oneOf !== undefined && !(variable.oneOf as readonly unknown[]).includes(value))
    return `variable '${name}' is ${JSON.stringify(value)}, not one of ${variable.oneOf.join(", ")}`;
  if (typeof value === "string") {
    const reason = retyped(value);
    if (reason !== undefined) return `variable '${name}' is ${JSON.stringify(value)}, ${reason}`;
  }
  return undefined;
}

/**
 * Flux reads a manifest again as YAML after it has put the values in, and quotes do not survive: text that
 * YAML reads as something else would change its type or break the file (flux2#3128, #4606).
 * @returns the reason, or undefined if the text stays the text it is, alone and inside other text.
 */
export function retyped(value: string): string | undefined {
  if (value === "") return "and empty text becomes null or the variable's default";
  if (value.includes("${")) return "which holds a placeholder; Flux does not put values into values";
  if (/[\n\r\t]/.test(value)) return "and line breaks or tabs would break the manifest";
  if (value !== value.trim()) return "and YAML drops blanks at its ends";
  if (/^(true|false|yes|no|on|off|y|n|null|~)$/i.test(value)) return "which YAML reads as a boolean or null";
  if (
    /^[-+]?(\d[\d_]*(\.[\d_]*)?|\.\d[\d_]*)(e[-+]?\d+)?$/i.test(value) ||
    /^[-+]?0[xob][\da-f_]+$/i.test(value)
  )
    return "which YAML reads as a number";
  if (/^[-+]?\.(inf|nan)$/i.test(value)) return "which YAML reads as a number";
  if (/^\d{4}-\d\d?-\d\d?([Tt ].*)?$/.test(value)) return "which YAML reads as a date";
  if (/^[-?:](\s|$)|^[,[\]{}#&*!|>'"%@`=]/.test(value))
    return "which begins with a character that YAML takes for itself";
  if (/:(\s|$)|\s#/.test(value)) return "which YAML does not read as one text (': ' and ' #' end it)";
  if (value === "<<") return "which YAML reads as a merge";
  return undefined;
}
