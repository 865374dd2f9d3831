import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Track } from "../../../lib/fleet/tracks.ts";
import { FleetModel } from "./fleet-model.ts";

const hour = 3_600_000;

type Step =
  | { readonly do: "commit"; readonly bad: boolean }
  | { readonly do: "release"; readonly size: "patch" | "minor" | "major" }
  | { readonly do: "pass"; readonly minutes: number }
  | { readonly do: "attest" | "rollback" | "break" | "mend"; readonly on: number }
  | { readonly do: "promote"; readonly on: number; readonly version: number; readonly override: boolean }
  | { readonly do: "move" | "delete"; readonly version: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant("commit" as const), bad: fc.boolean() }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("release" as const),
      size: fc.constantFrom("patch" as const, "minor" as const, "major" as const),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("pass" as const), minutes: fc.constantFrom(1, 3, 30, 70) }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constantFrom(
        "attest" as const,
        "attest" as const,
        "attest" as const,
        "rollback" as const,
        "break" as const,
        "mend" as const,
      ),
      on: fc.nat(5),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant("promote" as const),
      on: fc.nat(5),
      version: fc.nat(10),
      override: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom("move" as const, "delete" as const), version: fc.nat(8) }),
  },
);

const staging: fc.Arbitrary<Track> = fc.constantFrom(
  { semver: "1.x" },
  { semver: "~1.0" },
  { semver: ">=1.0.0 <3" },
  { tag: "1.0.0" },
);

const fleet = fc.record({
  soaks: fc.tuple(fc.constantFrom(0, hour), fc.constantFrom(0, hour / 2)),
  staging: fc.array(staging, { minLength: 1, maxLength: 2 }),
  productions: fc.integer({ min: 1, max: 2 }),
});

describe("promotion", () => {
  it("lets no version reach a protected cluster without its predecessor's evidence, and every refusal leads on", () => {
    const counts = {
      sequences: 0,
      refusals: 0,
      promotions: 0,
      overrides: 0,
      rollbacks: 0,
      conditions: new Set<string>(),
    };
    fc.assert(
      fc.property(fleet, fc.array(step, { minLength: 5, maxLength: 40 }), fc.nat(), (shape, steps, pick) => {
        const model = new FleetModel(
          [
            { type: "development", soak: shape.soaks[0] },
            { type: "staging", soak: shape.soaks[1] },
            { type: "production", soak: 0 },
          ],
          [
            ["development", { branch: "main" }],
            ...shape.staging.map((track) => ["staging", track] as const),
            ...Array.from({ length: shape.productions }, () => ["production", { tag: "1.0.0" }] as const),
          ],
        );
        const ran = new Set(model.clusters.map(({ name, content }) => `${name} ${content}`));
        counts.sequences++;
        const moved = new Set<string>();
        steps.forEach((each, index) => {
          const cluster = model.clusters["on" in each ? each.on % model.clusters.length : 0]!;
          const versions = [...model.tags.keys()];
          const unreleased = [model.nextVersion("minor"), "0.5.0"];
          const version =
            "version" in each
              ? (unreleased[each.version - 9] ?? versions[each.version % versions.length]!)
              : "";
          switch (each.do) {
            case "commit":
              model.commit(each.bad);
              break;
            case "release":
              model.release(model.nextVersion(each.size));
              break;
            case "pass":
              model.pass(each.minutes * 60_000);
              break;
            case "attest":
              model.attest(cluster.name);
              break;
            case "break":
              cluster.broken = true;
              break;
            case "mend":
              cluster.broken = false;
              break;
            case "rollback":
              if (model.rollback(cluster.name)) counts.rollbacks++;
              break;
            case "move":
              moved.add(version);
              model.tags.set(version, model.head);
              break;
            case "delete":
              if (version !== "1.0.0") model.tags.delete(version);
              break;
            case "promote": {
              const request = {
                cluster: cluster.name,
                version,
                ...(each.override ? { override: "an incident" } : {}),
              };
              const evidenced =
                cluster.protected && model.reallyRan(cluster.name, model.tags.get(version) ?? "");
              const decision = model.promote(request);
              if (decision.outcome === "allowed") {
                counts.promotions++;
                if (decision.overridden.length > 0) {
                  counts.overrides++;
                  expect(each.override).toBe(true);
                } else if (cluster.protected) expect(evidenced).toBe(true);
              } else if (decision.outcome === "refused") {
                counts.refusals++;
                for (const { condition } of decision.open) counts.conditions.add(condition);
                expect(decision.open.length).toBeGreaterThan(0);
                // Following what it names has to lead there; that is the end of this sequence.
                if (index === pick % steps.length) model.follow(request);
              }
              break;
            }
          }
          for (const { name, content } of model.clusters) ran.add(`${name} ${content}`);
        });
        // And one more at the end, whatever state the fleet is in by then.
        const production = model.clusters.at(-1)!;
        const versions = [...model.tags.keys()];
        model.follow({ cluster: production.name, version: versions[pick % versions.length]! });
        // What a protected cluster has is what it was let have: no range, no branch, no other way in.
        for (const { cluster, content, by } of model.reached)
          if (by === "promotion") expect(model.reallyRan(cluster, content)).toBe(true);
          else if (by === "rollback" && moved.size === 0) expect(ran.has(`${cluster} ${content}`)).toBe(true);
      }),
      { numRuns: 12_000 },
    );
    expect(counts.sequences).toBeGreaterThanOrEqual(10_000);
    expect([...counts.conditions].sort()).toEqual([
      "branch",
      "evidence",
      "failing",
      "lower",
      "moved",
      "release",
      "soak",
    ]);
    expect(counts.overrides).toBeGreaterThan(500);
    expect(counts.rollbacks).toBeGreaterThan(500);
    expect(counts.promotions).toBeGreaterThan(1000);
    expect(counts.refusals).toBeGreaterThan(5000);
  }, 300_000);
});
