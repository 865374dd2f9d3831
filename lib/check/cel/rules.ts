import { celEnv, type CelInput, isCelError, parse, plan } from "@bufbuild/cel";
import type { Schema } from "../../flux/schema-files.ts";
import { kubernetesFunctions } from "./functions.ts";
import { holdsSymbol } from "../symbols.ts";
import { none, some } from "./optional.ts";
import { isOfValue } from "./value.ts";

/** A rule in CEL that an object breaks. */
export interface CelProblem {
  /** Such as `spec.chart`. */
  readonly path: string;
  readonly message: string;
  /** What the API server's own message holds too: what the rule says when it is broken, or the rule itself. Undefined where it says what an expression gives. */
  readonly said: string | undefined;
}

interface CelRule {
  readonly rule: string;
  readonly message?: string;
  readonly messageExpression?: string;
  readonly optionalOldSelf?: boolean;
}

const unread = new Set<string>();

/** The rules that objects have, and that could not be evaluated here. */
export const unreadRules = (): string[] => [...unread];

/**
 * Evaluates the rules (`x-kubernetes-validations`) of a schema over an object. Rules about a change (see
 * {@link transitionProblems}) and over values that git does not know are passed over. Those that use what cannot be
 * evaluated here are remembered, see {@link unreadRules}.
 */
export function celProblems(schema: Schema, value: unknown): CelProblem[] {
  return walk(schema, value, undefined, "", ({ rule }, { self }) =>
    isTransition(rule) ? undefined : evaluate(rule, { self }),
  );
}

/** Evaluates the rules about a change that are also about there having been nothing, as the API server does on creation. */
export function creationProblems(schema: Schema, value: unknown): CelProblem[] {
  return walk(schema, value, undefined, "", ({ rule, optionalOldSelf }, { self }) =>
    isTransition(rule) && optionalOldSelf === true ? evaluate(rule, { self, oldSelf: none() }) : undefined,
  );
}

/** Evaluates the rules about a change: what may follow what was there before, as the API server does on an update. */
export function transitionProblems(schema: Schema, old: unknown, now: unknown): CelProblem[] {
  return walk(schema, now, old, "", ({ rule, optionalOldSelf }, { self, old: before }) => {
    if (!isTransition(rule) || holdsSymbol(before?.value)) return undefined;
    if (optionalOldSelf !== true)
      return before === undefined ? undefined : evaluate(rule, { self, oldSelf: before.self });
    const oldSelf =
      before === undefined ? none() : some(before.self as CelInput, JSON.stringify(before.value));
    return evaluate(rule, { self, oldSelf });
  });
}

const isTransition = (rule: string): boolean => /\boldSelf\b/.test(rule);

/** A value that a rule is about, as CEL has it, and what was there before. */
interface Place {
  readonly self: unknown;
  readonly old: { readonly value: unknown; readonly self: unknown } | undefined;
}

/** @param broken why a rule does not hold, empty where there is nothing more to say; undefined where it does */
function walk(
  schema: Schema,
  value: unknown,
  old: unknown,
  path: string,
  broken: (rule: CelRule, place: Place) => string | undefined,
): CelProblem[] {
  if (value === null || value === undefined || !mayHaveRules(schema)) return [];
  const problems: CelProblem[] = [];
  const rules = (schema["x-kubernetes-validations"] ?? []) as readonly CelRule[];
  if (rules.length > 0 && !holdsSymbol(value)) {
    const before =
      old === null || old === undefined ? undefined : { value: old, self: celValue(old, schema) };
    const place = { self: celValue(value, schema), old: before };
    for (const rule of rules) {
      const why = broken(rule, place);
      if (why === undefined) continue;
      const text = rule.message?.trim() ?? rule.rule.trim();
      const what = rule.message === undefined ? `breaks the rule ${text.slice(0, 200)}` : text;
      const said = why === "" && rule.messageExpression !== undefined ? undefined : text;
      problems.push({ path, said, message: why === "" ? what : `${what} (${why})` });
    }
  }
  const below = (field: Schema, name: string, item: unknown, before: unknown) => {
    const at = name.startsWith("[") ? `${path}${name}` : path === "" ? name : `${path}.${name}`;
    problems.push(...walk(field, item, before, at, broken));
  };
  const { items, properties = {}, additionalProperties } = schema;
  if (Array.isArray(value)) {
    if (items !== undefined)
      value.forEach((item, index) => {
        below(items, `[${index}]`, item, counterpart(schema, item, old));
      });
  } else if (typeof value === "object") {
    const fields = value as Fields;
    const before = (typeof old === "object" ? old : undefined) as Fields | null | undefined;
    // The server keeps what has a default as if it had been given.
    for (const [name, field] of Object.entries(properties)) {
      const item = fields[name] ?? field.default;
      if (item !== undefined) below(field, name, item, before && (before[name] ?? field.default));
    }
    if (typeof additionalProperties === "object")
      for (const [name, item] of Object.entries(fields))
        if (properties[name] === undefined) below(additionalProperties, name, item, before?.[name]);
  }
  return problems;
}

type Fields = Readonly<Record<string, unknown>>;

/** What an item of a list was before: only lists whose items have keys tell. */
function counterpart(schema: Schema, item: unknown, old: unknown): unknown {
  if (schema["x-kubernetes-list-type"] !== "map" || !Array.isArray(old)) return undefined;
  const keys = (schema["x-kubernetes-list-map-keys"] ?? []) as readonly string[];
  const valueOf = (each: unknown, key: string) =>
    (each as Fields | null)?.[key] ?? schema.items?.properties?.[key]?.default;
  return old.find((other) => keys.every((key) => valueOf(other, key) === valueOf(item, key))) as unknown;
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

type Program = (input: never) => unknown;
const programs = new Map<string, Program | undefined>();
let environment: ReturnType<typeof celEnv> | undefined;

/** What the API server refuses a value for that a rule expects to be there. */
const refused = /field not found|out of bounds|division by zero|divide by zero|modulus/i;

/** Why a rule does not hold, empty where there is nothing more to say; undefined where it holds or is not known. */
function evaluate(rule: string, variables: Fields): string | undefined {
  if (!programs.has(rule))
    try {
      environment ??= celEnv({ funcs: kubernetesFunctions });
      programs.set(rule, plan(environment, parse(rule)));
    } catch {
      programs.set(rule, undefined);
    }
  let failure = "";
  try {
    const result = programs.get(rule)?.(variables as never);
    if (typeof result === "boolean") return result ? undefined : "";
    if (isCelError(result)) {
      if (isOfValue(result)) return result.message;
      failure = result.message;
    }
  } catch (error) {
    failure = (error as Error).message;
  }
  const phrase = refused.exec(failure)?.[0];
  if (phrase !== undefined) {
    // No more than the rule itself names: what it was looked up by may be secret.
    const field = /field not found: (\S+)$/.exec(failure)?.[1];
    return field !== undefined && rule.includes(field) ? failure : phrase;
  }
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
  const fields = value as Fields;
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
