import { describe, expect, it } from "vitest";
import { slowest } from "../../../lib/simulate/latencies.ts";
import { configMap, dependsOn, deployment, namespace, release, simulated, unit } from "./support.ts";

describe("the order in which a cluster becomes Ready", () => {
  it("follows dependsOn, also across namespaces", () => {
    const { ready, of } = simulated({
      "cluster/all.yaml": [
        namespace("apps"),
        unit("last", { dependsOn: [{ name: "middle", namespace: "apps" }] }),
        unit("middle", { dependsOn: [{ name: "first", namespace: "flux-system" }] }, "apps"),
        unit("first"),
      ],
      "first/a.yaml": [configMap("a")],
      "middle/b.yaml": [configMap("b")],
      "last/c.yaml": [configMap("c")],
    });
    expect(ready).toEqual(["flux-system", "first", "Kustomization apps/middle", "last"]);
    expect(of("last").after).toContain("Kustomization apps/middle");
    // What is not Ready yet is looked at again after the controller's interval.
    expect(of("Kustomization apps/middle").readyAfter).toBe(35);
  });

  it("looks for a dependency without a namespace beside what depends on it", () => {
    const { of } = simulated({
      "cluster/all.yaml": [namespace("apps"), unit("a"), unit("b", dependsOn("a"), "apps")],
      "a/a.yaml": [configMap("a")],
      "b/b.yaml": [configMap("b")],
    });
    expect(of("Kustomization apps/b")).toMatchObject({
      verdict: "failed",
      reason: "DependencyNotReady",
      message: "dependency 'apps/a' not found",
    });
  });

  it("takes wait for what it is: the Kustomization is Ready after its workloads", () => {
    const files = (wait: boolean) => ({
      "cluster/all.yaml": [unit("web", { wait })],
      "web/web.yaml": [deployment("web")],
    });
    expect(simulated(files(false)).of("web").readyAfter).toBeLessThan(10);
    expect(simulated(files(true)).of("web").readyAfter).toBeGreaterThan(15);
    expect(simulated(files(true), { latencies: slowest }).of("web").readyAfter).toBeGreaterThan(110);
  });

  it("begins again after a timeout, at the retry interval", () => {
    const { of } = simulated(
      {
        "cluster/all.yaml": [unit("web", { wait: true, timeout: "1m", retryInterval: "5m" })],
        "web/web.yaml": [deployment("web")],
      },
      { latencies: { ...slowest, healthy: () => 90 } },
    );
    expect(of("web").readyAfter).toBeGreaterThan(360);
    expect(of("web").verdict).toBe("ready");
  });

  it("gives no health check less than 30 seconds, whatever its timeout says", () => {
    const { of } = simulated(
      {
        "cluster/all.yaml": [unit("web", { wait: true, timeout: "5s", retryInterval: "1h" })],
        "web/web.yaml": [deployment("web")],
      },
      { latencies: { ...slowest, healthy: () => 20 } },
    );
    expect(of("web").readyAfter).toBeLessThan(60);
  });

  it("waits for releases with what is applied beside them, and for their dependencies", () => {
    const { of } = simulated({
      "cluster/all.yaml": [unit("services", { wait: true })],
      "services/all.yaml": [...release("a"), ...release("b", { dependsOn: [{ name: "a" }] })],
    });
    const [a, b] = [of("HelmRelease default/a"), of("HelmRelease default/b")];
    expect(b.readyAfter! - a.readyAfter!).toBeGreaterThanOrEqual(30);
    expect(of("services").readyAfter).toBeGreaterThanOrEqual(b.readyAfter!);
    expect(of("services").after).toEqual(
      expect.arrayContaining(["HelmRelease default/a", "HelmRelease default/b"]),
    );
  });

  it("is the same every time", () => {
    const files = {
      "cluster/all.yaml": [unit("a"), unit("b", dependsOn("a")), unit("c", { wait: true })],
      "a/a.yaml": [configMap("a")],
      "b/b.yaml": [configMap("b")],
      "c/c.yaml": [deployment("c")],
    };
    expect(simulated(files).outcomes).toEqual(simulated(files).outcomes);
  });
});
