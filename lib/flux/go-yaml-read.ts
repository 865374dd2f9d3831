import {
  defineScalarTag,
  load,
  loadAll,
  mapTag,
  mergeTag,
  NOT_RESOLVED,
  Schema,
  seqTag,
  strTag,
} from "js-yaml";
import { type Dialect, resolveScalar } from "./go-scalar.ts";
import { Irregular, readPlainYaml } from "./plain-yaml.ts";

/** A text that is no YAML, or none that kustomize takes. */
export class YamlError extends Error {
  override readonly name = "YamlError";
  /** Line of the text, from 1, where it is known. */
  readonly line: number | undefined;
  constructor(message: string, line?: number) {
    super(message);
    this.line = line;
  }
}

/** One document of a YAML text. */
export interface YamlDocument {
  readonly value: unknown;
  /** The line that it begins on, from 1. */
  readonly line: number;
}

/**
 * Reads one document as Go's YAML library does. @throws YamlError
 */
export function readGoYaml(text: string, dialect: Dialect): unknown {
  try {
    return readPlainYaml(text, dialect);
  } catch (error) {
    if (!(error instanceof Irregular)) throw new YamlError((error as Error).message);
  }
  try {
    return withFewAliases(load(text, { schema: schemas[dialect], json: dialect === "v2" }));
  } catch (error) {
    throw yamlError(error, 1);
  }
}

/**
 * Reads a file of manifests as kustomize does: its documents, empty ones left out.
 * @param firstOfKeys takes the first of equal keys, as kustomize does in a strategic merge patch, instead of refusing
 * @throws YamlError with the line
 */
export function readManifests(text: string, firstOfKeys = false): YamlDocument[] {
  const documents: YamlDocument[] = [];
  for (const { text: part, line } of splitDocuments(text)) {
    let value: unknown;
    try {
      value = readPlainYaml(part, "v3");
    } catch (error) {
      if (!(error instanceof Irregular)) throw new YamlError((error as Error).message, line);
      try {
        const values = loadAll(
          part,
          firstOfKeys ? { schema: firstWins, json: true } : { schema: schemas.v3 },
        ).map(withFewAliases);
        value = values[0];
        if (values.length > 1) {
          for (const each of values)
            if (each !== null && each !== undefined) documents.push({ value: each, line });
          continue;
        }
      } catch (failure) {
        throw yamlError(failure, line);
      }
    }
    if (value !== null && value !== undefined) documents.push({ value, line });
  }
  return documents;
}

/** More values than any manifest has. */
const mostValues = 1_000_000;

/** Aliases of aliases make exponentially much of little text, and Go's library refuses them as well. */
function withFewAliases<T>(value: T): T {
  const sizes = new Map<object, number>();
  const sizeOf = (part: unknown): number => {
    if (typeof part !== "object" || part === null) return 1;
    const known = sizes.get(part);
    if (known === Number.POSITIVE_INFINITY) throw new Error("an anchor contains itself by an alias");
    if (known !== undefined) return known;
    sizes.set(part, Number.POSITIVE_INFINITY);
    let size = 1;
    for (const key in part) size += sizeOf((part as Record<string, unknown>)[key]);
    if (size > mostValues) throw new Error(`its aliases stand for more than ${mostValues} values`);
    sizes.set(part, size);
    return size;
  };
  sizeOf(value);
  return value;
}

/** The texts between the `---` lines. A line of `---` with more on it stays with its document. */
function splitDocuments(text: string): { text: string; line: number }[] {
  const source = text.startsWith("\ufeff") ? text.slice(1) : text;
  if (!source.includes("---")) return [{ text: source, line: firstLine(source, 1) }];
  const parts: { text: string; line: number }[] = [];
  let begin = 0;
  let line = 1;
  const separator = /^---[ \t]*(?:#.*)?\r?$/gm;
  const push = (part: string) => {
    parts.push({ text: part, line: firstLine(part, line) });
  };
  for (let match = separator.exec(source); match !== null; match = separator.exec(source)) {
    const part = source.slice(begin, match.index);
    push(part);
    line += count(part) + 1;
    begin = match.index + match[0].length + 1;
    separator.lastIndex = Math.min(begin, source.length);
    if (begin >= source.length) return parts;
  }
  push(source.slice(begin));
  return parts;
}

function count(text: string): number {
  let lines = 0;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lines++;
  return lines;
}

/** The first line that is neither empty nor a comment. */
function firstLine(text: string, line: number): number {
  const before = /^(?:[ \t]*(?:#[^\n]*)?\r?\n)*/.exec(text)![0];
  return line + count(before);
}

function yamlError(error: unknown, line: number): YamlError {
  const { reason, mark, message } = error as { reason?: string; mark?: { line: number }; message: string };
  return new YamlError(reason ?? message, mark === undefined ? line : line + mark.line);
}

const prefix = "tag:yaml.org,2002:";

function schemaOf(dialect: Dialect, firstOfKeys = false): Schema {
  const scalar = (name: string, accepts: (value: unknown) => boolean) =>
    defineScalarTag(`${prefix}${name}`, {
      identify: () => false,
      resolve: (source) => {
        const value = resolveScalar(source, dialect);
        return accepts(value) ? value : NOT_RESOLVED;
      },
    });
  return new Schema([
    strTag,
    seqTag,
    {
      ...mapTag,
      addPair: (map, key, value) =>
        key === null
          ? "a key is null"
          : firstOfKeys && Object.hasOwn(map as object, String(key))
            ? ""
            : mapTag.addPair(map as Record<string, unknown>, key, value),
    },
    mergeTag,
    defineScalarTag(`${prefix}plain`, {
      implicit: true,
      identify: () => false,
      resolve: (source) => resolveScalar(source, dialect),
    }),
    scalar("null", (value) => value === null),
    scalar("bool", (value) => typeof value === "boolean"),
    scalar("int", (value) => typeof value === "number" && Number.isInteger(value)),
    scalar("float", (value) => typeof value === "number"),
    scalar("timestamp", (value) => typeof value === "string"),
    defineScalarTag(`${prefix}binary`, {
      identify: () => false,
      resolve: (source) => Buffer.from(source, "base64").toString(),
    }),
  ]);
}

const schemas: Readonly<Record<Dialect, Schema>> = { v2: schemaOf("v2"), v3: schemaOf("v3") };
const firstWins = schemaOf("v3", true);
