import { readFileSync } from "node:fs";
import { describe, expect, it, test } from "vitest";
import {
  HELM_CHART_LAYER,
  best,
  compareVersions,
  formatVersion,
  parseRange,
  parseStrictVersion,
  parseVersion,
  satisfies,
  type Version,
} from "../../../lib/fleet/semver.ts";

describe("a version", () => {
  it("has three numbers, a prerelease and metadata", () => {
    expect(parseVersion("v1.20.3-rc.1+build.7")).toEqual({
      major: 1,
      minor: 20,
      patch: 3,
      prerelease: "rc.1",
      metadata: "build.7",
      original: "v1.20.3-rc.1+build.7",
    });
  });

  it.each([
    ["1", "1.0.0"],
    ["v1.2", "1.2.0"],
    ["1.2-rc.1", "1.2.0-rc.1"],
    ["2026.01.02", "2026.1.2"],
  ])("may be written leniently: %s is %s, but not strictly", (text, full) => {
    expect(formatVersion(version(text))).toBe(full);
    expect(parseStrictVersion(text)).toBeUndefined();
  });

  it.each([
    "",
    "v",
    "V1.2.3",
    "latest",
    "1.2.3.4",
    "1.2.x",
    " 1.2.3",
    "1.2.3\n",
    "1.2.3-",
    "1.2.3-01",
    "1.2.3_b",
  ])("is not %j", (text) => {
    expect(parseVersion(text)).toBeUndefined();
    expect(parseStrictVersion(text)).toBeUndefined();
  });

  it("is compared as semver.org says, whatever its metadata", () => {
    const ascending =
      "1.0.0-1 1.0.0-2 1.0.0-10 1.0.0-alpha 1.0.0-alpha.1 1.0.0-beta 1.0.0 1.0.1 1.2.0 1.10.0 2.0.0";
    const shuffled = ascending.split(" ").reverse().map(version);
    expect(shuffled.sort(compareVersions).map(formatVersion).join(" ")).toBe(ascending);
    expect(compareVersions(version("1.2.3+a"), version("v1.2.3+b"))).toBe(0);
  });

  it("may have numbers beyond 2^53, up to 2^64-1, and keeps every digit of them", () => {
    const [older, newer] = [version("v1.020240131235959123.0"), version("1.20240131235959124.0")];
    expect(older.minor).toBe(newer.minor);
    expect(compareVersions(older, newer)).toBeLessThan(0);
    expect(formatVersion(older)).toBe("1.20240131235959123.0");
    expect(satisfies(newer, parseRange("~1.20240131235959123"))).toBe(false);
    expect(parseVersion("18446744073709551615.0.0")).toBeDefined();
    expect(parseVersion("18446744073709551616.0.0")).toBeUndefined();
  });
});

describe("a range", () => {
  it.each([
    // range, versions in it, versions not in it
    ["1.2.3", "1.2.3 v1.2.3 1.2.3+b", "1.2.4 1.2.3-rc.1"],
    ["1.2", "1.2.0 1.2.9", "1.1.9 1.3.0"],
    ["1.x", "1.0.0 1.9.0", "0.9.0 2.0.0"],
    ["*", "0.0.0 9.9.9", "1.0.0-rc.1"],
    ["!=1.2.x", "1.1.0 1.3.0", "1.2.0 1.2.9"],
    [">1.2", "1.3.0 2.0.0", "1.2.0 1.2.9"],
    ["<=1.2", "1.2.0 1.2.9 0.1.0", "1.3.0"],
    ["=> 1.2, =< 1.3", "1.2.0 1.3.9", "1.4.0"],
    ["1.2 - 1.4", "1.2.0 1.4.9", "1.1.9 1.5.0"],
    ["~1.2.3", "1.2.3 1.2.9", "1.2.2 1.3.0"],
    ["~>1", "1.0.0 1.9.0", "2.0.0"],
    ["^1.2.3", "1.2.3 1.9.0", "1.2.2 2.0.0"],
    ["^0.2.3", "0.2.3 0.2.9", "0.3.0"],
    ["^0.0.3", "0.0.3", "0.0.4"],
    ["^0.0", "0.0.0 0.0.9", "0.1.0"],
    [">=1.0 <2 !=1.5.0", "1.0.0 1.6.0", "1.5.0 2.0.0"],
    [">=1.0,<2 || 3.x", "1.0.0 3.1.0", "2.0.0 4.0.0"],
  ])("%s holds some versions and not others", (text, inside, outside) => {
    expect(among(text, `${inside} ${outside}`)).toBe(inside);
  });

  it.each([
    ["1.x", ""],
    ["1.x-0", "1.0.0-rc.1 1.5.0-rc.1"],
    [">=1.0.0-0", "1.0.0-rc.1 1.5.0-rc.1 2.0.0-rc.1"],
    [">=1.0.0 <2.0.0-0", "1.5.0-rc.1"],
    ["^1.0.0 || ~2.0-0", "2.0.0-rc.1"],
  ])("%s takes prereleases only if the alternative names one: %j", (text, inside) => {
    expect(among(text, "1.0.0-rc.1 1.5.0-rc.1 2.0.0-rc.1")).toBe(inside);
  });

  it.each([
    ["^*", "0.0.0"],
    ["<=*", "0.0.0 0.0.1"],
    [">*", "0.0.1 0.1.0 1.0.0"],
    ["~0.0.0", "0.0.0 0.0.1 0.1.0 1.0.0"],
  ])("has the library's oddities: %s is %j", (text, inside) => {
    expect(among(text, "0.0.0 0.0.1 0.1.0 1.0.0")).toBe(inside);
  });

  it.each([
    ["", 'Not a version range: "": an alternative is empty (any version is "*")'],
    ["latest", 'Not a version range: "latest": cannot read "latest"'],
    [">=1.0 foo", 'Not a version range: ">=1.0 foo": cannot read "foo" in ">=1.0 foo"'],
    ["1.2.3.4", 'Not a version range: "1.2.3.4": cannot read ".4" in "1.2.3.4"'],
    ["1.x-01", 'Not a version range: "1.x-01": "1.x-01" is not a version, with or without wildcards'],
    [
      "1.x || v || 2.xx || ",
      'Not a version range: "1.x || v || 2.xx || ": cannot read "v"; ' +
        '"2.xx" is not a version, with or without wildcards; an alternative is empty (any version is "*")',
    ],
    [
      `>=1 ${"<2 ".repeat(200)}`,
      `Not a version range: ">=1 ${"<2 ".repeat(17)}<2...": it has 604 characters, of at most 512`,
    ],
    [
      "1||".repeat(32) + "1",
      `Not a version range: "${"1||".repeat(19)}...": it has 33 alternatives, of at most 32`,
    ],
  ])("that is malformed (%j) is refused with what is wrong", (text, message) => {
    expect(() => parseRange(text)).toThrow(new Error(message));
  });
});

