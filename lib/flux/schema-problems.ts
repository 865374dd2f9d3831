import { nearest } from "../fleet/suggestion.ts";
import { placeholdersIn } from "./placeholders.ts";
import { type SchemaError, typesOf } from "./schema-check.ts";

/** One mistake in an object. */
export interface SchemaProblem {
  /** Such as `spec.dependsOn[0].name` or `metadata.labels["app.kubernetes.io/name"]`. */
  readonly path: string;
  /** A sentence without a full stop that goes after the path. */
  readonly message: string;
}

/** Turns the rules that an object breaks into one problem for each mistake, outer fields first. */
export function problemsOf(
  errors: readonly SchemaError[],
  object: unknown,
  allowPlaceholders: boolean,
): SchemaProblem[] {
  const worst = new Map<string, { rank: number; problem: SchemaProblem }>();
  const misspelt = misspeltFields(errors);
  for (const error of errors) {
    if (allowPlaceholders && standsForSomething(error)) continue;
    if (error.keyword === "required" && misspelt.has(fieldKey(error, error.field ?? ""))) continue;
    const problem = { path: pathOf(error, object), message: messageOf(error) };
    const rank = rankOf(error.keyword);
    const other = worst.get(problem.path);
    if (other === undefined || rank < other.rank) worst.set(problem.path, { rank, problem });
  }
  return [...worst.values()].map(({ problem }) => problem);
}

function hasPlaceholder(text: string): boolean {
  return placeholdersIn(text).some(({ name }) => name !== "");
}

function standsForSomething(error: SchemaError): boolean {
  if (error.keyword === "additionalProperties") return hasPlaceholder(error.field ?? "");
  return typeof error.data === "string" && hasPlaceholder(error.data);
}

/** Fields that are missing only because their name is misspelt. */
function misspeltFields(errors: readonly SchemaError[]): Set<string> {
  const unknown = errors.filter(({ keyword }) => keyword === "additionalProperties");
  return new Set(unknown.map((error) => fieldKey(error, suggestedField(error) ?? "")));
}

function fieldKey(error: SchemaError, field: string): string {
  return [...error.path, field].join("\0");
}

/** Of several errors at one place the one that explains the others. */
function rankOf(keyword: string): number {
  const rank = ["type", "enum", "anyOf", "oneOf", "pattern", "format"].indexOf(keyword);
  return rank < 0 ? Number.MAX_SAFE_INTEGER : rank;
}

function messageOf(error: SchemaError): string {
  const { data, schema, keyword } = error;
  const limit = Number(schema[keyword]);
  switch (keyword) {
    case "additionalProperties": {
      const suggestion = suggestedField(error);
      return suggestion === undefined ? "unknown field" : `unknown field, did you mean "${suggestion}"?`;
    }
    case "required":
      return "missing field";
    case "type":
      return `expected ${typesOf(schema)
        .map((type) => typeNames[type] ?? type)
        .join(" or ")} but got ${describe(data)}`;
    case "enum": {
      const allowed = (schema.enum ?? []).filter((value) => value !== "");
      const suggestion = nearest(String(data), allowed.map(String));
      const hint = suggestion === undefined ? "" : `, did you mean ${JSON.stringify(suggestion)}?`;
      return `${show(data)} is not one of ${allowed.map(show).join(", ")}${hint}`;
    }
    case "pattern":
      return `${show(data)} does not match the pattern ${schema.pattern}${exampleOf(schema.pattern ?? "")}`;
    case "format":
      return `${show(data)} is not ${formatNames[schema.format ?? ""] ?? `a valid ${schema.format}`}`;
    case "anyOf":
    case "oneOf":
      return `${describe(data)} has none of the allowed forms`;
    case "minLength":
      return limit === 1 ? "must not be empty" : `must have at least ${limit} characters`;
    case "maxLength":
      return `must have at most ${limit} characters`;
    case "minItems":
      return `must have at least ${count(limit, "item")}`;
    case "maxItems":
      return `must have at most ${count(limit, "item")}`;
    case "minProperties":
      return `must have at least ${count(limit, "field")}`;
    case "maxProperties":
      return `must have at most ${count(limit, "field")}`;
    case "minimum":
      return `${show(data)} must be ${schema["exclusiveMinimum"] === true ? ">" : ">="} ${limit}`;
    case "maximum":
      return `${show(data)} must be ${schema["exclusiveMaximum"] === true ? "<" : "<="} ${limit}`;
    case "uniqueItems":
      return "must not have the same item twice";
    default:
      return `breaks the rule ${keyword}`;
  }
}

const typeNames: Readonly<Record<string, string>> = {
  string: "text",
  integer: "an integer",
  number: "a number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
};

const formatNames: Readonly<Record<string, string>> = {
  int32: "a 32-bit integer",
  int64: "a 64-bit integer",
  byte: "base64",
  "date-time": "a date and time such as 2026-01-31T12:00:00Z",
  quantity: "a quantity such as 500m or 1Gi",
};

/** The pattern of Flux's durations: all of them, or without hours. */
function exampleOf(pattern: string): string {
  if (pattern === "^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$") return " (a duration such as 10m or 1h30m)";
  return pattern === "^([0-9]+(\\.[0-9]+)?(ms|s|m))+$" ? " (a duration such as 60s or 5m)" : "";
}

function describe(value: unknown): string {
  if (typeof value === "string") return `the text ${show(value)}`;
  if (typeof value === "number") return `the number ${value}`;
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : JSON.stringify(value);
}

const longest = 60;

function show(value: unknown): string {
  const text = typeof value === "string" && value.length > longest ? `${value.slice(0, longest)}…` : value;
  return JSON.stringify(text) ?? String(text);
}

function count(number: unknown, noun: string): string {
  return `${String(number)} ${noun}${number === 1 ? "" : "s"}`;
}

function suggestedField(error: SchemaError): string | undefined {
  return nearest(error.field ?? "", Object.keys(error.schema.properties ?? {}));
}

/** For a field that is missing or unknown the path of this field. */
function pathOf(error: SchemaError, object: unknown): string {
  const names = error.field === undefined ? error.path : [...error.path, error.field];
  let path = "";
  let value = object;
  for (const name of names) {
    if (Array.isArray(value)) path += `[${name}]`;
    else if (!/^[\w$-]+$/.test(name)) path += `[${JSON.stringify(name)}]`;
    else path += path === "" ? name : `.${name}`;
    value = (value as Readonly<Record<string, unknown>> | undefined)?.[name];
  }
  return path;
}
