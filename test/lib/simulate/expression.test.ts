import { expect, test } from "vitest";
import { evaluate, expressionProblem, isUnread } from "../../../lib/simulate/expression.ts";

const status = {
  conditions: [{ type: "Ready", status: "True" }],
  phase: "DONE",
  token: "YQ==",
  sizes: [1, 2],
};

test.each([
  "status.conditions.exists(each, each.type == 'Ready' && each.status == 'True')",
  "status.phase.lowerAscii() == 'done'",
  "sets.contains(status.sizes, [2]) && !sets.intersects(status.sizes, [3])",
  "base64.decode(status.token) == b'a' && base64.encode(b'a') == status.token",
])("Flux understands %s", (text) => {
  expect(evaluate(text, { status })).toEqual({ value: true });
});

test("what is not there, what is no boolean and what cannot be read say why", () => {
  const why = (text: string) => (evaluate(text, { status }) as { error: string }).error;
  expect(why("status.other == 1")).toMatch(/^(?!status).*other/);
  expect(why("status.phase")).toBe("'status.phase' is no boolean");
  expect(why("base64.decode('!') == b''")).toBe("the text is no base64");
  expect(expressionProblem("status.(")).toBeTypeOf("string");
  expect(expressionProblem("status.phase == 'x'")).toBeUndefined();
  // Flux reads optional values; nothing here does.
  expect(expressionProblem("status.?phase.orValue('x') == 'x'")).toBeUndefined();
});

test.each([
  ["status.?phase.orValue('x') == 'x'", true],
  ["status[?'phase'] == optional.none()", true],
  ["{?'a': status.?phase}.size() == 0", true],
  ["optional.of(status.phase).hasValue()", true],
  ["status.phase.matches('^D.?NE$')", false],
  ["spec.optional.enabled == true", false],
  ['status.message == "it\'s .?"', false],
])("%s has optional values: %s", (text, expected) => {
  expect(isUnread(text)).toBe(expected);
});
