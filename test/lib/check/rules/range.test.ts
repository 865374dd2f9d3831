import { describe, expect, it } from "vitest";
import type { Cluster } from "../../../../lib/fleet/cluster.ts";
import { range } from "../../../../lib/check/rules/range.ts";
import { clustersOf, findingsOf, object, release, ruleCases } from "./rule-cases.ts";

const source = (ref: string, url = "oci://registry.example.com/web") =>
  object("source.toolkit.fluxcd.io/v1", "OCIRepository", "web", `spec: { url: ${url}, ref: ${ref} }`);
const applied = object(
  "kustomize.toolkit.fluxcd.io/v1",
  "Kustomization",
  "web",
  "spec: { interval: 10m, prune: true, path: ./, sourceRef: { kind: OCIRepository, name: web } }",
);
const chart = (version: string) =>
  release("web", `chart: { spec: { chart: web${version}, sourceRef: { kind: HelmRepository, name: a } } }`);

const twice = "oci://registry.example.com/released-twice";

ruleCases(range, {
  compliant: {
    "a tag": source("{ tag: 1.0.0 }"),
    "a range beside a digest, which counts":
      source(`{ semver: "1.x", digest: "sha256:${"0".repeat(64)}" }`) + applied,
    "a range with nothing older in it": source('{ semver: "1.x" }', "oci://a/released-once") + applied,
    "a range of releases that are not known": source('{ semver: "1.x" }') + applied,
    "a chart's range within a major version": chart(', version: ">=1.2.0 <2.0.0"'),
    "the range of a chart's own source":
      source('{ semver: "1.x" }') + release("web", "chartRef: { kind: OCIRepository, name: web }"),
    "a range of one version": source('{ semver: "1.2.3" }'),
    "one version": chart(", version: 1.2.3") + chart(", version: v1.2.3"),
  },
  broken: {
    "a range without an end": [
      source('{ semver: ">=1.0.0" }'),
      "OCIRepository apps/web: spec.ref.semver '>=1.0.0' has no end",
    ],
    "any version": [chart(', version: "*"'), "spec.chart.spec.version '*' has no end"],
    "no version at all": [chart(""), "HelmRelease apps/web: spec.chart.spec.version '*' has no end"],
    "a range, which falls back": [
      source('{ semver: "1.x" }', twice) + applied,
      "OCIRepository apps/web: spec.ref.semver '1.x' takes 1.1.0: when that tag is taken away, it falls back to 1.0.0 without a commit",
    ],
    "what is no range": [chart(", version: latest"), "'latest' is neither a version nor a range"],
  },
});

describe("with definitions", () => {
  const knowledge = (track: object, isProtected = false) => ({
    definition: {
      type: { protected: isProtected },
      bundles: [{ track }],
      versions: { kubernetes: "1.35" },
    } as unknown as Cluster,
  });

  it("a protected cluster follows no range, which could fall back", () => {
    expect(findingsOf(range, source('{ semver: "1.x" }'), knowledge({ tag: "1.0.0" }, true))).toEqual([
      "test: OCIRepository apps/web: spec.ref.semver '1.x' is a range, on a protected cluster: a tag that is taken away makes it fall back",
    ]);
    expect(findingsOf(range, source("{ tag: 1.0.0 }"), knowledge({ tag: "1.0.0" }, true))).toEqual([]);
  });

  it("a range that is wanted is warned of, with the pin that keeps it from falling back", () => {
    const [warned, ...others] = range.check({
      clusters: clustersOf(source('{ semver: "1.x" }', twice) + applied, knowledge({ semver: "1.x" })),
    });
    expect(others).toEqual([]);
    expect(warned).toMatchObject({ severity: "warning" });
    expect(warned!.remedy).toMatch(/a tag and its digest together: \{ tag: X\.Y\.Z, digest: sha256/);
    const [refused] = range.check({
      clusters: clustersOf(source('{ semver: "1.x" }') + applied, knowledge({ tag: "1.0.0" }, true)),
    });
    expect(refused!.severity).toBeUndefined();
    expect(refused!.remedy).toMatch(/a tag and its digest together/);
  });

  it("a cluster that follows a branch may take the newest of everything", () => {
    const of = (track: object) =>
      findingsOf(range, source('{ semver: ">=1.0.0" }', twice) + applied, knowledge(track));
    expect(of({ branch: "main" })).toEqual([expect.stringContaining("falls back to 1.0.0")]);
    expect(of({ semver: "1.x" })).toEqual([expect.stringContaining("has no end")]);
  });
});
