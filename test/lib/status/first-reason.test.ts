import { describe, expect, it } from "vitest";
import { firstReason } from "../../../lib/status/first-reason.ts";
import type { KubeObject } from "../../../lib/teardown/objects.ts";

interface Ready {
  readonly status?: "True" | "False" | "Unknown";
  readonly reason?: string;
  readonly message?: string;
  readonly suspend?: boolean;
  /** The generation that its controller has looked at; the object's is 2. */
  readonly observed?: number;
}

function object(
  kind: string,
  name: string,
  { status = "True", reason = "Succeeded", message = "", suspend = false, observed = 2 }: Ready = {},
): KubeObject {
  const [namespace, own] = name.split("/");
  return {
    apiVersion: "flux/v1",
    kind,
    metadata: { namespace: namespace!, name: own!, generation: 2 } as KubeObject["metadata"],
    spec: { suspend },
    status: { observedGeneration: observed, conditions: [{ type: "Ready", status, reason, message }] },
  };
}

const root = object("Kustomization", "flux-system/flux-system");

describe("the first reason why a cluster is not ready", () => {
  it("is none where all is Ready", () => {
    expect(firstReason([root, object("HelmRelease", "traefik/traefik")])).toEqual({
      state: "ready",
      reason: undefined,
    });
  });

  it("is the chart that does not come, not what waits for it", () => {
    const verdict = firstReason([
      root,
      object("Kustomization", "flux-system/platform-configs", {
        status: "False",
        reason: "DependencyNotReady",
        message: "dependency 'flux-system/platform-services' is not ready",
      }),
      object("Kustomization", "flux-system/platform-services", {
        status: "False",
        reason: "HealthCheckFailed",
        message: "failed early due to stalled resources",
      }),
      object("HelmRelease", "traefik/traefik", {
        status: "False",
        reason: "SourceNotReady",
        message: "OCIRepository 'traefik/traefik' is not ready",
      }),
      object("OCIRepository", "traefik/traefik", {
        status: "False",
        reason: "OCIArtifactPullFailed",
        message: "failed to determine artifact digest:\n  GET https://r/v2/: MANIFEST_UNKNOWN",
      }),
    ]);
    expect(verdict).toEqual({
      state: "not ready",
      reason:
        "OCIRepository traefik/traefik: failed to determine artifact digest: GET https://r/v2/: MANIFEST_UNKNOWN (and 3 more)",
    });
  });

  it("is the layer whose health fails, where its release is Ready again, not the layer that waits", () => {
    const layer = (name: string, reason: string) =>
      object("Kustomization", `flux-system/${name}`, { status: "False", reason, message: reason });
    const { reason } = firstReason([
      layer("a-waits", "DependencyNotReady"),
      layer("b-fails", "HealthCheckFailed"),
    ]);
    expect(reason).toBe("Kustomization flux-system/b-fails: HealthCheckFailed (and 1 more)");
  });

  it("is a failure of its own before one that only follows, whatever their kinds", () => {
    const { reason } = firstReason([
      object("Kustomization", "apps/podinfo", {
        status: "False",
        reason: "BuildFailed",
        message: "no such file",
      }),
      object("HelmRelease", "traefik/traefik", {
        status: "False",
        reason: "SourceNotReady",
        message: "waits",
      }),
    ]);
    expect(reason).toBe("Kustomization apps/podinfo: no such file (and 1 more)");
  });

  it("is one line of bounded length, however long the controller's message is", () => {
    const { reason } = firstReason([
      object("HelmRelease", "a/b", { status: "False", message: `one\n\ttwo ${"three ".repeat(200)}` }),
    ]);
    expect(reason).toMatch(/^HelmRelease a\/b: one two three .*…$/);
    expect(reason!.length).toBeLessThan(300);
    expect(reason).not.toContain("\n");
  });

  it("is what still goes on, where nothing has failed", () => {
    const going = object("HelmRelease", "a/b", { status: "Unknown", message: "Running 'install' action" });
    expect(firstReason([root, going])).toEqual({
      state: "progressing",
      reason: "HelmRelease a/b: Running 'install' action",
    });
    const changed = object("HelmRelease", "a/b", { message: "Helm install succeeded", observed: 1 });
    expect(firstReason([root, changed]).state).toBe("progressing");
    const created: KubeObject = {
      apiVersion: "flux/v1",
      kind: "HelmRelease",
      metadata: { name: "b", namespace: "a" },
    };
    expect(firstReason([root, created])).toEqual({
      state: "progressing",
      reason: "HelmRelease a/b: not looked at yet",
    });
  });

  it("is what goes on, not the layer that waits for it; what waits for nothing has failed", () => {
    const waiting = object("Kustomization", "flux-system/platform-configs", {
      status: "False",
      reason: "DependencyNotReady",
      message: "dependency 'flux-system/platform-services' is not ready",
    });
    const going = object("HelmRelease", "a/b", { status: "Unknown", message: "Running 'install' action" });
    expect(firstReason([waiting, going])).toEqual({
      state: "progressing",
      reason: "HelmRelease a/b: Running 'install' action",
    });
    expect(firstReason([waiting, root])).toMatchObject({ state: "not ready" });
    const failed = object("HelmRelease", "a/c", { status: "False", reason: "InstallFailed", message: "no" });
    expect(firstReason([waiting, going, failed])).toEqual({
      state: "not ready",
      reason: "HelmRelease a/c: no (and 1 more)",
    });
  });

  it("is what somebody suspended, the root first; a failure counts more", () => {
    const suspended = ["flux-system/apps", "flux-system/flux-system"].map((name) =>
      object("Kustomization", name, { suspend: true }),
    );
    expect(firstReason(suspended)).toEqual({
      state: "suspended",
      reason: "Kustomization flux-system/flux-system is suspended, and 1 more",
    });
    const failed = object("HelmRelease", "a/b", { status: "False", message: "no" });
    expect(firstReason([...suspended, failed]).state).toBe("not ready");
  });

  it("is not a HelmRepository of an OCI registry, which nobody reconciles", () => {
    const repository: KubeObject = {
      apiVersion: "source.toolkit.fluxcd.io/v1",
      kind: "HelmRepository",
      metadata: { name: "b", namespace: "a" },
      spec: { type: "oci" },
    };
    expect(firstReason([root, repository]).state).toBe("ready");
  });
});
