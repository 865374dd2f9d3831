import { describe, expect, it } from "vitest";
import { tearDownStack } from "../../../lib/stack/teardown.ts";
import { makeScenario, type Scenario } from "../teardown/fake/scenario.ts";

const run = async (
  { clock, cluster }: Scenario,
  {
    clusterGoes = false,
    seconds = 600,
    signal,
  }: { clusterGoes?: boolean; seconds?: number; signal?: AbortSignal } = {},
) => {
  const lines: string[] = [];
  const left = await clock.run(
    tearDownStack(cluster.api(), { clusterGoes, seconds }, (line) => lines.push(line), {
      clock,
      ...(signal === undefined ? {} : { signal }),
    }),
  );
  return { left, lines };
};
const leftIn = ({ cluster, bootstrap }: Scenario) =>
  [...cluster.objects.keys()].filter((key) => !bootstrap.has(key));
const balancer = "/Service/default/by-hand";
const byHand = (scenario: Scenario) =>
  scenario.cluster.create({
    apiVersion: "v1",
    kind: "Service",
    metadata: { namespace: "default", name: "by-hand" },
    spec: { type: "LoadBalancer" },
  });

describe("the teardown before a stack's destruction", () => {
  it("removes all that Flux made, the sync as well, and says line by line what it does", async () => {
    const scenario = await makeScenario();
    const { left, lines } = await run(scenario);
    expect(left).toEqual([]);
    expect(leftIn(scenario)).toEqual([]);
    expect(scenario.cluster.ofKind("Kustomization")).toEqual([]);
    expect(scenario.cluster.ofKind("GitRepository")).toEqual([]);
    expect([...scenario.cluster.external]).toEqual([]);
    expect(lines.filter((line) => line.startsWith("✓ delete")).length).toBeGreaterThan(5);
    expect(lines.at(-1)).toMatch(/^\d+ objects are gone, in [\d.]+ s$/);
  });

  it("takes what others made outside only where the cluster itself goes", async () => {
    const stays = await makeScenario();
    byHand(stays);
    const { left, lines } = await run(stays);
    expect(left).toEqual([]);
    expect(stays.cluster.objects.has(balancer)).toBe(true);
    expect(lines.join("\n")).toContain("Service default/by-hand: holds something outside the cluster");

    const goes = await makeScenario();
    byHand(goes);
    expect((await run(goes, { clusterGoes: true })).left).toEqual([]);
    expect(leftIn(goes)).toEqual([]);
    expect([...goes.cluster.external]).toEqual([]);
  });

  it("says what does not go and why, and goes on from there the next time", async () => {
    const scenario = await makeScenario({ operators: 1 });
    const stuck = scenario.customObjects[0]!;
    scenario.controllers.switches.stuck.add(stuck);
    const { left } = await run(scenario, { seconds: 120 });
    expect(left.join("\n")).toContain("it waits for the finalizer widgets0.example.com/finalizer");
    expect(scenario.cluster.ofKind("Kustomization").map(({ metadata }) => metadata.name)).toContain(
      "flux-system",
    );
    scenario.controllers.switches.stuck.delete(stuck);
    expect((await run(scenario)).left).toEqual([]);
    expect(leftIn(scenario)).toEqual([]);
  });

  it("ended early, never says that nothing is left", async () => {
    const scenario = await makeScenario();
    const ending = new AbortController();
    ending.abort();
    expect((await run(scenario, { signal: ending.signal })).left).not.toEqual([]);
    const empty = await makeScenario();
    await run(empty);
    expect((await run(empty, { signal: ending.signal })).left).toEqual(["  it was ended early"]);
  });

  it("has nothing to do where nothing was made", async () => {
    const scenario = await makeScenario();
    await run(scenario);
    const { left, lines } = await run(scenario);
    expect(left).toEqual([]);
    expect(lines.at(-1)).toBe("nothing to take down: Flux has made nothing here");
  });

  it("does not call a sync gone whose own controller does not let it go", async () => {
    const scenario = await makeScenario();
    const { clock, cluster, controllers } = scenario;
    const api = cluster.api();
    // From the moment on that nothing but the sync is there.
    const watch = () => {
      if (leftIn(scenario).length === 0) controllers.switches.down.add("kustomize");
      else clock.at(50, watch);
    };
    clock.at(0, watch);
    const left = await clock.run(
      tearDownStack(api, { clusterGoes: false, seconds: 3600 }, () => undefined, { clock }),
    );
    expect(left.join("\n")).toMatch(
      /Kustomization flux-system\/flux-system, the sync itself, does not go: .*finalizers\.fluxcd\.io/,
    );
    controllers.switches.down.clear();
    expect((await run(scenario)).left).toEqual([]);
    expect(cluster.ofKind("Kustomization")).toEqual([]);
    expect(cluster.ofKind("GitRepository")).toEqual([]);
  });
});
