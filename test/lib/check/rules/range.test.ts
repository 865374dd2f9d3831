import { describe, expect, it } from "vitest";
import type { Cluster } from "../../../../lib/fleet/cluster.ts";
import { range } from "../../../../lib/check/rules/range.ts";
import { findingsOf, object, release, ruleCases } from "./rule-cases.ts";

const source = (ref: string) =>
  object(
    "source.toolkit.fluxcd.io/v1",
    "OCIRepository",
    "web",
    `spec: { url: oci://registry.example.com/web, ref: ${ref} }`,
  );
const chart = (version: string) =>
  release("web", `chart: { spec: { chart: web${version}, sourceRef: { kind: HelmRepository, name: a } } }`);

ruleCases(range, {
  compliant: {
    "a tag": source("{ tag: 1.0.0 }"),
    "a range within a major version": source('{ semver: "1.x" }') + chart(', version: ">=1.2.0 <2.0.0"'),
    "one version": chart(", version: 1.2.3") + chart(", version: v1.2.3"),
  },
  broken: {
    "a range without an end": [
      source('{ semver: ">=1.0.0" }'),
      "OCIRepository apps/web: spec.ref.semver '>=1.0.0' has no end",
    ],
    "any version": [chart(', version: "*"'), "spec.chart.spec.version '*' has no end"],
    "no version at all": [chart(""), "HelmRelease apps/web: spec.chart.spec.version '*' has no end"],
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

  it("a cluster that follows a branch may take the newest of everything", () => {
    expect(findingsOf(range, source('{ semver: ">=1.0.0" }'), knowledge({ branch: "main" }))).toEqual([]);
    expect(findingsOf(range, source('{ semver: ">=1.0.0" }'), knowledge({ semver: "1.x" }))).toHaveLength(1);
  });
});
