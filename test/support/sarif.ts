import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import Ajv from "ajv";

/** What the schema of SARIF 2.1.0 has against a log. */
export function sarifProblems(log: unknown): string[] {
  const folder = dirname(createRequire(import.meta.url).resolve("@microsoft/jest-sarif"));
  const text = readFileSync(join(folder, "schemas/sarif-2.1.0-rtm.5.json"), "utf8");
  // Of the old draft that it is written in, nothing but its own name is in the way.
  const { $schema: _, id: __, ...schema } = JSON.parse(text) as Record<string, unknown>;
  const ajv = new Ajv.Ajv({ strict: false, allErrors: true, validateFormats: false, unicodeRegExp: false });
  const validate = ajv.compile(schema);
  validate(log);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}
