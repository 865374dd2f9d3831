import { describe, expect, it } from "vitest";
import { restartsOf } from "../../../lib/simulate/restarts.ts";
import {
  configMap,
  definition,
  dependsOn,
  deployment,
  type Files,
  type Manifest,
  release,
  simulated,
  unit,
  widget,
} from "./support.ts";

const one = (objects: readonly Manifest[], spec: Manifest = {}): Files => ({
  "cluster/all.yaml": [unit("a", spec)],
  "a/a.yaml": objects,
});

function restarts(before: Files, after: Files) {
  const { simulation, troubles } = simulated(after, { before });
  const { events, releases } = simulation.changedFrom;
  return {
    ...restartsOf(
      simulation.world,
      simulation.world.events.slice(events),
      simulation.releases.slice(releases),
    ),
    troubles,
    simulation,
  };
}

describe("what a change sets in motion", () => {
  it("nothing, where what is applied is the same", () => {
    const files = one([configMap("a"), ...release("b")]);
    expect(restarts(files, { ...files, "README.md": "new" })).toMatchObject({
      applies: [],
      releases: [],
      rolls: [],
      stale: [],
      troubles: [],
    });
  });

  it("new pods where the template of a workload changes, and only there", () => {
    const before = one([deployment("web"), deployment("other")]);
    const image = { containers: [{ name: "main", image: "example.com/main:2" }] };
    const after = one([deployment("web", {}, image), deployment("other", { replicas: 3 })]);
    const found = restarts(before, after);
    expect(found.rolls).toEqual([
      { workload: "Deployment/default/web", because: ["spec.template.spec.containers[main].image"] },
    ]);
    expect(found.applies).toEqual([{ unit: "flux-system/a", created: 0, changed: 2, deleted: 0 }]);
  });

  it("new pods where a generated ConfigMap gets another name", () => {
    const files = (level: string): Files => ({
      "cluster/all.yaml": [unit("a")],
      "a/kustomization.yaml": `resources: [web.yaml]\nnamespace: default\nconfigMapGenerator:\n  - name: settings\n    literals: [level=${level}]\n`,
      "a/web.yaml": [
        deployment("web", {}, { volumes: [{ name: "settings", configMap: { name: "settings" } }] }),
      ],
    });
    const found = restarts(files("info"), files("debug"));
    expect(found.rolls.map(({ workload }) => workload)).toEqual(["Deployment/default/web"]);
    expect(found.applies).toEqual([{ unit: "flux-system/a", created: 1, changed: 1, deleted: 1 }]);
    expect(found.stale).toEqual([]);
  });

  it("no new pods where a ConfigMap changes that they read at their start: that is said", () => {
    const envFrom = [{ configMapRef: { name: "settings" } }];
    const pod = { containers: [{ name: "main", image: "example.com/main:1", envFrom }] };
    const files = (level: string) => one([configMap("settings", { level }), deployment("web", {}, pod)]);
    const found = restarts(files("info"), files("debug"));
    expect(found.rolls).toEqual([]);
    expect(found.stale).toEqual([
      { workload: "Deployment/default/web", reads: "ConfigMap/default/settings" },
    ]);
  });

  it("an upgrade where a release's values or chart change, not where its interval does", () => {
    const before = one([...release("a"), ...release("b"), ...release("c")]);
    const [source, c] = release("c") as [{ spec: object }, Manifest];
    const moved = { ...source, spec: { ...source.spec, ref: { tag: "2.0.0" } } };
    const after = one([...release("a", { interval: "1h" }), ...release("b", { values: { x: 1 } }), moved, c]);
    expect(restarts(before, after).releases).toEqual([
      { id: "HelmRelease default/b", upgrade: true },
      { id: "HelmRelease default/c", upgrade: true },
    ]);
  });

  it("a failure where a field cannot change; with force the object is made anew", () => {
    const labels = {
      selector: { matchLabels: { app: "x" } },
      template: { metadata: { labels: { app: "x" } }, spec: { containers: [{ name: "m", image: "m" }] } },
    };
    const refused = restarts(one([deployment("web")]), one([deployment("web", labels)]));
    expect(refused.troubles).toMatchObject([
      { ids: ["Kustomization flux-system/a"], reason: "ReconciliationFailed" },
    ]);
    const forced = restarts(
      one([deployment("web")], { force: true }),
      one([deployment("web", labels)], { force: true }),
    );
    expect(forced.troubles).toEqual([]);
    expect(forced.recreated).toEqual(["Deployment/default/web"]);
  });

  it("what is removed is pruned, unless it is kept or another has it now", () => {
    const kept = configMap("kept") as { metadata: object };
    const annotations = { "kustomize.toolkit.fluxcd.io/prune": "disabled" };
    const before: Files = {
      "cluster/all.yaml": [unit("a", dependsOn("b")), unit("b"), unit("gone")],
      "a/a.yaml": [
        configMap("goes"),
        { ...kept, metadata: { ...kept.metadata, annotations } },
        configMap("moves"),
        configMap("stays"),
      ],
      "b/b.yaml": [configMap("b")],
      "gone/c.yaml": [configMap("with-its-owner")],
    };
    const after: Files = {
      "cluster/all.yaml": [unit("a", dependsOn("b")), unit("b")],
      "a/a.yaml": [configMap("stays")],
      "b/b.yaml": [configMap("b"), configMap("moves")],
    };
    const { world, changedFrom } = restarts(before, after).simulation;
    const deleted = world.events
      .slice(changedFrom.events)
      .flatMap(({ action, object }) =>
        action === "deleted" && object["kind"] === "ConfigMap"
          ? [(object["metadata"] as { name: string }).name]
          : [],
      );
    expect(deleted.sort()).toEqual(["goes", "with-its-owner"]);
    const left = [...world.objects.values()].flatMap(({ object, unit: owner }) =>
      object["kind"] === "ConfigMap" ? [`${(object["metadata"] as { name: string }).name} ${owner}`] : [],
    );
    expect(left.sort()).toEqual([
      "b flux-system/b",
      "kept flux-system/a",
      "moves flux-system/b",
      "stays flux-system/a",
    ]);
  });

  it("an object of two owners is told, and comes to no end by itself", () => {
    const { simulation, troubles } = simulated({
      "cluster/all.yaml": [unit("a"), unit("b")],
      "a/a.yaml": [configMap("shared", { from: "a" })],
      "b/a.yaml": [configMap("shared", { from: "b" })],
    });
    expect(troubles).toEqual([]);
    expect([...simulation.inventories.contested.values()].map((units) => [...units].sort())).toEqual([
      ["flux-system/a", "flux-system/b"],
    ]);
  });
});

