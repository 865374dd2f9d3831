import { celEnv, isCelError, parse, plan } from "@bufbuild/cel";
import type { Schema } from "../flux/schema-files.ts";
import { kubernetesFunctions } from "./cel-functions.ts";
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

const unread = new Set<string>();

/** The rules that objects have, and that could not be evaluated here. */
export const unreadRules = (): string[] => [...unread];

/**
 * Evaluates the rules (`x-kubernetes-validations`) of a schema over an object, as the API server does on creation.
 * Rules about a change (`oldSelf`) and rules over values that git does not know are passed over. Those that use a
 * function which only Kubernetes has are remembered, see {@link unreadRules}.
 */
export function celProblems(schema: Schema, value: unknown, path = ""): CelProblem[] {
  if (value === null || value === undefined || !mayHaveRules(schema)) return [];
  const problems: CelProblem[] = [];
  for (const { rule, message } of (schema["x-kubernetes-validations"] ?? []) as readonly CelRule[]) {
    if (/\boldSelf\b/.test(rule) || holdsSymbol(value)) continue;
    const broken = evaluate(rule, celValue(value, schema));
    if (broken === undefined) continue;
    const what = message?.trim() ?? `breaks the rule ${rule.trim().slice(0, 200)}`;
    problems.push({ path, message: broken === "" ? what : `${what} (${broken})` });
  }
  const join = (name: string) => (path === "" ? name : `${path}.${name}`);
  if (Array.isArray(value)) {
    const { items } = schema;
    if (items !== undefined)
      value.forEach((item, index) => problems.push(...celProblems(items, item, `${path}[${index}]`)));
  } else if (typeof value === "object") {
    const fields = value as Readonly<Record<string, unknown>>;
    for (const [name, field] of Object.entries(schema.properties ?? {}))
      if (fields[name] !== undefined) problems.push(...celProblems(field, fields[name], join(name)));
    const { additionalProperties } = schema;
    if (typeof additionalProperties === "object")
      for (const [name, item] of Object.entries(fields))
        if (schema.properties?.[name] === undefined)
          problems.push(...celProblems(additionalProperties, item, join(name)));
  }
  return problems;
}

const ruled = new WeakMap<Schema, boolean>();

/** Whether there is any rule in a schema: most have none. */
export function mayHaveRules(schema: Schema): boolean {
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

/** What the API server refuses a value for that a rule expects to be there. */
const refused = /field not found|out of bounds|division by zero|divide by zero|modulus/i;

/** Why a rule does not hold, empty where there is nothing more to say; undefined where it holds or is not known. */
function evaluate(rule: string, self: unknown): string | undefined {
  if (!programs.has(rule))
    try {
      environment ??= celEnv({ funcs: kubernetesFunctions });
      programs.set(rule, plan(environment, parse(rule)));
    } catch {
      programs.set(rule, undefined);
    }
  let failure = "";
  try {
    const result = programs.get(rule)?.({ self: self as never });
    if (typeof result === "boolean") return result ? undefined : "";
    if (isCelError(result)) failure = result.message;
  } catch (error) {
    failure = (error as Error).message;
  }
  if (refused.test(failure)) return failure;
  unread.add(rule.trim());
  return undefined;
}

/**
 * Whole numbers are integers for CEL where the schema says so, defaults are there, as the server fills them in, and
 * fields whose names are none in CEL have the names that Kubernetes gives them.
 */
function celValue(value: unknown, schema: Schema): unknown {
  if (typeof value === "number")
    return schema.type === "number" || !Number.isSafeInteger(value) ? value : BigInt(value);
  if (Array.isArray(value)) return value.map((item) => celValue(item, schema.items ?? {}));
  if (typeof value !== "object" || value === null) return value;
  const result: Record<string, unknown> = {};
  const properties = schema.properties ?? {};
  const further = typeof schema.additionalProperties === "object" ? schema.additionalProperties : {};
  const fields = value as Readonly<Record<string, unknown>>;
  for (const [name, item] of Object.entries(fields))
    if (properties[name] === undefined) result[name] = celValue(item, further);
  for (const [name, field] of Object.entries(properties)) {
    const item = fields[name] ?? field.default;
    if (item !== undefined) result[celName(name)] = celValue(item, field);
  }
  return result;
}

const reserved =
  /^(?:true|false|null|in|as|break|const|continue|else|for|function|if|import|let|loop|package|namespace|return|var|void|while)$/;

/** kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation-rules */
function celName(name: string): string {
  if (reserved.test(name)) return `__${name}__`;
  return name
    .replaceAll("__", "__underscores__")
    .replaceAll(".", "__dot__")
    .replaceAll("-", "__dash__")
    .replaceAll("/", "__slash__");
}
