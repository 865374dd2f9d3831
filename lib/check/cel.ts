import { celEnv, parse, plan } from "@bufbuild/cel";
import type { Schema } from "../flux/schema-files.ts";
import { holdsSymbol } from "./symbols.ts";

/** A rule in CEL that an object breaks. */
export interface CelProblem {
  /** Such as `spec.chart`. */
  readonly path: string;
  readonly message: string;
}

interface CelRule {
  readonly rule: string;
  readonly message?: string;
  readonly messageExpression?: string;
}

/**
 * Evaluates the rules (`x-kubernetes-validations`) of a schema over an object, as the API server does on creation.
 * Rules about a change (`oldSelf`), rules over values that git does not know, and rules that use a function which
 * only Kubernetes has are passed over. @param unread is told of those last ones
 */
export function celProblems(
  schema: Schema,
  value: unknown,
  unread: (rule: string) => void,
  path = "",
): CelProblem[] {
  if (value === null || value === undefined || !mayHaveRules(schema)) return [];
  const problems: CelProblem[] = [];
  for (const { rule, message } of (schema["x-kubernetes-validations"] ?? []) as readonly CelRule[]) {
    if (/\boldSelf\b/.test(rule) || holdsSymbol(value)) continue;
    const holds = evaluate(rule, celValue(value, schema), unread);
    if (holds === false)
      problems.push({ path, message: message?.trim() ?? `breaks the rule ${rule.trim().slice(0, 200)}` });
  }
  const join = (name: string) => (path === "" ? name : `${path}.${name}`);
  if (Array.isArray(value)) {
    const { items } = schema;
    if (items !== undefined)
      value.forEach((item, index) => problems.push(...celProblems(items, item, unread, `${path}[${index}]`)));
  } else if (typeof value === "object") {
    const fields = value as Readonly<Record<string, unknown>>;
    for (const [name, field] of Object.entries(schema.properties ?? {}))
      if (fields[name] !== undefined) problems.push(...celProblems(field, fields[name], unread, join(name)));
    const { additionalProperties } = schema;
    if (typeof additionalProperties === "object")
      for (const [name, item] of Object.entries(fields))
        if (schema.properties?.[name] === undefined)
          problems.push(...celProblems(additionalProperties, item, unread, join(name)));
  }
  return problems;
}

const ruled = new WeakMap<Schema, boolean>();

/** Whether there is any rule in a schema: most have none. */
function mayHaveRules(schema: Schema): boolean {
  let rules = ruled.get(schema);
  if (rules === undefined) {
    const { items, additionalProperties, properties = {} } = schema;
    rules =
      schema["x-kubernetes-validations"] !== undefined ||
      Object.values(properties).some(mayHaveRules) ||
      (items !== undefined && mayHaveRules(items)) ||
      (typeof additionalProperties === "object" && mayHaveRules(additionalProperties));
    ruled.set(schema, rules);
  }
  return rules;
}

type Program = (input: { self: never }) => unknown;
const programs = new Map<string, Program | undefined>();
let environment: ReturnType<typeof celEnv> | undefined;

function evaluate(rule: string, self: unknown, unread: (rule: string) => void): boolean | undefined {
  if (!programs.has(rule))
    try {
      environment ??= celEnv();
      programs.set(rule, plan(environment, parse(rule)));
    } catch {
      programs.set(rule, undefined);
    }
  const program = programs.get(rule);
  if (program !== undefined)
    try {
      const result = program({ self: self as never });
      if (typeof result === "boolean") return result;
    } catch {
      // Told below.
    }
  unread(rule);
  return undefined;
}

/** Whole numbers are integers for CEL where the schema says so, and defaults are there, as the server fills them in. */
function celValue(value: unknown, schema: Schema): unknown {
  if (typeof value === "number")
    return schema.type === "number" || !Number.isSafeInteger(value) ? value : BigInt(value);
  if (Array.isArray(value)) return value.map((item) => celValue(item, schema.items ?? {}));
  if (typeof value !== "object" || value === null) return value;
  const result: Record<string, unknown> = {};
  const properties = schema.properties ?? {};
  const further = typeof schema.additionalProperties === "object" ? schema.additionalProperties : {};
  for (const [name, item] of Object.entries(value))
    result[name] = celValue(item, properties[name] ?? further);
  for (const [name, field] of Object.entries(properties))
    if (result[name] === undefined && field.default !== undefined)
      result[name] = celValue(field.default, field);
  return result;
}
