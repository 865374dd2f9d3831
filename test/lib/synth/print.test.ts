import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { load, YAML11_SCHEMA } from "js-yaml";
import { parse } from "yaml";
import { printYaml, Printer } from "../../../lib/synth/print.ts";

describe("printed YAML", () => {
  it("is read as the same by readers of YAML 1.1 and 1.2", () => {
    const odd = fc.constantFrom(
      "y",
      "n",
      "no",
      "on",
      "~",
      "null",
      "0123",
      "0o17",
      "1e3",
      "1_000",
      "12:30:45",
      "2001-01-01",
      ".inf",
      "0x1f",
      "=",
      "<<",
      "- a",
      "a: b",
      "# c",
      " x ",
      "'",
      '"',
      "\t",
      "a\nb\n",
      "",
    );
    const text = fc.oneof(odd, fc.string(), fc.string({ unit: "grapheme" }));
    const json = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        text,
        fc.boolean(),
        fc.integer(),
        fc.double({ noNaN: true, noDefaultInfinity: true }).filter((n) => !Object.is(n, -0)),
        fc.array(tie("value")),
        fc.dictionary(text, tie("value")),
      ),
    })).value;
    fc.assert(
      fc.property(fc.dictionary(text, json), (object) => {
        const printed = printYaml(object);
        expect(parse(printed, { version: "1.2", schema: "core", maxAliasCount: 0 })).toEqual(object);
        expect(load(printed, { schema: YAML11_SCHEMA })).toEqual(object);
      }),
      { numRuns: 500 },
    );
  });

  it("leaves a placeholder unquoted, so that Flux makes a number of it", () => {
    expect(printYaml({ replicas: "${replicas}", level: "${log_level:=info}" })).toBe(
      "replicas: ${replicas}\nlevel: ${log_level:=info}\n",
    );
  });

  it("is made once for equal objects", () => {
    let made = 0;
    const printer = new Printer(() => ++made);
    const object = () => ({ apiVersion: "v1", kind: "ConfigMap" });
    expect(printer.print("a", object)).toBe(printer.print("a", object));
    printer.print("b", object);
    printer.print(undefined, object);
    expect(made).toBe(3);
  });
});
