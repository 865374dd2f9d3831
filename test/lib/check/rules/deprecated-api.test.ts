import { describe, expect, it } from "vitest";
import { deprecatedApi } from "../../../../lib/check/rules/deprecated-api.ts";
import { clustersOf, findingsOf, object, ruleCases } from "./rule-cases.ts";

const budget = (version: string) =>
  object(version, "PodDisruptionBudget", "web", "spec: { maxUnavailable: 1 }");
const address = object("networking.k8s.io/v1beta1", "IPAddress", "10.0.0.1", "spec: {}", "");

ruleCases(deprecatedApi, {
  compliant: { "what is current": budget("policy/v1") },
  broken: {
    "what is gone": [
      budget("policy/v1beta1"),
      "Kubernetes 1.35 does not serve policy/v1beta1 PodDisruptionBudget (gone since 1.25)",
    ],
    "what is deprecated": [
      address,
      "networking.k8s.io/v1beta1 IPAddress is deprecated since Kubernetes 1.34, and goes with 1.37",
    ],
    "an old version of Flux's kinds": [
      object("kustomize.toolkit.fluxcd.io/v1beta2", "Kustomization", "a", "spec: {}").replace("---\n", ""),
      "Flux 2.9 does not serve kustomize.toolkit.fluxcd.io/v1beta2",
    ],
  },
});

describe("the cluster's version decides", () => {
  it("an API goes with the next version", () => {
    expect(findingsOf(deprecatedApi, address, { kubernetes: "1.36" })).toEqual([
      "test: IPAddress 10.0.0.1: networking.k8s.io/v1beta1 IPAddress goes with Kubernetes 1.37, the next version of the cluster",
    ]);
    expect(findingsOf(deprecatedApi, address, { kubernetes: "1.33" })).toEqual([
      "test: IPAddress 10.0.0.1: networking.k8s.io/v1beta1 IPAddress is deprecated from Kubernetes 1.34 on, the next version of the cluster, and goes with 1.37",
    ]);
    expect(findingsOf(deprecatedApi, address, { kubernetes: "1.32" })).toEqual([]);
  });

  it("being deprecated is a warning, going an error", () => {
    const severity = (kubernetes: string) =>
      deprecatedApi.check({ clusters: clustersOf(address, { kubernetes }) })[0]?.severity;
    expect(severity("1.35")).toBe("warning");
    expect(severity("1.36")).toBeUndefined();
  });
});
