import Ajv from "ajv";
import { readFileSync } from "node:fs";
import { load } from "js-yaml";
import { describe, expect, it } from "vitest";
import { parseVersions } from "../../../lib/fleet/versions.ts";

const parse = (text: string) => parseVersions(text, "versions.yaml", ["platform", "shop"]);
const told = (text: string) => {
  const parsed = parse(text);
  return "problems" in parsed ? parsed.problems.map(({ where, message }) => `${where}: ${message}`) : [];
};

describe("versions.yaml", () => {
  it("is read as written: 1.30 stays 1.30 without quotes", () => {
    const parsed = parse(
      "kubernetes: 1.30\nplatform:\n  semver: 1.10\nshop: { tag: 1.4.2 }\napps:\n  web:\n    image: 1.20\n    chart: ~1.2\n",
    );
    if ("problems" in parsed) throw new Error(JSON.stringify(parsed.problems));
    const { kubernetes, tracks, apps } = parsed.versions;
    expect(kubernetes).toBe("1.30");
    expect(tracks).toEqual({ platform: { semver: "1.10" }, shop: { tag: "1.4.2" } });
    expect(apps.get("web")).toEqual({ image: "1.20", chart: "~1.2", line: 6 });
  });

  it("has the parts of an app below it", () => {
    const parsed = parse(
      'kubernetes: "1.35"\napps:\n  shop:\n    database: { chart: 1.0.0 }\n    api: { chart: 2.0.0, image: a }\n  team: { branch: main }\n',
    );
    if ("problems" in parsed) throw new Error(JSON.stringify(parsed.problems));
    expect([...parsed.versions.apps.keys()]).toEqual(["shop/database", "shop/api", "team"]);
    expect(parsed.versions.apps.get("team")).toMatchObject({ track: { branch: "main" } });
  });

  it("is refused with every mistake, each at its line", () => {
    expect(
      told(
        "kubernetes: 2\nplatform: { tga: 1 }\napps:\n  web:\n    chart: x.y\n    color: red\n    image: a b\n",
      ),
    ).toEqual([
      "versions.yaml:1: '2' is no version of Kubernetes, such as 1.35 or 1.35.4",
      "versions.yaml:2: 'tga' is nothing that 'platform' can track; did you mean 'tag'?",
      expect.stringMatching(/^versions\.yaml:5: 'x\.y' of app 'web' is neither a version nor a range/),
      "versions.yaml:6: 'color' is no version of app 'web'; known: chart, image, branch, semver, tag, digest",
      "versions.yaml:7: 'a b' of app 'web' is no tag of an image",
    ]);
  });

  it.each([
    ["", "versions.yaml: the version of Kubernetes is missing"],
    ["- a\n", "versions.yaml:1: versions.yaml is a mapping"],
    ["kubernetes: 1.35\nplatform: main\n", "versions.yaml:2: what 'platform' tracks is a mapping"],
    ["kubernetes: 1.35\napps: web\n", "versions.yaml:2: apps is a mapping"],
    ["kubernetes: 1.35\napps:\n  web: 1.0.0\n", "versions.yaml:3: app 'web' is a mapping"],
    ["kubernetes: 1.35\napps:\n  web:\n    image:\n", "versions.yaml:4: 'image' of app 'web' has no value"],
  ])("%j is refused", (text, message) => {
    expect(told(text)).toContain(message);
  });

  it("that is accepted is valid by the schema that editors use, and what the schema refuses is refused", () => {
    const schema = JSON.parse(
      readFileSync(new URL("../../../schemas/versions.schema.json", import.meta.url), "utf8"),
    ) as object;
    const validate = new Ajv.Ajv({ strict: false }).compile(schema);
    for (const text of [
      'kubernetes: "1.35"\nplatform: { tag: 1.0.0 }\napps: { web: { chart: 1.x, image: a, part: { image: b } } }\n',
      'kubernetes: "1.35"\n',
    ]) {
      expect(told(text)).toEqual([]);
      expect(validate(load(text)), text).toBe(true);
    }
    for (const text of [
      "platform: { tag: 1.0.0 }\n",
      'kubernetes: "1.35"\nplatform: { tag: latest }\n',
      'kubernetes: "1.35"\nplatform: { branch: a, tag: 1.0.0 }\n',
      'kubernetes: "1.35"\napps: { web: { chart: [] } }\n',
    ]) {
      expect(told(text), text).not.toEqual([]);
      expect(validate(load(text)), text).toBe(false);
    }
  });
});
