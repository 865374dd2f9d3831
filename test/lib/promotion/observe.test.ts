import { describe, expect, it } from "vitest";
import { observe, readySince } from "../../../lib/promotion/observe.ts";
import type { KubeObject } from "../../../lib/teardown/objects.ts";

const time = (minute: number) => `2026-11-21T12:${String(minute).padStart(2, "0")}:00Z`;
const at = Date.parse(time(50));
const digest = `sha256:${"a".repeat(64)}`;

interface Entry {
  readonly digest: string;
  readonly first: number;
  readonly last: number;
  readonly status?: string;
}

/** A Kustomization as kustomize-controller 1.9 leaves it. */
function kustomization(
  name: string,
  source: string,
  history: readonly Entry[],
  more: { ready?: boolean; revision?: string; namespace?: string } = {},
): KubeObject {
  const { ready = true, revision = `1.1.0@${digest}`, namespace = "flux-system" } = more;
  return {
    apiVersion: "kustomize.toolkit.fluxcd.io/v1",
    kind: "Kustomization",
    metadata: { name, namespace, generation: 1 } as KubeObject["metadata"],
    spec: { sourceRef: { kind: name === "flux-system" ? "GitRepository" : "OCIRepository", name: source } },
    status: {
      observedGeneration: 1,
      conditions: [
        {
          type: "Ready",
          status: ready ? "True" : "False",
          reason: ready ? "ReconciliationSucceeded" : "HealthCheckFailed",
          message: ready ? "Applied" : "timeout waiting for kyverno",
        },
      ],
      lastAppliedRevision: revision,
      history: history.map(({ digest: of, first, last, status = "ReconciliationSucceeded" }) => ({
        digest: of,
        firstReconciled: time(first),
        lastReconciled: time(last),
        lastReconciledStatus: status,
      })),
    },
  };
}

const node = (kubelet: string): KubeObject => ({
  apiVersion: "v1",
  kind: "Node",
  metadata: { name: kubelet },
  status: { nodeInfo: { kubeletVersion: kubelet } },
});
const cluster = { name: "staging", bundles: [{ name: "platform" }] } as unknown as Parameters<
  typeof observe
>[0];
const resolve = (_: string, revision: string) =>
  Promise.resolve({ version: revision.split("@")[0]!, content: revision });
const root = kustomization("flux-system", "flux-system", [{ digest: "r", first: 1, last: 49 }], {
  revision: "main@sha1:abc",
});
const look = (objects: readonly KubeObject[], server = "v1.35.4", kubelets = ["v1.35.2"]) => ({
  objects: [root, ...objects],
  server,
  nodes: kubelets.map(node),
  at,
});
const noApps = () => Promise.resolve(new Map<string, string>());

describe("since when it is Ready", () => {
  it("is when the youngest of its parts came to be what it is", () => {
    const old = kustomization("platform", "platform", [{ digest: "a", first: 1, last: 49 }]);
    const young = kustomization("platform-services", "platform", [
      { digest: "c", first: 30, last: 49 },
      { digest: "b", first: 1, last: 29 },
    ]);
    expect(readySince([old, young], at)).toBe(Date.parse(time(30)));
  });

  it("begins anew after a failure, and after something else that was applied in between", () => {
    const failed = kustomization("platform", "platform", [
      { digest: "a", first: 1, last: 49 },
      { digest: "a", first: 20, last: 25, status: "HealthCheckFailed" },
    ]);
    expect(readySince([failed], at)).toBe(Date.parse(time(25)));
    const back = kustomization("platform", "platform", [
      { digest: "a", first: 1, last: 49 },
      { digest: "b", first: 10, last: 40 },
    ]);
    expect(readySince([back], at)).toBe(Date.parse(time(40)));
  });

  it("is now where Flux keeps no history, or its newest entry is a failure", () => {
    expect(readySince([kustomization("platform", "platform", [])], at)).toBe(at);
    expect(
      readySince(
        [
          kustomization("platform", "platform", [
            { digest: "a", first: 1, last: 49, status: "HealthCheckFailed" },
          ]),
        ],
        at,
      ),
    ).toBe(at);
    expect(readySince([], at)).toBe(at);
  });
});

