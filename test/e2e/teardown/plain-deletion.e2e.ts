import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { connect } from "../../../lib/teardown/connect.ts";
import { planOf, teardown } from "../../../lib/teardown/teardown.ts";
import { SmallCluster } from "./small-cluster.ts";
import { smallFleet } from "./small-fleet.ts";

const fleet = (charts: string, folder: string) => smallFleet(3, charts, folder, { diamonds: true });
const flux = (kind: "Kustomization" | "HelmRelease", namespace: string, name: string) => ({
  apiVersion: kind === "Kustomization" ? "kustomize.toolkit.fluxcd.io/v1" : "helm.toolkit.fluxcd.io/v2",
  kind,
  metadata: { namespace, name },
});

/** What a teardown in order prevents: that these tests find orphans says that the others would, too. */
describe("deleting without an order", () => {
  let cluster: SmallCluster;
  beforeEach(async () => {
    cluster = await SmallCluster.start();
    await cluster.apply(fleet);
  }, 180_000);
  afterEach(() => cluster?.stop());

  test("everything at once leaves something", { timeout: 120_000 }, async () => {
    const { client, kubeconfig } = cluster.plane;
    await client.merge(flux("Kustomization", "flux-system", "flux-system"), { spec: { suspend: true } });
    const { scope, snapshot } = await planOf(await connect({ kubeconfig }));
    await Promise.all([...scope.going.keys()].map((key) => client.delete(snapshot.objects.get(key)!)));
    await sleep(20_000);
    expect((await cluster.left()).length + cluster.external.list().length).toBeGreaterThan(0);
  });

  test("the controllers first leaves what they should have finalised", { timeout: 120_000 }, async () => {
    const { client } = cluster.plane;
    await client.merge(flux("Kustomization", "flux-system", "flux-system"), { spec: { suspend: true } });
    await client.merge(flux("Kustomization", "flux-system", "operators"), { spec: { suspend: true } });
    await client.delete(flux("HelmRelease", "apps", "widgets"));
    await sleep(5000);
    await client.delete(flux("Kustomization", "flux-system", "apps"));
    await sleep(15_000);
    expect(cluster.external.list().filter((name) => name.startsWith("widget"))).not.toEqual([]);
    expect((await cluster.left()).filter((name) => name.startsWith("Widget"))).not.toEqual([]);
  });

  test("what is suspended leaves all that it applied", { timeout: 120_000 }, async () => {
    const { client, kubeconfig } = cluster.plane;
    const suspended = [
      flux("Kustomization", "flux-system", "flux-system"),
      flux("Kustomization", "flux-system", "apps"),
      flux("Kustomization", "apps", "app-0"),
    ];
    for (const object of suspended) await client.merge(object, { spec: { suspend: true } });
    for (const object of suspended.slice(1)) await client.delete(object);
    await sleep(5000);
    expect((await cluster.left()).filter((name) => name.startsWith("Widget"))).not.toEqual([]);
    // And yet it is not too late.
    expect(await teardown(await connect({ kubeconfig }))).toMatchObject({ outcome: "clean" });
    expect([...(await cluster.left()), ...cluster.external.list()]).toEqual([]);
  });
});
