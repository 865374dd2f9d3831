import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Action, describeAction } from "../../../lib/promotion/action.ts";
import { decide } from "../../../lib/promotion/decide.ts";
import { mergeEvidence, withObservation, type Observation } from "../../../lib/promotion/evidence.ts";
import {
  compare,
  historyStack,
  type Pipeline,
  type PipelineCluster,
} from "../../../lib/promotion/pipeline.ts";
import { decideRollback } from "../../../lib/promotion/rollback.ts";
import { sameShape, trackFor } from "../../../lib/promotion/track.ts";

const hour = 3_600_000;
const now = Date.parse("2026-11-21T12:00:00Z");

const cluster = (
  type: string,
  follows: PipelineCluster["follows"],
  runs: string | undefined,
  more: Partial<PipelineCluster> = {},
): PipelineCluster => ({
  name: type,
  type,
  protected: type === "production",
  follows,
  runs: runs === undefined ? undefined : { version: runs, content: runs },
  before: [],
  ...more,
});

const stages = [
  { type: "development", soak: 0 },
  { type: "staging", soak: 24 * hour },
  { type: "production", soak: 0 },
];

const pipeline = (more: Partial<Pipeline> = {}): Pipeline => ({
  what: "platform",
  kind: "bundle",
  now,
  stages,
  releases: ["1.0.0", "1.1.0", "2.0.0"].map((version) => ({ version, content: version })),
  clusters: [
    cluster("development", { kind: "branch", value: "main" }, "2.0.0"),
    cluster("staging", { kind: "semver", value: "1.x" }, "1.1.0"),
    cluster("production", { kind: "tag", value: "1.0.0" }, "1.0.0", { before: ["0.9.0"] }),
  ],
  evidence: [],
  ...more,
});

const ran = (
  on: string,
  version: string,
  hours: number,
  state: "ready" | "not ready" = "ready",
): Observation => ({
  cluster: on,
  what: "platform",
  version,
  content: version,
  state,
  since: now - hours * hour,
  at: now,
});
const evidence = (...looks: Observation[]) => looks.map((look) => withObservation(undefined, look));

const refusal = (of: Pipeline, version: string, to: string) => {
  const decision = decide(of, { version, cluster: to });
  if (decision.outcome !== "refused") throw new Error(decision.outcome);
  return decision.open.map(
    ({ message, action, when }) =>
      `${message} -> ${describeAction(action, of, to)}${when === undefined ? "" : ` @${new Date(when).toISOString()}`}`,
  );
};

