import { stripVTControlCharacters } from "node:util";
import { expect, it } from "vitest";
import { changeLine } from "../../cli/change-line.ts";

const line = (before: unknown, after: unknown) =>
  stripVTControlCharacters(changeLine({ path: "spec.a", before, after }));

it("a field that differs is one line", () => {
  expect(line(1, 3)).toBe("spec.a: 1 → 3");
  expect(line(undefined, { b: "c" })).toBe('spec.a: (none) → {"b":"c"}');
});

it("of long values it shows where they differ", () => {
  const text = (middle: string) => `${"x".repeat(80)}${middle}${"y".repeat(80)}`;
  const shown = line(text("one"), text("two"));
  expect(shown).toBe(
    `spec.a: …${"x".repeat(20)}one${"y".repeat(35)}… → …${"x".repeat(20)}two${"y".repeat(35)}…`,
  );
  expect(line("a".repeat(70), "b".repeat(70))).toBe(`spec.a: ${"a".repeat(59)}… → ${"b".repeat(59)}…`);
});
