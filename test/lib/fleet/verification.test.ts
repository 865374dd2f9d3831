import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Match, patternOf, verificationProblems } from "../../../lib/fleet/verification.ts";

const problems = (subject: Match, issuer: Match = "https://ci.example.com") =>
  verificationProblems({ identity: { issuer, subject } }).map(({ message }) => message);

describe("whose signature a release needs", () => {
  it("is equal to a text, whatever is in it", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme-ascii" }),
        fc.string({ unit: "grapheme-ascii" }),
        (text, other) => {
          const pattern = new RegExp(patternOf(text));
          expect(pattern.test(text)).toBe(true);
          expect(pattern.test(other)).toBe(other === text);
          expect(pattern.test(`${text}x`)).toBe(false);
          expect(pattern.test(`x${text}`)).toBe(false);
        },
      ),
    );
  });

  it("matches a pattern whole", () => {
    const pattern = new RegExp(patternOf(/a|b@refs\/tags\/.+/));
    expect(
      ["a", "b@refs/tags/1", "xa", "ax", "b@refs/tags/", "xb@refs/tags/1"].map((text) => pattern.test(text)),
    ).toEqual([true, true, false, false, false, false]);
    expect(patternOf(/a/i)).toBe("(?i)^(?:a)$");
  });

  it("is refused where Flux would read it otherwise, or where it is anybody's", () => {
    expect(problems("https://github.com/a")).toEqual([]);
    expect(problems(/a\.b\\1/)).toEqual([]);
    expect(problems(/(?=a)b/)).toEqual([expect.stringContaining("'(?='")]);
    expect(problems(/(?<!a)b/)).toEqual([expect.stringContaining("'(?<!'")]);
    expect(problems(/(a)\1/)).toEqual([expect.stringContaining("'\\1'")]);
    expect(problems(/a/g)).toEqual([expect.stringContaining("flags 'g'")]);
    expect(problems(/.*/)).toEqual([expect.stringContaining("anybody")]);
    expect(problems("", "")).toHaveLength(2);
    expect(verificationProblems({ secret: "keys" })).toEqual([]);
    expect(verificationProblems(undefined)).toEqual([]);
  });
});
