import { load } from "js-yaml";
import { describe, expect, it } from "vitest";
import {
  boolean,
  defineVariables,
  number,
  retyped,
  text,
  valueProblems,
} from "../../../lib/fleet/variables.ts";

const variables = defineVariables({
  domain: text({ unique: true, description: "DNS zone" }),
  log_level: text({ default: "info", oneOf: ["debug", "info"] }),
  replicas: number({ default: 1 }),
  verbose: boolean({ default: false }),
  vpc: text({ from: "stack" }),
});
const problems = (given: Record<string, unknown>) =>
  valueProblems(variables, given).map(({ message }) => message);

describe("values from data", () => {
  it("are fine as declared, what has a default left out", () => {
    expect(problems({ domain: "a.example.com" })).toEqual([]);
    expect(problems({ domain: "a.example.com", log_level: "debug", replicas: 3, verbose: true })).toEqual([]);
  });

  it.each([
    [{}, "variable 'domain' is missing (DNS zone)"],
    [{ domain: 3 }, "variable 'domain' is 3, which is no text"],
    [{ domain: "a", replicas: "3" }, `variable 'replicas' is "3", which is no number`],
    [{ domain: "a", replicas: Number.NaN }, "variable 'replicas' is NaN, which YAML cannot hold"],
    [{ domain: "a", log_level: "trace" }, `variable 'log_level' is "trace", not one of debug, info`],
    [
      { domain: "a", toString: "x" },
      "'toString' is not a variable of the bundle; known: domain, log_level, replicas, verbose, vpc",
    ],
    [{ domain: "a", vpc: "x" }, "variable 'vpc' comes from the cluster's stack and cannot be given in git"],
    [{ domain: "" }, `variable 'domain' is "", and empty text becomes null or the variable's default`],
  ])("%j are refused", (given, message) => {
    expect(problems(given)).toEqual([message]);
  });

  it("are refused with all their mistakes at once", () => {
    expect(problems({ domian: "a", replicas: "3" })).toHaveLength(3);
  });
});

describe("text that YAML would read as something else", () => {
  const odd = [
    "true",
    "No",
    "y",
    "~",
    "null",
    "3",
    "0123",
    "1e3",
    "1.2",
    "0x1f",
    "1_000",
    ".5",
    ".inf",
    "2001-01-01",
    "# x",
    "a # b",
    "a: b",
    "a:",
    "- a",
    "[a]",
    "{a}",
    "&a",
    "*a",
    "!a",
    "|",
    ">",
    "'a'",
    '"a"',
    "%a",
    "@a",
    "`a",
    " a",
    "a ",
    "a\nb",
    "<<",
    "${x}",
    "",
  ];
  it.each(odd)("%j is refused", (value) => {
    expect(retyped(value)).toBeTypeOf("string");
  });

  const fine = [
    "a",
    "a.example.com",
    "https://a.example.com/b?c=d",
    "arn:aws:kms:eu-west-2:1:key/a-b",
    "Europe/London",
    "monday:friday",
    "09:00",
    "1.2.3",
    "v1",
    "a,b",
    "a-b_c",
    "truely",
    "7d",
    "50%",
    "/var/lib",
    "a b",
  ];
  it.each(fine)("%j is accepted, and stays the text it is", (value) => {
    expect(retyped(value)).toBeUndefined();
    expect(load(`a: ${value}`)).toEqual({ a: value });
  });
});

describe("a declaration", () => {
  it.each([["Domain"], ["1st"], ["cluster_name"], ["root"], ["with-dash"]])("of '%s' is refused", (name) => {
    expect(() => defineVariables({ [name]: text() })).toThrow(`variable '${name}'`);
  });
  it("whose default is not of its type, or would be retyped, is refused", () => {
    expect(() => defineVariables({ a: text({ default: "no" }) })).toThrow(
      "default of variable 'a' is \"no\", which YAML reads as a boolean",
    );
    expect(() => defineVariables({ a: text({ default: "b", oneOf: ["c"] }) })).toThrow("not one of c");
  });
});
