import { describe, expect, test } from "vitest";
import { ApiError, type ClusterApi } from "../../../lib/teardown/cluster-api.ts";
import { describeName } from "../../../lib/flux/object-name.ts";
import { type Kind, keyOf, keyOfName, type ObjectKey, parseKey } from "../../../lib/teardown/objects.ts";
import { isApplierKey } from "../../../lib/teardown/ownership.ts";
import { resume, teardown, type TeardownOptions } from "../../../lib/teardown/teardown.ts";
import { makeScenario, type Scenario } from "./fake/scenario.ts";

const run = async (scenario: Scenario, options: TeardownOptions = {}) =>
  scenario.clock.run(
    teardown(scenario.cluster.api(), { clock: scenario.clock, stepSeconds: 60, seconds: 1200, ...options }),
  );

/** What is there beside what the bootstrap has made. */
const leftIn = ({ cluster, bootstrap }: Scenario) =>
  [...cluster.objects.keys()].filter((key) => !bootstrap.has(key));

describe("a teardown", () => {
  test.each([
    ["with labels", true],
    ["without any label", false],
  ])("leaves nothing but what a bootstrap makes, %s", async (_, labelled) => {
    const scenario = await makeScenario({ labelled });
    expect(leftIn(scenario).length).toBeGreaterThan(40);
    expect(scenario.cluster.external.size).toBeGreaterThan(5);
    const result = await run(scenario);
    expect(result).toMatchObject({ outcome: "clean", left: [], failures: [] });
    expect(leftIn(scenario)).toEqual([]);
    expect([...scenario.cluster.external]).toEqual([]);
    expect([...scenario.bootstrap].filter((key) => !scenario.cluster.objects.has(key))).toEqual([]);
  });

  test("deletes nothing that is suspended, also what was so before", async () => {
    const scenario = await makeScenario();
    const { cluster } = scenario;
    for (const key of [...scenario.kustomizations.slice(0, 3), scenario.helmReleases[0]!])
      cluster.patch(key, { spec: { suspend: true } });
    const api = cluster.api();
    const states: (readonly [ObjectKey, boolean])[] = [];
    const watched: ClusterApi = {
      ...api,
      delete: (kind, namespace, name) => {
        const key = keyOfName({ ...kind, namespace, name });
        const spec = cluster.objects.get(key)?.["spec"] as { suspend?: boolean } | undefined;
        if (isApplierKey(key)) states.push([key, spec?.suspend === true]);
        return api.delete(kind, namespace, name);
      },
    };
    const ended = teardown(watched, { clock: scenario.clock, removeSync: true });
    expect(await scenario.clock.run(ended)).toMatchObject({ outcome: "clean" });
    expect(states.length).toBeGreaterThanOrEqual(
      scenario.kustomizations.length + scenario.helmReleases.length,
    );
    expect(states.filter(([, suspended]) => suspended)).toEqual([]);
  });

  test("leaves the sync suspended, and gives it back when asked", async () => {
    const scenario = await makeScenario();
    const result = await run(scenario);
    expect(result.suspended).toEqual(["Kustomization flux-system/flux-system"]);
    await scenario.clock.run(scenario.clock.sleep(30_000));
    expect(leftIn(scenario)).toEqual([]);
    const resumed = await scenario.clock.run(resume(scenario.cluster.api(), { clock: scenario.clock }));
    expect(resumed).toEqual(["Kustomization flux-system/flux-system"]);
    await scenario.clock.run(scenario.clock.sleep(60_000));
    expect(leftIn(scenario).length).toBeGreaterThan(40);
  });

  test("removes the sync as well when asked, without what it applied coming back", async () => {
    const scenario = await makeScenario();
    const result = await run(scenario, { removeSync: true });
    expect(result).toMatchObject({ outcome: "clean", suspended: [] });
    await scenario.clock.run(scenario.clock.sleep(30_000));
    const keys = [...scenario.cluster.objects.keys()];
    expect(keys.filter((key) => /Kustomization|GitRepository/.test(key))).toEqual([]);
    expect(leftIn(scenario)).toEqual([]);
  });

  test.each([
    [
      "a controller of Flux",
      {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: "kustomize-controller", namespace: "flux-system" },
      },
      "Flux itself is among what it applies",
    ],
    [
      "the namespace that it is in",
      { apiVersion: "v1", kind: "Namespace", metadata: { name: "flux-system" } },
      "the namespace flux-system is among what it applies",
    ],
  ])("leaves a sync, suspended, that applies %s", async (_, content, why) => {
    const scenario = await makeScenario();
    const sync = "kustomize.toolkit.fluxcd.io/Kustomization/flux-system/flux-system";
    const labels = {
      "app.kubernetes.io/part-of": "flux",
      "kustomize.toolkit.fluxcd.io/name": "flux-system",
      "kustomize.toolkit.fluxcd.io/namespace": "flux-system",
    };
    scenario.cluster.create({ ...content, metadata: { ...content.metadata, labels } });
    const key = keyOf(content);
    scenario.cluster.patch(key, { metadata: { labels } });
    const result = await run(scenario, { removeSync: true });
    expect(result).toMatchObject({ outcome: "clean", suspended: ["Kustomization flux-system/flux-system"] });
    expect(result.notes).toContain(`Kustomization flux-system/flux-system stays, suspended: ${why}`);
    await scenario.clock.run(scenario.clock.sleep(30_000));
    for (const each of [sync, key, "source.toolkit.fluxcd.io/GitRepository/flux-system/flux-system"])
      expect(scenario.cluster.objects.has(each), each).toBe(true);
  });

  test("may be run twice: the second time there is nothing to do", async () => {
    const scenario = await makeScenario();
    await run(scenario);
    expect(await run(scenario)).toMatchObject({ outcome: "clean", removed: 0 });
  });

  test("never reads what is in a Secret or a ConfigMap", async () => {
    const scenario = await makeScenario();
    const api = scenario.cluster.api();
    const read: string[] = [];
    const watched: ClusterApi = {
      ...api,
      list: (kind, options) => {
        if (options?.whole === true) read.push(kind.kind);
        return api.list(kind, options);
      },
      get: (kind, namespace, name, options) => {
        if (options?.whole === true) read.push(kind.kind);
        return api.get(kind, namespace, name, options);
      },
    };
    expect(await scenario.clock.run(teardown(watched, { clock: scenario.clock }))).toMatchObject({
      outcome: "clean",
    });
    expect(read).toContain("Kustomization");
    expect(read).not.toContain("Secret");
    expect(read).not.toContain("ConfigMap");
  });

  test("refuses before anything is done when the credentials do not allow all of it", async () => {
    const scenario = await makeScenario();
    const api = {
      ...scenario.cluster.api(),
      may: (_: string, { kind }: Kind) => Promise.resolve(kind !== "Namespace"),
    };
    const keys = [...scenario.cluster.objects.keys()];
    await expect(scenario.clock.run(teardown(api, { clock: scenario.clock }))).rejects.toThrow(
      /may not delete namespaces/,
    );
    expect([...scenario.cluster.objects.keys()]).toEqual(keys);
    expect(
      scenario.cluster
        .ofKind("Kustomization")
        .filter((each) => (each["spec"] as { suspend?: boolean }).suspend),
    ).toEqual([]);
  });

  test("takes the finalizers of those objects that the user names, and of no other", async () => {
    const scenario = await makeScenario({ operators: 1 });
    const [first, second] = scenario.customObjects.filter((key) => /app-0-\d$/.test(key));
    for (const key of [first!, second!]) scenario.controllers.switches.stuck.add(key);
    const { kind, namespace, name } = parseKey(first!);
    const result = await run(scenario, { removeFinalizers: [`${kind}/${namespace}/${name}`] });
    expect(result.outcome).toBe("incomplete");
    expect(scenario.cluster.objects.has(first!)).toBe(false);
    expect(scenario.cluster.objects.get(second!)?.metadata.finalizers).toEqual([
      "widgets0.example.com/finalizer",
    ]);
    expect(result.notes.filter((note) => note.includes("took the finalizers"))).toHaveLength(1);
    const left = result.left.find(({ object }) => object === describeName(parseKey(second!)));
    expect(left?.why).toBe("it waits for the finalizer widgets0.example.com/finalizer");
    expect(left?.remedy).toContain(`--remove-finalizers ${kind}/${namespace}/${parseKey(second!).name}`);
  });

  describe("when somebody makes a custom object after the others' turn", () => {
    /** Makes it again and again, from when an app has gone, for so many milliseconds. */
    const makeAgain = ({ cluster, clock, customObjects }: Scenario, milliseconds: number) => {
      const { apiVersion, kind } = cluster.objects.get(customObjects[0]!)!;
      const app = "kustomize.toolkit.fluxcd.io/Kustomization/apps/app-0";
      let end = Infinity;
      const look = () => {
        if (end === Infinity && !cluster.objects.has(app)) end = clock.now() + milliseconds;
        if (end < Infinity)
          try {
            cluster.create({ apiVersion, kind, metadata: { name: "late", namespace: "default" } });
          } catch {
            // Its kind has gone.
          }
        if (clock.now() < end) clock.at(50, look);
      };
      clock.at(0, look);
    };

    test("its controller stays until no more of it comes", async () => {
      const scenario = await makeScenario({ operators: 1, takes: 300 });
      makeAgain(scenario, 6000);
      expect(await run(scenario)).toMatchObject({ outcome: "clean" });
      expect(leftIn(scenario)).toEqual([]);
      expect([...scenario.cluster.external]).toEqual([]);
      expect([...scenario.controllers.orphaned]).toEqual([]);
    });

    test.each([0, 400, 800, 1200])(
      "its controller waits for what comes %i ms after the rest",
      async (delay) => {
        const scenario = await makeScenario({ operators: 1, takes: 300 });
        const { cluster, clock, customObjects } = scenario;
        const { apiVersion, kind } = cluster.objects.get(customObjects[0]!)!;
        const makeLate = () =>
          cluster.create({ apiVersion, kind, metadata: { name: "late", namespace: "default" } });
        // What goes last before the controller
        const before = "kustomize.toolkit.fluxcd.io/Kustomization/flux-system/platform-configs";
        const look = () => {
          if (cluster.objects.has(before)) clock.at(10, look);
          else clock.at(delay, makeLate);
        };
        clock.at(0, look);
        // Slow enough for the controller to see it between one answer and the next request.
        const api = cluster.api(200);
        const result = await clock.run(teardown(api, { clock, stepSeconds: 60, seconds: 1200 }));
        expect(result).toMatchObject({ outcome: "clean" });
        expect(leftIn(scenario)).toEqual([]);
        expect([...cluster.external]).toEqual([]);
      },
    );

    test("its controller stays for good if it does not stop to come, and the report says so", async () => {
      const scenario = await makeScenario({ operators: 1, takes: 300 });
      const { cluster } = scenario;
      makeAgain(scenario, 3_600_000);
      const result = await run(scenario);
      expect(result.outcome).toBe("incomplete");
      const late = result.left.find(({ object }) => object === "Widget0 default/late");
      expect(late?.why).toMatch(/it came back \d+ times: something makes it again/);
      expect(cluster.objects.has("apps/Deployment/operator-0/operator-0")).toBe(true);
    });
  });

  test("told to end, begins nothing more, says what is left, and goes on the next time", async () => {
    const scenario = await makeScenario();
    const ending = new AbortController();
    scenario.clock.at(1500, () => ending.abort());
    const result = await run(scenario, { signal: ending.signal });
    expect(result.outcome).toBe("interrupted");
    const left = leftIn(scenario);
    expect(left.length).toBeGreaterThan(20);
    const named = new Set(result.left.map(({ object }) => object));
    expect(left.filter((key) => !named.has(describeName(parseKey(key))))).toEqual([]);
    expect(await run(scenario)).toMatchObject({ outcome: "clean" });
    expect(leftIn(scenario)).toEqual([]);
  });

  test("gives everything back when it ends before anything was deleted", async () => {
    const scenario = await makeScenario();
    const before = JSON.stringify(scenario.cluster.ofKind("Kustomization").map(({ spec }) => spec));
    const ending = new AbortController();
    const result = await run(scenario, {
      signal: ending.signal,
      listener: { suspending: () => scenario.clock.at(25, () => ending.abort()) },
    });
    expect(result.outcome).toBe("interrupted");
    expect(result.resumed).toContain("Kustomization flux-system/flux-system");
    expect(result.suspended).toEqual([]);
    expect(JSON.stringify(scenario.cluster.ofKind("Kustomization").map(({ spec }) => spec))).toBe(before);
  });

  test("does not take the silence of the API server for success", async () => {
    const scenario = await makeScenario();
    const api = scenario.cluster.api();
    let silent = false;
    const falling: ClusterApi = { ...api };
    for (const method of ["kinds", "list", "get", "patch", "delete"] as const)
      (falling[method] as unknown) = (...args: never[]) =>
        silent
          ? Promise.reject(new ApiError(0, "no answer"))
          : (api[method] as (...all: never[]) => Promise<unknown>)(...args);
    scenario.clock.at(3000, () => (silent = true));
    const result = await scenario.clock.run(teardown(falling, { clock: scenario.clock, stepSeconds: 60 }));
    expect(result.outcome).toBe("incomplete");
    expect(result.failures).toContain("no answer");
    expect(result.left.length).toBeGreaterThan(0);
    expect(await run(scenario)).toMatchObject({ outcome: "clean" });
  });

  test("asks for a thousand deletions side by side, but never for more than 32 things at once", async () => {
    const scenario = await makeScenario({ apps: 2, objects: 500, takes: 100 });
    const { api, count } = counted(scenario.cluster.api());
    expect(await scenario.clock.run(teardown(api, { clock: scenario.clock }))).toMatchObject({
      outcome: "clean",
    });
    expect(count.deletions).toBeGreaterThan(1000);
    expect(count.deletionsAtOnce).toBeGreaterThan(16);
    expect(count.atOnce).toBe(32);
    // Looked at by listing their kind, not one by one.
    expect(count.requests - count.deletions).toBeLessThan(500);
  });

  test("does not do a thousand round trips one after the other", async () => {
    const scenario = await makeScenario({ apps: 2, objects: 500, takes: 100 });
    const began = scenario.clock.now();
    const result = await scenario.clock.run(teardown(scenario.cluster.api(50), { clock: scenario.clock }));
    expect(result.outcome).toBe("clean");
    expect(result.removed).toBeGreaterThan(1000);
    // One after the other, 1,000 deletions alone would take 50 s.
    expect(scenario.clock.now() - began).toBeLessThan(15_000);
  });
});