describe("a rule about changes", () => {
  const rule = { rule: "self.size >= oldSelf.size", message: "it cannot shrink" };
  const shrinks = definition({
    type: "object",
    properties: { size: { type: "integer" } },
    "x-kubernetes-validations": [rule],
  });
  const of = (size: number, spec: Manifest = {}) => one([shrinks, widget("a", { size })], spec);

  it("holds up what breaks it, and nothing else", () => {
    expect(restarts(of(1), of(2)).troubles).toEqual([]);
    expect(restarts(of(2), of(1)).troubles.map(({ message }) => message)).toEqual([
      expect.stringContaining("Widget/default/a: spec: it cannot shrink"),
    ]);
  });

  it("may be about what is new, and about nothing that was there", () => {
    const begins = definition({
      type: "object",
      properties: { size: { type: "integer" } },
      "x-kubernetes-validations": [
        { rule: "oldSelf.hasValue() || self.size == 0", message: "begin with 0", optionalOldSelf: true },
        { rule: "self.size <= oldSelf.size + 5", message: "not so fast" },
      ],
    });
    const sized = (size: number, spec: Manifest = {}) => one([begins, widget("a", { size })], spec);
    expect(restarts(sized(0), sized(3)).troubles).toEqual([]);
    // What is made anew was not there either.
    for (const { troubles } of [simulated(sized(3)), restarts(sized(0), sized(9, { force: true }))])
      expect(troubles.map(({ message }) => message)).toEqual([
        expect.stringContaining("Widget/default/a: spec: begin with 0"),
      ]);
  });

  it("does not hold up what is made anew", () => {
    const { troubles, simulation } = restarts(of(2, { force: true }), of(1, { force: true }));
    expect(troubles).toEqual([]);
    expect(simulation.world.events.map(({ action }) => action)).toContain("recreated");
  });
});

it("two owners of a definition, of whom one never comes past it, do not go on for ever", () => {
  const definitionOf = (field: string) =>
    definition({ type: "object", properties: { [field]: { type: "string" } } });
  const { of, simulation } = simulated({
    "cluster/all.yaml": [unit("a"), unit("b")],
    "a/a.yaml": [definitionOf("one"), configMap("lost", {}, "nowhere")],
    "b/a.yaml": [definitionOf("two")],
  });
  expect(of("a").verdict).toBe("failed");
  expect(of("b").verdict).toBe("ready");
  expect([...simulation.inventories.contested.keys()]).toEqual([
    "apiextensions.k8s.io CustomResourceDefinition /widgets.example.com",
  ]);
});

describe("what is told to fail", () => {
  const files: Files = {
    "cluster/all.yaml": [
      unit("services", { wait: true }),
      unit("apps", dependsOn("services")),
      unit("beside"),
    ],
    "services/a.yaml": [...release("a"), deployment("web"), configMap("settings")],
    "apps/a.yaml": [configMap("app")],
    "beside/a.yaml": [configMap("beside")],
  };
  it.each([
    "Kustomization flux-system/services",
    "HelmRelease default/a",
    "OCIRepository default/a",
    "Deployment default/web",
    "ConfigMap default/settings",
  ])("%s stops what waits for it, and nothing else", (id) => {
    const { ready } = simulated(files, { failing: [id] });
    expect(simulated(files).ready).toEqual(expect.arrayContaining(["services", "apps", "beside"]));
    expect(ready).toEqual(expect.arrayContaining(["flux-system", "beside"]));
    expect(ready).not.toContain("services");
    expect(ready).not.toContain("apps");
  });

  it("the sync itself stops everything", () => {
    const { outcomes } = simulated(files, { failing: ["GitRepository flux-system/flux-system"] });
    expect(outcomes.filter(({ verdict }) => verdict === "ready")).toEqual([]);
  });
});