describe("a promotion", () => {
  it("is allowed once the version ran, Ready, on the stage before for as long as the fleet asks", () => {
    expect(
      decide(pipeline({ evidence: evidence(ran("staging", "1.1.0", 24)) }), {
        version: "1.1.0",
        cluster: "production",
      }),
    ).toEqual({
      outcome: "allowed",
      evidence: [
        "staging ran 1.1.0, Ready, from 2026-11-20T12:00:00Z to 2026-11-21T12:00:00Z, of 1 d asked for",
      ],
      overridden: [],
    });
  });

  it("says how long it has to wait, and until when", () => {
    expect(
      refusal(pipeline({ evidence: evidence(ran("staging", "1.1.0", 20)) }), "1.1.0", "production"),
    ).toEqual([
      "1.1.0 ran on staging, Ready, for 20 h as far as anybody looked; staging asks for 1 d -> wait until 2026-11-21T16:00:00Z; staging is looked at then, or its attestation: sluice attest staging @2026-11-21T16:00:00.000Z",
    ]);
  });

  it("says that nobody looked, that it is not Ready, that it runs nowhere, that it is no release", () => {
    expect(refusal(pipeline(), "1.1.0", "production")).toEqual([
      "nobody has seen 1.1.0 run, Ready, on staging -> where the kubeconfig leads to it: sluice attest staging",
    ]);
    expect(
      refusal(
        pipeline({ evidence: evidence(ran("staging", "1.1.0", 1, "not ready")) }),
        "1.1.0",
        "production",
      ),
    ).toEqual([expect.stringContaining("1.1.0 is not Ready on staging -> mend it (sluice status staging)")]);
    expect(refusal(pipeline(), "2.0.0", "production")).toEqual([
      "no cluster of the stage before, staging, runs 2.0.0 -> sluice promote platform --to staging --version 2.0.0",
    ]);
    expect(refusal(pipeline(), "3.0.0", "production")).toEqual([
      "there is no release 3.0.0 -> release what main has: sluice release create 3.0.0, and promote that once it ran",
    ]);
    expect(refusal(pipeline(), "1.0.5", "production")[0]).toContain("there will be none, as 2.0.0 is newer");
  });

  it("says where a command has to run that is not for this repository", () => {
    const url = "https://git.example.com/fleet.git";
    const of = (more: Partial<Pipeline> = {}) =>
      pipeline({
        stages: [
          { type: "staging", soak: 24 * hour, elsewhere: ["staging"] },
          { type: "production", soak: 0 },
        ],
        clusters: pipeline().clusters.filter(({ name }) => name === "production"),
        releasesIn: url,
        ...more,
      });
    const here = `git fetch --no-tags ${url} 'refs/heads/sluice/attestations:refs/sluice/elsewhere/attestations'`;
    expect(refusal(of(), "1.1.0", "production")).toEqual([
      `nobody has seen 1.1.0 run, Ready, on staging -> in the repository that has staging, once it runs there and where the kubeconfig leads to it: sluice attest staging --push; and here: ${here}`,
    ]);
    const looked = (hours: number, state?: "not ready") =>
      refusal(of({ evidence: evidence(ran("staging", "1.1.0", hours, state)) }), "1.1.0", "production");
    expect(looked(20)[0]).toContain(
      `-> wait until 2026-11-21T16:00:00Z; then, in the repository that has staging: sluice attest staging --push, and here: ${here}`,
    );
    expect(looked(1, "not ready")[0]).toContain("-> in the repository that has staging: mend it");
    expect(refusal(of(), "3.0.0", "production")).toEqual([
      `there is no release 3.0.0 -> in a clone of ${url}, release what main has: sluice release create 3.0.0; here, git fetch --no-tags ${url} 'refs/tags/*:refs/tags/*', and promote that once it ran`,
    ]);
    const gone = decideRollback(of({ releases: [{ version: "1.0.0", content: "1.0.0" }] }), "production");
    expect(gone).toMatchObject({
      open: { condition: "gone", remedy: expect.stringContaining(`git fetch --no-tags ${url}`) as string },
    });
    const moved = decideRollback(
      of({
        releases: ["0.9.0", "1.0.0"].map((version) => ({ version, content: version })),
        evidence: [{ ...evidence(ran("production", "0.9.0", 30))[0]!, content: "other" }],
      }),
      "production",
    );
    expect(moved).toMatchObject({
      open: { condition: "moved", remedy: expect.stringContaining(`in a clone of ${url}, put`) as string },
    });
  });

  it("refuses a version that is lower than what runs, unless somebody says why", () => {
    const of = pipeline({
      evidence: evidence(ran("staging", "0.9.0", 30)),
      releases: [
        { version: "0.9.0", content: "0.9.0" },
        { version: "1.0.0", content: "1.0.0" },
      ],
    });
    expect(refusal(of, "0.9.0", "production")).toEqual([
      "0.9.0 is lower than 1.0.0, which production runs -> sluice rollback production platform",
    ]);
    expect(decide(of, { version: "0.9.0", cluster: "production", override: "incident 7" })).toMatchObject({
      outcome: "allowed",
      overridden: [{ condition: "lower" }],
    });
  });

  it("does not go to a cluster that follows a branch, whatever the reason", () => {
    expect(
      decide(pipeline(), { version: "1.1.0", cluster: "development", override: "please" }),
    ).toMatchObject({
      outcome: "refused",
      open: [{ condition: "branch" }],
    });
  });

  it("does not count what ran under a tag that was moved", () => {
    const moved = [{ ...evidence(ran("staging", "1.1.0", 30))[0]!, content: "other" }];
    expect(
      decide(pipeline({ evidence: moved }), { version: "1.1.0", cluster: "production", override: "x" }),
    ).toMatchObject({
      outcome: "refused",
      open: [{ condition: "moved", action: { do: "release", version: "2.0.1" } }],
    });
  });

  it("asks a reason for a protected type that is no stage", () => {
    const of = pipeline({ stages: [] });
    expect(refusal(of, "1.1.0", "production")[0]).toContain("'production' is no stage of the fleet");
    expect(decide(of, { version: "2.0.0", cluster: "staging" })).toMatchObject({ outcome: "allowed" });
  });
});

