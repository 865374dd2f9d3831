import { celEnv, isCelError, parse, plan } from "@bufbuild/cel";
import { fluxFunctions } from "../check/cel/functions.ts";
import type { Knowledge } from "./knowledge.ts";

type Json = Readonly<Record<string, unknown>>;

/** What an expression in CEL says of objects: a boolean, or why it says nothing. */
export type Evaluated = { readonly value: boolean } | { readonly error: string };

let environment: ReturnType<typeof celEnv> | undefined;
const programs = new Map<string, ReturnType<typeof plan> | Error>();

/** What CEL's optional values are written with, and the functions that make and read them. */
const optionalSyntax = /\.\?|\[\?|\{\s*\?/;
const optionalFunctions = /\boptional\.(?:of|none|ofNonZeroValue)\(|\.(?:orValue|hasValue)\(/;
const strings = /'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"/g;

/**
 * Whether an expression has optional values (`.?`, `optional.of`), which Flux's controllers know and what evaluates
 * CEL here does not: then nobody can say what it gives.
 */
export function isUnread(text: string): boolean {
  const code = text.replace(strings, "''");
  return optionalFunctions.test(code) || (optionalSyntax.test(code) && programOf(text) instanceof Error);
}

/** Whether there is an expression that says when something is ready. One that nobody can evaluate here is taken to agree. */
export function decides(
  text: string | undefined,
  about: string,
  knowledge: Pick<Knowledge, "assume">,
): text is string {
  if (text === undefined || text === "") return false;
  if (!isUnread(text)) return true;
  knowledge.assume(about, `'${text}' holds once it is Ready: optional values are not evaluated here`);
  return false;
}

/** Why an expression cannot be read, if it cannot. */
export function expressionProblem(text: string): string | undefined {
  if (isUnread(text)) return undefined;
  const program = programOf(text);
  return program instanceof Error ? program.message : undefined;
}

/**
 * Evaluates an expression as Flux's controllers do (github.com/fluxcd/pkg/runtime/cel): a field that is not there is
 * an error, and so is a result that is no boolean.
 */
export function evaluate(text: string, variables: Json): Evaluated {
  const program = programOf(text);
  if (program instanceof Error) return { error: program.message };
  try {
    const input = Object.fromEntries(
      Object.entries(variables).map(([name, value]) => [name, celValue(value)]),
    );
    const value: unknown = program(input as never);
    if (isCelError(value)) return { error: value.message };
    return typeof value === "boolean" ? { value } : { error: `'${text}' is no boolean` };
  } catch (error) {
    return { error: (error as Error).message };
  }
}

function programOf(text: string): ReturnType<typeof plan> | Error {
  let program = programs.get(text);
  if (program === undefined) {
    try {
      environment ??= celEnv({ funcs: fluxFunctions });
      program = plan(environment, parse(text));
    } catch (error) {
      program = error as Error;
    }
    programs.set(text, program);
  }
  return program;
}

/** Whole numbers are integers for CEL. */
function celValue(value: unknown): unknown {
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(celValue);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, celValue(item)]));
}
