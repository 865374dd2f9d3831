import { describe, expect, it } from "vitest";
import { runRules } from "../../../lib/check/engine.ts";
import type { Rule } from "../../../lib/check/rule.ts";
import type { CheckSettings } from "../../../lib/fleet/check-settings.ts";
import { clustersOf, object } from "./rules/rule-cases.ts";

const fleet = {
  clusters: clustersOf(
    Object.fromEntries(
      ["east", "west"].map((name) => [
        `clusters/${name}/all.yaml`,
        object("v1", "ConfigMap", "settings", `data: { host: ${name}.example.com }`),
      ]),
    ),
  ),
};
/** Tells every object. */
const strict: Rule = {
  name: "strict",
  description: "nothing is there",
  severity: "error",
  check: ({ clusters }) =>
    clusters.flatMap(({ name, objects }) =>
      objects.map((each) => ({ cluster: name, object: each, message: `is there, on ${name}` })),
    ),
};
const run = (settings: CheckSettings = {}, only?: readonly string[]) =>
  runRules(fleet, [strict], { ...settings, today: "2026-06-15", only });
const exception = { rule: "strict", reason: "wanted", expires: "2026-06-15" };

describe("running rules", () => {
  it("tells the same problem on many clusters once", () => {
    const { findings } = run();
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ rule: "strict", severity: "error" });
    expect(findings[0]!.on.map(({ cluster }) => cluster)).toEqual(["east", "west"]);
  });

  it("tells only about the clusters that were asked for", () => {
    expect(run({}, ["west"]).findings[0]!.on.map(({ cluster }) => cluster)).toEqual(["west"]);
  });

  it("takes a rule's severity from the settings", () => {
    expect(run({ severity: { strict: "warning" } }).findings[0]!.severity).toBe("warning");
    expect(run({ severity: { strict: "off" } }).findings).toEqual([]);
  });
});

describe("exceptions", () => {
  it("count until their last day, that included", () => {
    expect(run({ exceptions: [exception] })).toMatchObject({ findings: [], excepted: 2, notices: [] });
  });

  it("are told when they have ended, and count no more", () => {
    const { findings, excepted, notices } = run({ exceptions: [{ ...exception, expires: "2026-06-14" }] });
    expect(findings).toHaveLength(1);
    expect(excepted).toBe(0);
    expect(notices).toMatchObject([
      { message: expect.stringContaining("(wanted) ended on 2026-06-14") as string },
    ]);
  });

  it("may be for one cluster, or for objects by their name", () => {
    const names = (settings: object) =>
      run({ exceptions: [{ ...exception, ...settings }] }).findings.flatMap(({ on }) =>
        on.map(({ cluster }) => cluster),
      );
    expect(names({ cluster: "east" })).toEqual(["west"]);
    expect(names({ object: "ConfigMap apps/set*" })).toEqual([]);
    expect(names({ object: "ConfigMap apps/set" })).toEqual(["east", "west"]);
    expect(names({ object: "ConfigMap apps.settings" })).toEqual(["east", "west"]);
  });

  it("that nothing needs are told", () => {
    const { notices } = run({ exceptions: [exception, { ...exception, object: "Secret *" }] });
    expect(notices.map(({ message }) => message)).toEqual([
      "the exception from 'strict' for Secret * on every cluster is for nothing any more",
    ]);
    expect(run({ exceptions: [{ ...exception, cluster: "south" }] }, ["east"]).notices).toEqual([]);
  });
});

describe("wrong settings", () => {
  const problems = (settings: object) => {
    try {
      run(settings);
    } catch (error) {
      return (error as { problems: { message: string }[] }).problems.map(({ message }) => message);
    }
    return [];
  };

  it.each([
    ["a rule that there is not", { severity: { strct: "off" } }, "no rule 'strct'; did you mean 'strict'?"],
    ["an exception from one", { exceptions: [{ ...exception, rule: "probs" }] }, "no rule 'probs'"],
    ["a severity that is none", { severity: { strict: "fatal" } }, "'fatal' is none of error, warning, off"],
    ["no reason", { exceptions: [{ ...exception, reason: " " }] }, "gives no reason"],
    [
      "a reason that is missing",
      { exceptions: [{ rule: "strict", expires: "2026-06-15" }] },
      "gives no reason",
    ],
    [
      "a day that there is not",
      { exceptions: [{ ...exception, expires: "2026-02-30" }] },
      "'2026-02-30', which is no day",
    ],
    ["no expiry", { exceptions: [{ rule: "strict", reason: "x" }] }, "which is no day"],
  ])("%s", (_, settings, message) => {
    expect(problems(settings)).toEqual([expect.stringContaining(message) as string]);
  });

  it("are told together", () => {
    expect(problems({ severity: { a: "off" }, exceptions: [{ ...exception, reason: "" }] })).toHaveLength(2);
  });
});
