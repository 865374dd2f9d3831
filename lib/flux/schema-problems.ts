import type { ErrorObject } from "ajv";

import { placeholdersIn } from "./placeholders.ts";
import { nearest } from "../fleet/suggestion.ts";

/** One mistake in an object. */
export interface SchemaProblem {
  /** Such as `spec.dependsOn[0].name` or `metadata.labels["app.kubernetes.io/name"]`. */
  readonly path: string;
  /** A sentence without a full stop that goes after the path. */
  readonly message: string;
}

/**
 * Turns ajv's errors into one problem for each mistake, outer fields first.
 */
export function problemsOf(
  errors: readonly ErrorObject[],
  object: unknown,
  allowPlaceholders: boolean,
): SchemaProblem[] {
  const worst = new Map<string, { rank: number; problem: SchemaProblem }>();
  const misspelt = misspeltFields(errors);
  for (const error of withoutBranches(errors)) {
    if (allowPlaceholders && standsForSomething(error)) continue;
    if (error.keyword === "required" && misspelt.has(fieldKey(error, missingField(error)))) continue;
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

function standsForSomething(error: ErrorObject): boolean {
  if (error.keyword === "additionalProperties") return hasPlaceholder(unknownField(error));
  return typeof error.data === "string" && hasPlaceholder(error.data);
}

/** When no branch of an anyOf fits, what is wrong with each of them is noise. */
function withoutBranches(errors: readonly ErrorObject[]): ErrorObject[] {
  const choices = errors.filter(({ keyword }) => keyword === "anyOf" || keyword === "oneOf");
  return errors.filter(
    ({ schemaPath }) => !choices.some((choice) => schemaPath.startsWith(`${choice.schemaPath}/`)),
  );
}

/** Fields that are missing only because their name is misspelt. */
function misspeltFields(errors: readonly ErrorObject[]): Set<string> {
  const unknown = errors.filter(({ keyword }) => keyword === "additionalProperties");
  return new Set(unknown.map((error) => fieldKey(error, suggestedField(error) ?? "")));
}

function fieldKey(error: ErrorObject, field: string): string {
  return `${error.instancePath}/${field}`;
}

/** Of several errors at one place the one that explains the others. */
function rankOf(keyword: string): number {
  const rank = ["type", "enum", "anyOf", "oneOf", "pattern", "format"].indexOf(keyword);
  return rank < 0 ? Number.MAX_SAFE_INTEGER : rank;
}

function messageOf(error: ErrorObject): string {
  const { data } = error;
  const params = error.params as Record<string, unknown>;
  switch (error.keyword) {
    case "additionalProperties": {
      const suggestion = suggestedField(error);
      return suggestion === undefined ? "unknown field" : `unknown field, did you mean "${suggestion}"?`;
    }
    case "required":
      return "missing field";
    case "type": {
      const expected = [params["type"]].flat().map((type) => typeNames[String(type)] ?? String(type));
      return `expected ${expected.join(" or ")} but got ${describe(data)}`;
    }
    case "enum": {
      // "" is there for what Go cannot tell apart, see schema-compile.ts.
      const allowed = (params["allowedValues"] as unknown[]).filter((value) => value !== "");
      const suggestion = nearest(String(data), allowed.map(String));
      const hint = suggestion === undefined ? "" : `, did you mean ${JSON.stringify(suggestion)}?`;
      return `${show(data)} is not one of ${allowed.map(show).join(", ")}${hint}`;
    }
    case "pattern":
      return `${show(data)} does not match the pattern ${String(params["pattern"])}${exampleOf(String(params["pattern"]))}`;
    case "format":
      return `${show(data)} is not ${formatNames[String(params["format"])] ?? `a valid ${String(params["format"])}`}`;
    case "anyOf":
    case "oneOf":
      return `${describe(data)} has none of the allowed forms`;
    case "minLength":
      return params["limit"] === 1
        ? "must not be empty"
        : `must have at least ${String(params["limit"])} characters`;
    case "maxLength":
      return `must have at most ${String(params["limit"])} characters`;
    case "minItems":
      return `must have at least ${count(params["limit"], "item")}`;
    case "maxItems":
      return `must have at most ${count(params["limit"], "item")}`;
    case "minimum":
    case "maximum":
    case "exclusiveMinimum":
    case "exclusiveMaximum":
      return `${show(data)} must be ${String(params["comparison"])} ${String(params["limit"])}`;
    default:
      return error.message ?? `breaks the rule ${error.keyword}`;
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

function unknownField(error: ErrorObject): string {
  return String((error.params as Record<string, unknown>)["additionalProperty"]);
}

function missingField(error: ErrorObject): string {
  return String((error.params as Record<string, unknown>)["missingProperty"]);
}

function suggestedField(error: ErrorObject): string | undefined {
  const { properties = {} } = error.parentSchema as { properties?: object };
  return nearest(unknownField(error), Object.keys(properties));
}

/** For a field that is missing or unknown the path of this field. */
function pathOf(error: ErrorObject, object: unknown): string {
  const names = error.instancePath
    .split("/")
    .slice(1)
    .map((name) => name.replaceAll("~1", "/").replaceAll("~0", "~"));
  if (error.keyword === "additionalProperties") names.push(unknownField(error));
  if (error.keyword === "required") names.push(missingField(error));
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
