import { loadAll } from "js-yaml";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Cluster } from "../../../lib/fleet/cluster.ts";
import { factsOf } from "../../../lib/fleet/facts.ts";
import {
  type ControlPlane,
  type KubeClient,
  type KubeObject,
  startControlPlane,
} from "../control-plane/index.ts";
import { type External, startStandIns } from "../stand-ins/index.ts";
import { bootstrap } from "./bootstrap.ts";
import {
  expectedFluxObjects,
  fluxObjects,
  nameOf,
  readyOf,
  type Snapshot,
  untilReady,
} from "./flux-state.ts";
import { ReferenceFleet } from "./reference.ts";

/** A cluster of the reference fleet that lives as long as its `describe`. */
export interface LivingCluster {
  readonly fleet: ReferenceFleet;
  readonly plane: ControlPlane;
  readonly client: KubeClient;
  readonly external: External;
  readonly cluster: Cluster;
  /** Waits until all that its manifests lead to is Ready. */
  readonly ready: (seconds?: number) => Promise<readonly KubeObject[]>;
}

/** Describes a cluster of the reference fleet: what holds of each, and what `further` adds. */
export function describeCluster(
  name: string,
  further: (living: () => LivingCluster) => void = () => undefined,
): void {
  describe(`the reference cluster ${name}`, () => {
    let living: LivingCluster;
    const snapshots: Snapshot[] = [];

    beforeAll(async () => {
      const [fleet, plane] = await Promise.all([ReferenceFleet.start(), startControlPlane()]);
      const external = await startStandIns(plane);
      const { client } = plane;
      const cluster = fleet.cluster(name);
      const ready = (seconds?: number) =>
        untilReady(
          client,
          expectedFluxObjects(fleet.files, cluster),
          seconds === undefined ? {} : { seconds },
        );
      living = { fleet, plane, client, external, cluster, ready };
    }, 120_000);
    afterAll(async () => {
      await Promise.allSettled([living?.plane.stop(), living?.fleet.stop()]);
    });

    it("becomes Ready: every source, Kustomization and HelmRelease", { timeout: 300_000 }, async () => {
      const { client, fleet, plane, cluster } = living;
      await bootstrap(plane, fleet, name);
      const expected = expectedFluxObjects(fleet.files, cluster);
      expect(expected.size).toBeGreaterThan(20);
      const objects = await untilReady(client, expected, { snapshots });
      expect(objects.map(nameOf).sort()).toEqual([...expected].sort());
    });

    it("applied nothing before what it depends on was Ready", () => {
      const checked = outOfOrder(snapshots);
      expect(checked.wrong).toEqual([]);
      expect(checked.pairs).toEqual(
        expect.arrayContaining([
          "flux-system/platform-configs after flux-system/platform-services",
          "flux-system/platform-service-configs after flux-system/platform-configs",
          "flux-system/apps after flux-system/platform",
        ]),
      );
    });

    it("has the value of each variable wherever the platform has its name", async () => {
      const { client, fleet, cluster } = living;
      const found = objectsWithVariables(fleet, cluster);
      expect(found.length).toBeGreaterThan(5);
      for (const expected of found) {
        const { labels: _, ...metadata } = expected.metadata;
        expect(await client.get(expected), nameOf(expected)).toMatchObject({ ...expected, metadata });
      }
    });

    it("runs what it tracks", async () => {
      const { client, fleet, cluster } = living;
      const [platform] = cluster.bundles;
      const source = (await fluxObjects(client)).find(
        ({ kind, metadata }) =>
          /^(Git|OCI)Repository$/.test(kind) &&
          metadata.namespace === "flux-system" &&
          metadata.name === "platform",
      )!;
      const { revision } = source.status!["artifact"] as { revision: string };
      const layer = await client.get({
        apiVersion: "kustomize.toolkit.fluxcd.io/v1",
        kind: "Kustomization",
        metadata: { namespace: "flux-system", name: "platform-configs" },
      });
      expect(layer?.status?.["lastAppliedRevision"]).toBe(revision);
      const release = await releaseOf(client);
      if ("branch" in platform!.track) {
        expect(source.kind).toBe("GitRepository");
        expect(revision).toBe(`main@sha1:${fleet.head}`);
        expect(release).toBeUndefined();
      } else {
        expect(source.kind).toBe("OCIRepository");
        const version = "tag" in platform!.track ? platform!.track.tag : "1.1.0";
        expect(revision).toBe(`${version}@${fleet.released.get(version)}`);
        expect(release).toBe(version);
        const verified = source.status?.conditions?.find(({ type }) => type === "SourceVerified");
        expect(verified).toMatchObject({
          status: "True",
          message: expect.stringContaining("verified") as string,
        });
      }
    });

    further(() => living);
  });
}

/** The release that a cluster's objects say they are of. */
export async function releaseOf(client: KubeClient): Promise<string | undefined> {
  const metadata = { name: "important" };
  const important = await client.get({ apiVersion: "scheduling.k8s.io/v1", kind: "PriorityClass", metadata });
  return important?.metadata.annotations?.["release"];
}

/** Which Kustomizations had applied something while one that they depend on had never been Ready. */
function outOfOrder(snapshots: readonly Snapshot[]): { wrong: string[]; pairs: string[] } {
  const wrong = new Set<string>();
  const pairs = new Set<string>();
  const ready = new Set<string>();
  const key = (namespace: string | undefined, name: string) => `${namespace}/${name}`;
  for (const snapshot of snapshots) {
    for (const object of snapshot)
      if (readyOf(object)?.ready === true) ready.add(key(object.metadata.namespace, object.metadata.name));
    for (const { metadata, spec, status } of snapshot) {
      const { entries = [] } = (status?.["inventory"] ?? {}) as { entries?: unknown[] };
      if (entries.length === 0) continue;
      for (const on of (spec?.["dependsOn"] ?? []) as { name: string; namespace?: string }[]) {
        const dependency = key(on.namespace ?? metadata.namespace, on.name);
        const pair = `${key(metadata.namespace, metadata.name)} after ${dependency}`;
        pairs.add(pair);
        if (!ready.has(dependency)) wrong.add(pair);
      }
    }
  }
  return { wrong: [...wrong], pairs: [...pairs] };
}

/** The platform's objects that name a variable, with the cluster's values put in by a few lines of this test's own. */
function objectsWithVariables(fleet: ReferenceFleet, cluster: Cluster): KubeObject[] {
  const [platform] = cluster.bundles;
  const values: Record<string, unknown> = { ...factsOf(cluster), ...platform!.variables };
  const put = (text: string) =>
    text
      .replaceAll("$${", "\u0000")
      .replace(/\$\{(\w+)(?::=([^}]*))?\}/g, (_, name: string, otherwise = "") =>
        String(values[name] ?? otherwise),
      )
      .replaceAll("\u0000", "${");
  const found: KubeObject[] = [];
  for (const [path, text] of fleet.files) {
    const [, layer, option] = /^manifests\/platform\/([\w-]+)\/(?:([\w-]+)\/)?/.exec(path) ?? [];
    if (layer === undefined || layer === "layers" || !path.endsWith(".yaml")) continue;
    if (layer === "options" && !platform!.options.includes(option!)) continue;
    for (const part of text.split(/^---$/m))
      if (/(^|[^$])\$\{/.test(part)) found.push(...(loadAll(put(part)) as KubeObject[]));
  }
  return found;
}