describe("the tag that Flux takes", () => {
  it.each([
    ["is the newest in the range", "1.x", "1.9.0 1.10.0 2.0.0 1.11.0-rc.1", "1.10.0"],
    ["may be a prerelease if the range says so", "1.x-0", "1.10.0 1.11.0-rc.1", "1.11.0-rc.1"],
    ["is as it was pushed", "1.x", "v1.2.0", "v1.2.0"],
    ["has two dots: others are passed over", "*", "latest main 3 2.0 1.0.0", "1.0.0"],
    ["may have its second dot in the prerelease", "*-0", "1.0.0 2.0-rc.1", "2.0-rc.1"],
    ["is the first of equally new ones", "1.x", "1.0.0 v1.2.0 1.2.0", "v1.2.0"],
    ["has no underscore", "1.x", "1.2.0 1.3.0_b1", "1.2.0"],
    ["is missing if none is in the range", "1.x", "0.1.0 latest", undefined],
  ])("%s: %s of %s", (_, range, tags, expected) => {
    expect(best(parseRange(range), tags.split(" "))).toBe(expected);
  });

  it("of a Helm chart may have an underscore, for the plus of its version", () => {
    expect(best(parseRange("1.x"), ["1.2.0", "1.3.0_b1", "1.3.0_b2"], HELM_CHART_LAYER)).toBe("1.3.0_b1");
  });
});

// What the Go library itself said; how to make it again is in golden/semver/main.go.
describe("as the Go library", () => {
  const golden = JSON.parse(readFileSync(new URL("golden/semver.json", import.meta.url), "utf8")) as Golden;
  const versions = golden.versions.map(version);

  test("reads versions", () => {
    const ours = golden.texts.map(({ text }) => {
      const parsed = parseVersion(text);
      return {
        text,
        full: parsed ? formatVersion(parsed) : null,
        strict: parseStrictVersion(text) !== undefined,
      };
    });
    expect(ours).toEqual(golden.texts);
    expect(ours.length).toBeGreaterThan(700);
  });

  test("orders versions", () => {
    const ours = versions.map((a) =>
      versions.map((b) => "<=>"[Math.sign(compareVersions(a, b)) + 1]).join(""),
    );
    expect(ours).toEqual(golden.order);
    expect(ours.length).toBeGreaterThan(100);
  });

  test("reads ranges, and puts the same versions into them", () => {
    const ours = golden.ranges.map(({ text }) => ({ text, in: matches(text, versions) }));
    expect(ours).toEqual(golden.ranges);
    expect(ours.length).toBeGreaterThan(1500);
  });

  test("takes the same tag", () => {
    const ours = golden.best.map(({ range, chart, tags }) => ({
      range,
      chart,
      tags,
      best: best(parseRange(range), tags, chart ? HELM_CHART_LAYER : undefined) ?? null,
    }));
    expect(ours).toEqual(golden.best);
    expect(ours.length).toBeGreaterThan(250);
  });
});

interface Golden {
  readonly versions: readonly string[];
  readonly texts: readonly { text: string; full: string | null; strict: boolean }[];
  readonly order: readonly string[];
  readonly ranges: readonly { text: string; in: string | null }[];
  readonly best: readonly { range: string; chart: boolean; tags: readonly string[]; best: string | null }[];
}

function version(text: string): Version {
  const parsed = parseVersion(text);
  if (parsed === undefined) throw new Error(`${text} is not a version`);
  return parsed;
}

/** Those of the versions that are in the range, all of them separated by spaces. */
function among(range: string, versions: string): string {
  const parsed = parseRange(range);
  return versions
    .split(" ")
    .filter((text) => satisfies(version(text), parsed))
    .join(" ");
}

/** A character for each version, 1 if it is in the range; null if the range is malformed. */
function matches(text: string, versions: readonly Version[]): string | null {
  let range;
  try {
    range = parseRange(text);
  } catch {
    return null;
  }
  return versions.map((each) => (satisfies(each, range) ? "1" : "0")).join("");
}