describe("what a cluster tracks after it", () => {
  it("is the tag, or a range of the same shape that takes just that version", () => {
    const of = pipeline();
    const [, staging, production] = of.clusters;
    expect(trackFor(of, production!, "1.1.0")).toEqual({ tag: "1.1.0" });
    expect(trackFor(of, staging!, "2.0.0")).toEqual({ semver: "2.x" });
    expect(
      trackFor({ releases: [...of.releases, { version: "2.1.0", content: "x" }] }, staging!, "2.0.0"),
    ).toEqual({ tag: "2.0.0" });
    expect(trackFor(of, { ...staging!, protected: true }, "2.0.0")).toEqual({ tag: "2.0.0" });
  });

  it("keeps the shape of ranges that are simple", () => {
    expect(["1.x", "~1.4", "^1.2.3", "1.4.x", "1", "1.4"].map((range) => sameShape(range, "2.5.6"))).toEqual([
      "2.x",
      "~2.5",
      "^2.5.6",
      "2.5.x",
      "2",
      "2.5",
    ]);
    expect([">=1.0 <2", "*", "1.2.3", "1.x || 2.x"].map((range) => sameShape(range, "2.5.6"))).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe("a rollback", () => {
  it("goes to the version before, and further back the next time", () => {
    expect(historyStack(["a", "b", "b", "c"])).toEqual(["a", "b", "c"]);
    expect(historyStack(["a", "b", "c", "b"])).toEqual(["a", "b"]);
    expect(historyStack(["a", "b", "c", "b", "a"])).toEqual(["a"]);
    expect(historyStack(["a", "b", "a", "c"])).toEqual(["a", "c"]);
    const of = pipeline({ releases: [{ version: "0.9.0", content: "0.9.0" }] });
    expect(decideRollback(of, "production")).toEqual({ outcome: "allowed", version: "0.9.0" });
  });
  it("pins a range to the release before", () => {
    expect(decideRollback(pipeline(), "staging")).toEqual({
      outcome: "allowed",
      version: "1.0.0",
      pins: "1.x",
    });
  });
  it("is refused with the way that there is", () => {
    expect(decideRollback(pipeline(), "development")).toMatchObject({ open: { condition: "branch" } });
    expect(decideRollback(pipeline(), "production")).toMatchObject({
      open: { condition: "gone", remedy: expect.stringContaining("git fetch --tags") as string },
    });
    expect(decideRollback(pipeline({ kind: "kubernetes" }), "production")).toMatchObject({
      open: { condition: "kubernetes" },
    });
  });
});

describe("Kubernetes", () => {
  const at = (version: string, more: Partial<PipelineCluster> = {}) =>
    cluster("production", { kind: "version", value: version }, version, {
      machines: { server: version, nodes: version },
      ...more,
    });
  const of = (production: PipelineCluster, staging = "1.36"): Pipeline =>
    pipeline({
      what: "kubernetes",
      kind: "kubernetes",
      releases: [],
      clusters: [cluster("staging", { kind: "version", value: staging }, staging), production],
      evidence: evidence({ ...ran("staging", staging, 48), what: "kubernetes" }),
    });
  it("moves one minor at a time, and never back", () => {
    expect(refusal(of(at("1.34")), "1.36", "production")[0]).toBe(
      "Kubernetes moves one minor version at a time: production runs 1.34 -> sluice promote kubernetes --to production --version 1.35",
    );
    expect(refusal(of(at("1.34")), "1.33", "production")[0]).toContain("a control plane never goes back");
    expect(decide(of(at("1.35")), { version: "1.36", cluster: "production" }).outcome).toBe("allowed");
  });
  it("goes on when the control plane and the nodes are where they should be", () => {
    expect(
      refusal(of(at("1.35", { machines: { server: "1.35", nodes: "1.34" } })), "1.36", "production")[0],
    ).toContain("production is not through with 1.35: its control plane runs 1.35, its oldest node 1.34");
    const { machines: _, ...unseen } = at("1.35");
    expect(refusal(of(unseen), "1.36", "production")[0]).toContain(
      "nobody has seen what production's control plane",
    );
  });
  it("needs that nothing uses an API that it does not serve, whatever the reason", () => {
    const decision = decide(of(at("1.35")), {
      version: "1.36",
      cluster: "production",
      override: "x",
      removedApis: ["Ingress a/b"],
    });
    expect(decision).toMatchObject({ outcome: "refused", open: [{ condition: "api" }] });
  });
  it("reaches any version by what the refusals name, one minor after the other", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 25, max: 36 }),
        fc.integer({ min: 25, max: 38 }),
        fc.integer({ min: 0, max: 2 }),
        (begin, end, behind) => {
          const runs = { staging: begin, production: begin };
          let nodes = Math.max(25, begin - behind);
          const steps: number[] = [];
          const world = (): Pipeline => {
            const made = of(
              at(`1.${runs.production}`, {
                machines: { server: `1.${runs.production}`, nodes: `1.${nodes}` },
              }),
              `1.${runs.staging}`,
            );
            return {
              ...made,
              clusters: made.clusters.map((each) =>
                each.name === "staging"
                  ? {
                      ...each,
                      type: "staging",
                      machines: { server: `1.${runs.staging}`, nodes: `1.${runs.staging}` },
                    }
                  : each,
              ),
              stages: stages.slice(1),
            };
          };
          const follow = (to: "staging" | "production", version: string, depth: number): void => {
            expect(depth).toBeLessThan(40);
            let wanted = version;
            for (let step = 0; step < 60; step++) {
              const decision = decide(world(), { cluster: to, version: wanted });
              if (decision.outcome === "there already") return;
              if (decision.outcome === "allowed") {
                const minor = Number(wanted.split(".")[1]);
                expect(minor - runs[to]).toBe(1);
                if (to === "production") {
                  expect(runs.staging).toBeGreaterThanOrEqual(minor);
                  expect(nodes).toBe(runs.production);
                  steps.push(minor);
                }
                runs[to] = minor;
                return;
              }
              const action: Action = decision.open[0]!.action;
              if (action.do === "promote") follow(action.to as "staging", action.version, depth + 1);
              else if (action.do === "choose") wanted = action.version;
              else if (action.do === "machines") nodes = runs.production;
              else throw new Error(JSON.stringify(action));
            }
            throw new Error("leads nowhere");
          };
          follow("production", `1.${end}`, 0);
          expect(steps).toEqual([...steps].sort((a, b) => a - b));
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe("evidence", () => {
  it("says the same in whatever order it was recorded, and twice", () => {
    const look = fc.record({
      cluster: fc.constant("staging"),
      what: fc.constant("platform"),
      version: fc.constantFrom("1.1.0", "main@sha1:abc"),
      content: fc.constant("c"),
      state: fc.constantFrom("ready" as const, "not ready" as const),
      since: fc.nat(20),
      at: fc.integer({ min: 20, max: 40 }),
    });
    fc.assert(
      fc.property(
        fc.array(look, { minLength: 1, maxLength: 6 }),
        fc.infiniteStream(fc.nat()),
        (looks, random) => {
          const each = looks.map((one) => withObservation(undefined, one));
          const merged = each.reduce(mergeEvidence);
          const shuffled = [...each, each[0]!]
            .map((one) => [random.next().value, one] as const)
            .sort((a, b) => a[0] - b[0]);
          expect(shuffled.map(([, one]) => one).reduce(mergeEvidence)).toEqual(merged);
        },
      ),
    );
  });
});

it("versions of an app compare by the first part that differs", () => {
  expect(compare("chart 6.14.1, image 6.14.1", "chart 6.14.1, image 6.15.0")).toBeLessThan(0);
  expect(compare("chart 6.14.1", "image 1.0.0")).toBeUndefined();
  expect(compare("image abc", "image def")).toBeUndefined();
});