describe("a look at a cluster", () => {
  it("tells what a bundle runs by the revision that all its layers have applied", async () => {
    const layers = ["platform", "platform-services"].map((name) =>
      kustomization(name, "platform", [{ digest: name, first: 10, last: 49 }]),
    );
    const { observations, machines, pending } = await observe(cluster, look(layers), resolve, noApps);
    expect(pending).toEqual([]);
    expect(machines).toEqual({ server: "1.35", nodes: "1.35" });
    expect(observations).toEqual([
      {
        cluster: "staging",
        what: "platform",
        version: "1.1.0",
        content: `1.1.0@${digest}`,
        state: "ready",
        since: Date.parse(time(10)),
        at,
      },
      {
        cluster: "staging",
        what: "kubernetes",
        version: "1.35",
        content: "1.35",
        state: "ready",
        since: at,
        at,
      },
    ]);
  });

  it("says nothing while layers have different revisions, or a version is on its way", async () => {
    const mixed = [
      kustomization("platform", "platform", []),
      kustomization("platform-services", "platform", [], { revision: `1.0.0@${digest}` }),
    ];
    expect((await observe(cluster, look(mixed), resolve, noApps)).pending[0]?.reason).toContain(
      "different revisions",
    );
    const [applied] = mixed;
    const waiting = {
      ...applied!,
      status: {
        ...(applied!["status"] as object),
        conditions: [{ type: "Ready", status: "Unknown", message: "in progress" }],
      },
    };
    const { observations, pending } = await observe(cluster, look([waiting]), resolve, noApps);
    expect(observations).toEqual([]);
    expect(pending.map(({ what }) => what)).toEqual(["platform", "kubernetes"]);
  });

  it("is not Ready while anything in the cluster is not", async () => {
    const broken = kustomization("web", "flux-system", [], { ready: false, namespace: "apps" });
    const { observations } = await observe(
      cluster,
      look([kustomization("platform", "platform", [{ digest: "a", first: 1, last: 49 }]), broken]),
      resolve,
      noApps,
    );
    expect(observations[0]).toMatchObject({
      what: "platform",
      state: "not ready",
      reason: "Kustomization apps/web: timeout waiting for kyverno",
    });
    expect(observations[0]?.since).toBe(at);
  });

  it("tells an app's version with the chart that is installed, and how the app itself is", async () => {
    const labels = {
      "kustomize.toolkit.fluxcd.io/name": "podinfo",
      "kustomize.toolkit.fluxcd.io/namespace": "apps",
    };
    const release: KubeObject = {
      apiVersion: "helm.toolkit.fluxcd.io/v2",
      kind: "HelmRelease",
      metadata: { name: "podinfo", namespace: "apps", labels },
      status: { conditions: [{ type: "Ready", status: "True" }], history: [{ chartVersion: "6.14.3+abc" }] },
    };
    const app = kustomization("podinfo", "flux-system", [{ digest: "a", first: 20, last: 49 }], {
      namespace: "apps",
    });
    const apps = (revision: string) =>
      Promise.resolve(
        new Map(revision === "main@sha1:abc" ? [["podinfo", "chart 6.14.x, image 6.14.1"]] : []),
      );
    const { observations } = await observe(
      cluster,
      look([kustomization("platform", "platform", []), app, release]),
      resolve,
      apps,
    );
    expect(observations.find(({ what }) => what === "podinfo")).toMatchObject({
      version: "chart 6.14.3, image 6.14.1",
      state: "ready",
      since: Date.parse(time(20)),
    });
  });

  it("does not say that Kubernetes runs while nodes are behind", async () => {
    const { observations, machines, pending } = await observe(
      cluster,
      look([kustomization("platform", "platform", [])], "v1.35.4", ["v1.35.4", "v1.34.9"]),
      resolve,
      noApps,
    );
    expect(machines).toEqual({ server: "1.35", nodes: "1.34" });
    expect(observations.map(({ what }) => what)).toEqual(["platform"]);
    expect(pending).toEqual([
      { what: "kubernetes", reason: "the control plane runs 1.35, the oldest node 1.34" },
    ]);
  });
});
