import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  contractProblems,
  parseContract,
  printContract,
  type Contract,
} from "../../../lib/fleet/contract.ts";
import { defineEnvironmentType, sandboxType } from "../../../lib/fleet/environment-types.ts";
import { factsOf } from "../../../lib/fleet/facts.ts";
import { clusterNameLimit, clusterNameProblem, externalName } from "../../../lib/fleet/names.ts";
import { kind } from "../../../lib/fleet/providers.ts";
import { parseSandbox, printSandbox, type Sandbox } from "../../../lib/fleet/sandbox.ts";
import { trackProblem } from "../../../lib/fleet/tracks.ts";
import { number, retyped, text } from "../../../lib/fleet/variables.ts";

const production = defineEnvironmentType({
  name: "production",
  scaling: { nodes: { min: 3, max: 12 } },
  availability: { zones: 3, replicas: 3 },
  capacity: "on-demand",
  protected: true,
  alerting: { days: "monday:friday", start: "08:00", end: "18:00", timeZone: "Europe/London" },
});
const small = defineEnvironmentType({
  ...production,
  name: "small",
  scaling: { nodes: { min: 1, max: 2 } },
  availability: { zones: 1, replicas: 1 },
  capacity: "spot",
});

describe("an environment type", () => {
  it("is refused with hours or sizes that are none", () => {
    expect(() => defineEnvironmentType({ ...production, scaling: { nodes: { min: 3, max: 2 } } })).toThrow(
      "scaling.nodes wants 0 <= min <= max",
    );
    expect(() => defineEnvironmentType({ ...production, availability: { zones: 3, replicas: 0 } })).toThrow(
      "availability.replicas",
    );
    expect(() =>
      defineEnvironmentType({ ...production, alerting: { days: "monday", start: "8:00", end: "25:00" } }),
    ).toThrow("alerting: hour '8:00' is not HH:MM");
  });

  it("of a sandbox is unprotected and pages nobody; for performance it keeps its source's size", () => {
    expect(sandboxType(production, "performance", small)).toMatchObject({
      name: "sandbox",
      protected: false,
      alerting: "never",
      scaling: production.scaling,
      availability: production.availability,
      capacity: "on-demand",
    });
    expect(sandboxType(production, "platform", small)).toMatchObject({
      protected: false,
      scaling: small.scaling,
      availability: small.availability,
      capacity: "spot",
    });
    expect(sandboxType(production, "platform", undefined)).toMatchObject({ scaling: production.scaling });
  });
});

describe("the facts of a cluster", () => {
  it("tell when its alerts page", () => {
    const facts = (alerting: typeof production.alerting) =>
      factsOf({ name: "a", provider: kind(), type: { ...production, alerting } });
    expect(facts(production.alerting)).toMatchObject({
      cluster_alerting: "office-hours",
      cluster_alerting_start: "08:00",
      cluster_alerting_zone: "Europe/London",
    });
    expect(facts("always")).toMatchObject({ cluster_alerting: "always", cluster_alerting_zone: "UTC" });
    expect(facts("never")).toMatchObject({ cluster_alerting: "never" });
  });

  it("are text that YAML leaves as it is, the number apart", () => {
    for (const [name, value] of Object.entries(
      factsOf({ name: "eu-west-2", provider: kind(), type: production }),
    ))
      if (name !== "cluster_replicas") expect(retyped(value), name).toBeUndefined();
  });
});

describe("names", () => {
  it("of clusters are DNS labels that leave room for a purpose", () => {
    expect(clusterNameProblem("eu-west-2-development")).toBeUndefined();
    for (const name of ["", "A", "a_b", "-a", "a-", "a.b", "ä", "x".repeat(clusterNameLimit + 1)])
      expect(clusterNameProblem(name), name).toBeDefined();
    expect(externalName("x".repeat(clusterNameLimit), "p".repeat(22))).toHaveLength(63);
    expect(() => externalName("a", "p".repeat(23))).toThrow("no DNS label of at most 22");
  });
});

describe("tracks", () => {
  it.each([
    ["branch", "feature/x", undefined],
    ["branch", "a..b", "no name that git accepts"],
    ["branch", "-a", "no name that git accepts"],
    ["semver", "1.x", undefined],
    ["semver", ">= 1.2 < 2 || 3.x", undefined],
    ["semver", "latest", "no range of versions"],
    ["tag", "1.4.2", undefined],
    ["tag", "1.5.0-rc.1", undefined],
    ["tag", "1.4", "no version"],
    ["digest", `sha256:${"a".repeat(64)}`, undefined],
    ["digest", "sha256:a", "64 hexadecimal digits"],
  ] as const)("%s %s", (kind, value, problem) => {
    if (problem === undefined) expect(trackProblem(kind, value)).toBeUndefined();
    else expect(trackProblem(kind, value)).toContain(problem);
  });
});

