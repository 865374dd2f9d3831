import { type Document, type ParsedNode, parseDocument } from "yaml";
import type { Problem } from "./user-error.ts";

/** What is broken in a file of YAML, each with its line. */
export function brokenYaml({ errors }: Pick<Document<ParsedNode>, "errors">, file: string): Problem[] {
  return errors.map(({ linePos, message }) => ({
    where: `${file}:${linePos?.[0].line ?? 1}`,
    message: `broken YAML: ${message.split("\n")[0]!.replace(/ at line.*/, "")}`,
  }));
}

/**
 * Reads a file that is one mapping, all of whose scalars count as they are written.
 * @param wanted what it has to be, for who wrote something else
 */
export function readMapping(
  text: string,
  file: string,
  wanted = "is a mapping",
): { given: Readonly<Record<string, unknown>> } | { problems: Problem[] } {
  const document = parseDocument(text, { version: "1.2", schema: "failsafe" });
  const problems = brokenYaml(document, file);
  if (problems.length > 0) return { problems };
  let data: unknown;
  try {
    data = document.toJS();
  } catch (error) {
    // An alias of nothing, or of too much.
    return { problems: [{ where: file, message: `broken YAML: ${(error as Error).message}` }] };
  }
  return typeof data !== "object" || data === null || Array.isArray(data)
    ? { problems: [{ where: file, message: wanted }] }
    : { given: data as Readonly<Record<string, unknown>> };
}
