import { ApiObject, App, Chart, JsonPatch, Lazy } from "cdk8s";
import { Construct } from "constructs";
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { setContext } from "../../constructs/context.ts";
import { KubeObject, mergePatch, objectsBelow } from "../../constructs/kube-object.ts";
import { placeOf } from "../../lib/fleet/place.ts";

let chart: Chart;
beforeEach(() => {
  chart = new Chart(new App(), "chart", { namespace: "team", labels: { team: "a" } });
});

describe("an object", () => {
  it("is what cdk8s would make of it, with its teardown label", () => {
    const json = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        fc.string(),
        fc.boolean(),
        fc.integer(),
        fc.constant(null),
        fc.array(tie("value")),
        fc.dictionary(
          fc.string().filter((key) => key !== "__proto__"),
          tie("value"),
          { noNullPrototype: true },
        ),
      ),
    })).value;
    const metadata = fc.record(
      {
        labels: fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), fc.string()),
        annotations: fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), fc.string()),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(
        fc.dictionary(
          fc
            .stringMatching(/^[a-z]{1,6}$/)
            .filter((key) => !["kind", "metadata", "teardown", "overrides"].includes(key)),
          json,
        ),
        metadata,
        (fields, given) => {
          const here = new Chart(new App(), "chart", { namespace: "team", labels: { team: "a" } });
          const plain = new ApiObject(here, "a", {
            ...fields,
            apiVersion: "v1",
            kind: "ConfigMap",
            metadata: { ...given, name: "a", labels: { "sluice.dev/teardown": "user", ...given.labels } },
          });
          const own = new KubeObject(here, "b", {
            ...fields,
            apiVersion: "v1",
            kind: "ConfigMap",
            metadata: { ...given, name: "a" },
          });
          expect(JSON.stringify(own.toJson())).toBe(JSON.stringify(withoutNulls(plain.toJson())));
        },
      ),
    );
  });

  it("takes what is added to it later, as any ApiObject does", () => {
    const object = new KubeObject(chart, "a", {
      apiVersion: "v1",
      kind: "ConfigMap",
      data: { a: "1", later: Lazy.any({ produce: () => "2" as unknown }) as unknown },
    });
    object.metadata.addLabel("x", "y");
    object.metadata.addAnnotation("n", "m");
    object.addJsonPatch(JsonPatch.add("/data/b", "3"));
    expect(object.toJson()).toEqual({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: {
        name: "a",
        namespace: "team",
        annotations: { n: "m" },
        labels: { team: "a", x: "y", "sluice.dev/teardown": "user" },
      },
      data: { a: "1", b: "3", later: "2" },
    });
  });

  it("takes overrides, of which null removes a field", () => {
    const object = new KubeObject(chart, "a", {
      apiVersion: "v1",
      kind: "ConfigMap",
      data: { a: "1", b: "2" },
      overrides: { data: { a: null, c: "3" }, metadata: { labels: { own: "x" } } },
    });
    expect(object.toJson()["data"]).toEqual({ b: "2", c: "3" });
    expect(object.toJson()["metadata"]).toMatchObject({ name: "a", labels: { own: "x", team: "a" } });
  });

  it("refuses numbers that YAML cannot hold", () => {
    expect(() =>
      new KubeObject(chart, "a", { apiVersion: "v1", kind: "ConfigMap", data: { n: Number.NaN } }).toJson(),
    ).toThrow("NaN is no number that YAML can hold");
  });

  it("knows the line that made it", () => {
    class Mine extends KubeObject {}
    const object = new Mine(chart, "a", { apiVersion: "v1", kind: "ConfigMap" });
    const [, line] = /kube-object\.test\.ts:(\d+)/.exec(new Error().stack!)!;
    expect(placeOf(object)).toEqual({ file: import.meta.filename, line: Number(line) - 1 });
  });

  it("says what it is for a teardown, by its kind and by whose folder it is in", () => {
    const role = (apiVersion: string, kind: string, spec?: object) =>
      (
        new KubeObject(chart, `${kind}-${Math.random()}`.toLowerCase(), { apiVersion, kind, spec }).toJson()[
          "metadata"
        ] as { labels: Record<string, string> }
      ).labels["sluice.dev/teardown"];
    expect(role("v1", "ConfigMap")).toBe("user");
    setContext(chart, { within: "bundle" });
    expect(role("v1", "ConfigMap")).toBe("controller");
    expect(role("kafka.strimzi.io/v1", "Kafka")).toBe("user");
    expect(role("v1", "PersistentVolumeClaim")).toBe("external-state");
    expect(role("v1", "Service", { type: "LoadBalancer" })).toBe("external-state");
    expect(role("v1", "Service", { type: "ClusterIP" })).toBe("controller");
  });

  it("tells sameness only where its JSON is the same", () => {
    let id = 0;
    const make = (data: object, more: object = {}) =>
      new KubeObject(chart, `o${id++}`, {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "a" },
        data,
        ...more,
      });
    expect(make({ a: 1 }).sameness()).toBe(make({ a: 1 }).sameness());
    const labelled = make({ a: 1 });
    labelled.metadata.addLabel("x", "y");
    const patched = make({ a: 1 });
    patched.addJsonPatch(JsonPatch.add("/data/b", 2));
    for (const other of [
      make({ a: 2 }),
      make({ a: 1 }, { teardown: "controller" }),
      make({ a: 1 }, { overrides: { b: 1 } }),
      labelled,
    ])
      expect(other.sameness()).not.toBe(make({ a: 1 }).sameness());
    expect(patched.sameness()).toBeUndefined();
    expect(make({ a: Lazy.any({ produce: () => 1 as unknown }) as unknown }).sameness()).toBeUndefined();
  });

  it("is found below any construct, in the order of making", () => {
    const outer = new Construct(chart, "outer");
    new KubeObject(outer, "b", { apiVersion: "v1", kind: "ConfigMap" });
    new KubeObject(new Construct(outer, "inner"), "a", { apiVersion: "v1", kind: "ConfigMap" });
    expect(objectsBelow(chart).map(({ name }) => name)).toEqual(["b", "a"]);
  });
});

describe("a merge patch", () => {
  it("follows RFC 7386, and changes none of its arguments", () => {
    const target = { a: { b: 1, c: [1, 2] }, d: "x" };
    expect(mergePatch(target, { a: { b: null, c: [3] }, e: { f: 1 } })).toEqual({
      a: { c: [3] },
      d: "x",
      e: { f: 1 },
    });
    expect(target).toEqual({ a: { b: 1, c: [1, 2] }, d: "x" });
  });
});

/** cdk8s keeps null in lists, where Kubernetes has no use for it. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value))
    return value.map(withoutNulls).filter((item) => item !== undefined && item !== null);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutNulls(item)]));
}