/** An API that counts what is asked of it, and how much of that at the same time. */
function counted(api: ClusterApi) {
  const count = { requests: 0, atOnce: 0, deletions: 0, deletionsAtOnce: 0 };
  const now = { requests: 0, deletions: 0 };
  const result: Record<string, unknown> = { server: api.server };
  for (const method of ["kinds", "list", "get", "patch", "delete", "create", "may"] as const)
    result[method] = async (...args: never[]) => {
      const deletes = method === "delete" ? 1 : 0;
      count.requests++;
      count.deletions += deletes;
      count.atOnce = Math.max(count.atOnce, ++now.requests);
      now.deletions += deletes;
      count.deletionsAtOnce = Math.max(count.deletionsAtOnce, now.deletions);
      try {
        return await (api[method] as (...all: never[]) => Promise<unknown>)(...args);
      } finally {
        now.requests--;
        now.deletions -= deletes;
      }
    };
  return { api: result as unknown as ClusterApi, count };
}

describe("what a teardown prevents", () => {
  test("deleting everything at once leaves orphans", async () => {
    const scenario = await makeScenario();
    for (const key of leftIn(scenario)) scenario.cluster.delete(key);
    await scenario.clock.run(scenario.clock.sleep(60_000));
    expect(scenario.cluster.external.size + leftIn(scenario).length).toBeGreaterThan(0);
  });

  test("deleting the controllers first leaves orphans", async () => {
    const scenario = await makeScenario();
    for (const key of scenario.helmReleases) scenario.cluster.delete(key);
    await scenario.clock.run(scenario.clock.sleep(5000));
    for (const key of scenario.kustomizations) scenario.cluster.delete(key);
    await scenario.clock.run(scenario.clock.sleep(60_000));
    expect(scenario.cluster.external.size + leftIn(scenario).length).toBeGreaterThan(0);
  });

  test("deleting what is suspended leaves everything", async () => {
    const scenario = await makeScenario();
    for (const key of scenario.kustomizations) scenario.cluster.patch(key, { spec: { suspend: true } });
    scenario.cluster.patch("kustomize.toolkit.fluxcd.io/Kustomization/flux-system/flux-system", {
      spec: { suspend: true },
    });
    for (const key of scenario.kustomizations) scenario.cluster.delete(key);
    await scenario.clock.run(scenario.clock.sleep(60_000));
    expect(leftIn(scenario).length).toBeGreaterThan(30);
  });
});
