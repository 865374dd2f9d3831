import { describe, expect, it } from "vitest";
import { parseExpiry } from "../../../lib/sandbox/expiry.ts";

const now = new Date("2026-03-01T10:00:00.999Z");

describe("when a sandbox expires", () => {
  it.each([
    ["12h", "2026-03-01T22:00:00Z"],
    ["3d", "2026-03-04T10:00:00Z"],
    ["2w", "2026-03-15T10:00:00Z"],
    ["2026-04-01", "2026-04-01T23:59:59Z"],
    ["2026-04-01T09:00:00+02:00", "2026-04-01T07:00:00Z"],
  ])("%s is %s", (text, expires) => {
    expect(parseExpiry(text, now)).toEqual({ expires });
  });

  it.each([
    ["3"],
    ["3 d"],
    ["0d"],
    ["tomorrow"],
    ["2026-02-30"],
    ["2026-13-01"],
    ["2025-01-01"],
    ["-3d"],
    [""],
  ])("'%s' is refused", (text) => {
    expect(parseExpiry(text, now)).toHaveProperty("problem");
  });
});