describe("sandbox.yaml", () => {
  const line = fc
    .string({ unit: "grapheme", minLength: 1 })
    .filter((value) => !/[\u0000-\u001f\u007f\u0085\u2028\u2029\ufeff]/.test(value));
  const time = fc
    .date({ min: new Date("2020-01-01"), max: new Date("2090-01-01"), noInvalidDate: true })
    .map((date) => `${date.toISOString().slice(0, 19)}Z`);
  const sandbox: fc.Arbitrary<Sandbox> = fc.record(
    {
      from: fc.constantFrom("development", "eu-west-2"),
      base: fc.constant("0123456789abcdef0123456789abcdef01234567"),
      branch: fc.constantFrom("main", "feature/x", "1.0", "true"),
      purpose: fc.constantFrom("platform", "performance", "application"),
      owner: line,
      created: time,
      expires: time,
      provider: fc.oneof(
        fc.constant({ kind: "kind" as const }),
        line.map((context) => ({ kind: "existing" as const, context })),
      ),
    },
    { requiredKeys: ["from", "base", "branch", "purpose", "owner", "created", "expires"] },
  );

  it("is read as it was written", () => {
    fc.assert(
      fc.property(sandbox, (value) => {
        expect(parseSandbox(printSandbox(value), "sandbox.yaml")).toEqual({ sandbox: value });
      }),
    );
  });

  it.each([
    ["from: a\n", "'base' is missing"],
    ["nmae: a\n", "'nmae' is not part of a sandbox"],
    ["[]\n", "is a mapping"],
    ["from: [\n", "broken YAML"],
    ["from: *somebody\n", "broken YAML: Unresolved alias"],
  ])("%j is refused", (yaml, message) => {
    expect(JSON.stringify(parseSandbox(yaml, "sandbox.yaml"))).toContain(message);
  });

  it("is refused with values that are none", () => {
    const bad = printSandbox({
      from: "A",
      base: "1",
      branch: "a..b",
      purpose: "fun" as never,
      owner: "x",
      created: "now",
      expires: "2026-01-01T00:00:00Z",
    });
    const result = parseSandbox(bad, "sandbox.yaml");
    expect("problems" in result && result.problems).toHaveLength(5);
  });
});

describe("a contract", () => {
  const contract: Contract = {
    bundle: "platform",
    contract: 1,
    variables: { domain: text(), size: number({ default: 1 }), vpc: text({ from: "stack" }) },
    facts: ["cluster_name"],
    layers: [{ name: "services", dependsOn: [] }],
    options: ["kafka"],
  };
  const use = { variables: { domain: "a.example.com" }, options: [], patches: {} };
  const told = (change: object, of = contract) =>
    contractProblems(of, { ...use, ...change }).map(({ message }) => message);

  it("is kept by a cluster that gives what it needs, and may give more", () => {
    expect(told({})).toEqual([]);
    expect(
      told({
        variables: { domain: "a.example.com", newer: "x" },
        options: ["kafka"],
        patches: { services: [] },
      }),
    ).toEqual([]);
  });

  it("is broken by what is missing, mistyped or unknown", () => {
    expect(told({ variables: {} })).toEqual(["variable 'domain' has no default there and is not given"]);
    expect(told({ variables: { domain: "a.example.com", size: "3", vpc: "x" } })).toEqual([
      `variable 'size' is "3", which is no number`,
      "variable 'vpc' comes from the stack there",
    ]);
    expect(told({ options: ["kafak"], patches: { servcies: [] } })).toEqual([
      "it has no option 'kafak'; did you mean 'kafka'?",
      "it has no layer 'servcies' to patch; did you mean 'services'?",
    ]);
    expect(told({}, { ...contract, facts: ["cluster_moon"] })).toEqual([
      "it reads 'cluster_moon', which this Sluice does not tell",
    ]);
  });

  it("is read as it was written, and refused when it is none", () => {
    expect(parseContract(printContract(contract))).toEqual(JSON.parse(JSON.stringify(contract)));
    expect(() => parseContract('{"contract": 2}')).toThrow("of a format that this Sluice does not know");
    expect(() => parseContract('{"contract": 1}')).toThrow("incomplete");
    expect(() => parseContract("null")).toThrow();
  });
});
