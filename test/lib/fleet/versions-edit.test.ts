import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Track } from "../../../lib/fleet/tracks.ts";
import { parseVersions } from "../../../lib/fleet/versions.ts";
import { editVersions, type VersionsEdit } from "../../../lib/fleet/versions-edit.ts";

const read = (text: string) => {
  const parsed = parseVersions(text, "versions.yaml", ["platform", "shop"]);
  if ("problems" in parsed) throw new Error(`${text}\n${JSON.stringify(parsed.problems)}`);
  return parsed.versions;
};

const file = `# what production runs
kubernetes: "1.34" # until June
platform: # see the release notes
  tag: 1.0.0 # signed
apps:
  # by image automation
  podinfo:
    chart: 6.14.0
    image: 6.14.0 # {"$imagepolicy": "apps:podinfo:tag"}
`;

describe("a versions.yaml that is edited", () => {
  it("changes only the value, whatever stands around it", () => {
    expect(editVersions(file, { bundle: "platform", track: { tag: "1.1.0" } })).toBe(
      file.replace("tag: 1.0.0", "tag: 1.1.0"),
    );
    expect(editVersions(file, { kubernetes: "1.35" })).toBe(file.replace('"1.34"', '"1.35"'));
    expect(editVersions(file, { app: "podinfo", field: "image", version: "6.15.0" })).toBe(
      file.replace("image: 6.14.0", "image: 6.15.0"),
    );
  });

  it("gets a track of another kind in the same place, and a digest beside its tag", () => {
    const digest = `sha256:${"a".repeat(64)}`;
    const range = editVersions(file, { bundle: "platform", track: { semver: "1.x" } });
    expect(range).toBe(file.replace("tag: 1.0.0", "semver: 1.x"));
    const pinned = editVersions(file, { bundle: "platform", track: { tag: "1.1.0", digest } });
    expect(pinned).toBe(file.replace("tag: 1.0.0 # signed", `tag: 1.1.0 # signed\n  digest: ${digest}`));
    expect(editVersions(pinned, { bundle: "platform", track: { tag: "1.0.0" } })).toBe(file);
  });

  it("gets a track that the environment type gave so far", () => {
    const text = 'kubernetes: "1.35"\napps:\n  web:\n    image: a\n';
    expect(editVersions(text, { bundle: "platform", track: { tag: "1.0.0" } })).toBe(
      'kubernetes: "1.35"\nplatform:\n  tag: 1.0.0\napps:\n  web:\n    image: a\n',
    );
  });

  it("says what is not there to be changed", () => {
    expect(() => editVersions(file, { app: "web", field: "chart", version: "1.0.0" })).toThrow(
      "apps.web.chart",
    );
  });

  it("reads back as what was asked for, and the rest as it was", () => {
    const digest = fc.constantFrom("a", "b").map((digit) => `sha256:${digit.repeat(64)}`);
    const version = fc.tuple(fc.nat(9), fc.nat(9), fc.nat(9)).map((parts) => parts.join("."));
    const track: fc.Arbitrary<Track> = fc.oneof(
      version.map((tag) => ({ tag })),
      fc.tuple(version, digest).map(([tag, of]) => ({ tag, digest: of })),
      fc.constantFrom("1.x", "~1.4", ">=1.2 <2", "^1.0.0", "*").map((semver) => ({ semver })),
      fc.constantFrom("main", "release/1").map((branch) => ({ branch })),
      digest.map((of) => ({ digest: of })),
    );
    const edit: fc.Arbitrary<VersionsEdit> = fc.oneof(
      track.map((of) => ({ bundle: "platform", track: of })),
      track.map((of) => ({ app: "team", track: of })),
      version.map((of) => ({ app: "podinfo", field: "image" as const, version: of })),
      fc.integer({ min: 20, max: 40 }).map((minor) => ({ kubernetes: `1.${minor}` })),
    );
    const layouts = [
      `${file}  team: { tag: 1.0.0 } # theirs\n`,
      'kubernetes: 1.30\nplatform: {semver: "1.x"}\nshop: { tag: 1.0.0 }\napps: {podinfo: {image: "a", chart: 1.0.0}, team: {branch: main}}',
      "apps:\n    team:\n        branch: main\n    podinfo:\n        image: x\nkubernetes: '1.30'\n",
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...layouts),
        fc.array(edit, { minLength: 1, maxLength: 6 }),
        (text, edits) => {
          let now = text;
          for (const each of edits) {
            const before = read(now);
            now = editVersions(now, each);
            const after = read(now);
            if ("kubernetes" in each) expect(after.kubernetes).toBe(each.kubernetes);
            else if ("bundle" in each) expect(after.tracks["platform"]).toEqual(each.track);
            else if ("track" in each) expect(after.apps.get("team")?.track).toEqual(each.track);
            else expect(after.apps.get("podinfo")?.image).toBe(each.version);
            expect(after.tracks["shop"]).toEqual(before.tracks["shop"]);
            expect(after.apps.get("podinfo")?.chart).toBe(before.apps.get("podinfo")?.chart);
          }
          expect((now.match(/#[^\n]*/g) ?? []).join("\n")).toBe((text.match(/#[^\n]*/g) ?? []).join("\n"));
        },
      ),
      { numRuns: 500 },
    );
  });
});
