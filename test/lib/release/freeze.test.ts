import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toSecond } from "../../../lib/sandbox/expiry.ts";
import { type Freeze, frozen, parseFreeze, printFreeze } from "../../../lib/release/freeze.ts";
import { testFleet } from "../../support/fleet.ts";

const freeze: Freeze = {
  bundles: ["platform"],
  reason: "testing 1.5.0",
  by: "ann@example.com",
  since: "2026-11-21T09:00:00Z",
  until: "2026-11-23T09:00:00Z",
};
const at = (time: string) => new Date(time);

describe("a freeze", () => {
  it("stops changes of its bundles, of no others, and only until its time is over", () => {
    expect(frozen(freeze, "platform", at("2026-11-23T08:59:59Z"))?.message).toBe(
      "the platform is frozen until 2026-11-23T09:00:00Z, by ann@example.com: testing 1.5.0",
    );
    expect(frozen(freeze, "platform", at("2026-11-23T09:00:00Z"))).toBeUndefined();
    expect(frozen(freeze, "edge", at("2026-11-22T09:00:00Z"))).toBeUndefined();
    expect(frozen(undefined, "platform", at("2026-11-22T09:00:00Z"))).toBeUndefined();
  });

  it("is read as it was written, whatever the reason says", () => {
    const text = fc.string({ unit: "binary", minLength: 1 }).filter((value) => value.trim() !== "");
    const time = fc
      .date({ min: at("2000-01-01"), max: at("2100-01-01"), noInvalidDate: true })
      .map((date) => toSecond(date));
    fc.assert(
      fc.property(
        fc.record({
          bundles: fc.array(fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/), { minLength: 1 }),
          reason: text,
          by: text,
          since: time,
          until: time,
        }),
        (given) => {
          expect(parseFreeze(printFreeze(given))).toEqual({ freeze: given });
        },
      ),
      { numRuns: 1000 },
    );
  });

  it("says all that is wrong with its file", () => {
    expect(parseFreeze("bundels: [platform]\nreason: ''\nsince: now\nuntil: 2026-11-23T09:00:00Z\n")).toEqual(
      {
        problems: [
          {
            where: "clusters/freeze.yaml",
            message: "'bundels' is not part of a freeze; did you mean 'bundles'?",
          },
          {
            where: "clusters/freeze.yaml",
            message: "'bundles' is a list of the bundles that may not change",
          },
          { where: "clusters/freeze.yaml", message: "'reason' is missing" },
          { where: "clusters/freeze.yaml", message: "'by' is missing" },
          { where: "clusters/freeze.yaml", message: "'since' is a time such as 2026-11-24T09:00:00Z" },
        ],
      },
    );
    expect(parseFreeze("a: [")).toMatchObject({ problems: [{ where: "clusters/freeze.yaml:1" }] });
    expect(parseFreeze("")).toMatchObject({
      problems: [{ message: expect.stringContaining("mapping") as string }],
    });
  });
});

describe("sluice release freeze and thaw", () => {
  it("commit the freeze and its end on the current branch, and touch nothing else", async () => {
    const fleet = await testFleet();
    const before = fleet.git("rev-parse", "HEAD^{tree}");
    fleet.write({ "clusters/development/versions.yaml": 'kubernetes: "1.34"\n' }); // an edit of its own
    const { code, stdout, stderr } = await fleet.sluice(
      ...["release", "freeze", "--until", "2d", "--reason", 'testing "1.5.0": again', "--json"],
    );
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      bundles: ["platform"],
      by: "test@example.com",
      branch: "main",
      commit: fleet.git("rev-parse", "HEAD"),
    });
    expect(fleet.git("show", "--format=%B", "--name-status", "HEAD")).toMatch(
      /^Freeze the platform until \S+\n\ntesting "1\.5\.0": again\n\nFrozen-by: test@example\.com\n+A\tclusters\/freeze\.yaml$/,
    );
    expect(fleet.git("status", "--porcelain")).toBe(" M clusters/development/versions.yaml");
    expect((await fleet.sluice("synth", "--check", "--cluster", "production")).code).toBe(0);

    const thaw = await fleet.sluice("release", "thaw");
    expect(thaw.code, thaw.stderr).toBe(0);
    expect(fleet.git("rev-parse", "HEAD^{tree}")).toBe(before);
    expect(fleet.git("status", "--porcelain")).toBe(" M clusters/development/versions.yaml");
    const again = await fleet.sluice("release", "thaw");
    expect(again.code).toBe(1);
    expect(again.stderr).toContain("nothing is frozen");
  });

  it("can go through a review: on a branch of its own, which is not checked out", async () => {
    const fleet = await testFleet();
    const main = fleet.git("rev-parse", "main");
    const done = await fleet.sluice(
      ...["release", "freeze", "--until", "1d", "--reason", "r", "--branch", "freeze"],
    );
    expect(done.code, done.stderr).toBe(0);
    expect(fleet.git("rev-parse", "main")).toBe(main);
    expect(fleet.git("status", "--porcelain", "--branch")).toBe("## main");
    expect(fleet.git("diff", "--name-status", "main", "freeze")).toBe("A\tclusters/freeze.yaml");
  });

  it("change nothing in a dry run, nor where anything is wrong", async () => {
    const fleet = await testFleet();
    const before = fleet.state();
    const freezing = (...args: string[]) => fleet.sluice("release", "freeze", ...args);
    const dry = await freezing("--until", "2d", "--reason", "r", "--dry-run");
    expect(dry.code, dry.stderr).toBe(0);
    expect(dry.stdout).toContain("nothing was changed");
    for (const [args, message] of [
      [["platfrom", "--until", "2d", "--reason", "r"], "did you mean 'platform'"],
      [["--until", "soon", "--reason", "r"], "'soon' is neither a duration"],
      [["--until", "2020-01-01", "--reason", "r"], "is in the past"],
      [["--until", "2d", "--reason", " "], "says nothing"],
      [["--until", "2d", "--reason", "r", "--branch", "main"], "the branch 'main' exists"],
      [["--until", "2d", "--reason", "r", "--branch", "a..b"], "no name that git accepts"],
    ] as const) {
      const { code, stderr } = await freezing(...args);
      expect(code, message).toBe(1);
      expect(stderr).toContain(message);
    }
    expect((await freezing("--reason", "r")).code).toBe(2);
    expect(fleet.state()).toBe(before);
    fleet.write({ "clusters/freeze.yaml": "mine\n" });
    const inTheWay = await freezing("--until", "2d", "--reason", "r");
    expect(inTheWay.code).toBe(1);
    expect(inTheWay.stderr).toContain("nothing was changed");
    fleet.write({ "clusters/freeze.yaml": undefined });
    fleet.git("switch", "--quiet", "--detach");
    expect((await freezing("--until", "2d", "--reason", "r")).stderr).toContain("no branch is checked out");
    fleet.git("switch", "--quiet", "main");
    expect(fleet.state()).toBe(before);
  });

  it("end a freeze that nobody can read", async () => {
    const fleet = await testFleet();
    fleet.write({ "clusters/freeze.yaml": "bundles: [" });
    fleet.commit();
    const { code, stderr } = await fleet.sluice("release", "thaw");
    expect(code, stderr).toBe(0);
    expect(fleet.git("ls-files", "clusters/freeze.yaml")).toBe("");
  });
});
