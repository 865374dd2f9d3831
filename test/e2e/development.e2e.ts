import { expect, it } from "vitest";
import { KafkaCluster } from "../../constructs/apps/index.ts";
import { chartVersionAnnotation } from "../../constructs/flux/release-health.ts";
import { factsOf } from "../../lib/fleet/facts.ts";
import type { KubeObject } from "./control-plane/index.ts";
import { standInCharts } from "./stand-ins/index.ts";
import { eventually, fluxObjects, nameOf, readyOf, reconcile } from "./support/flux-state.ts";
import { describeCluster, releaseOf } from "./support/living-cluster.ts";
import { marked } from "./support/reference.ts";
import { StatusOfFleet } from "./support/status.ts";

describeCluster("development", (living) => {
  let status: StatusOfFleet;
  const deployment = (namespace: string, name: string) => ({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { namespace, name },
  });
  const isAvailable = (object: KubeObject | undefined) =>
    Number(object?.status?.["availableReplicas"] ?? 0) > 0;
  const stateOf = async (name: string) => {
    const object = (await fluxObjects(living().client)).find((each) => nameOf(each) === name);
    return object === undefined ? undefined : readyOf(object);
  };

  it("is a row of `sluice status`, beside clusters that nobody reaches", async () => {
    const { fleet, plane } = living();
    status = await StatusOfFleet.of(plane);
    const rows = await status.rows();
    expect([...rows.keys()].sort()).toEqual(["canary", "development", "lab", "production", "staging"]);
    const revision = `main@sha1:${fleet.head}`;
    expect(rows.get("development")).toEqual({
      cluster: "development",
      type: "development",
      context: "kind-development",
      tracks: [{ bundle: "platform", track: "branch main", revision }],
      revision: `refs/heads/${revision}`,
      state: "ready",
    });
    expect(rows.get("lab")?.sandbox).toMatchObject({ owner: "alice@example.com", expired: false });
    expect(rows.get("production")).toMatchObject({ state: "unreachable", reason: "nobody listens there" });
    expect(rows.get("staging")).toMatchObject({
      state: "unreachable",
      reason: "no context of the kubeconfig leads to it (eks)",
    });
    const [heading, ...lines] = await status.lines();
    expect(heading).toMatch(/^CLUSTER +TYPE +TRACKS +RUNS +STATE +OWNER +REASON$/);
    expect(lines).toHaveLength(5);
    const lab = lines.find((line) => line.startsWith("lab "));
    expect(lab).toMatch(
      /^lab +sandbox +branch main +main@[0-9a-f]{7} +ready +alice@example.com, 13 days left$/,
    );
  });

  it("gets back an object that someone deletes, of a layer as of a chart", { timeout: 120_000 }, async () => {
    const { client } = living();
    const lost = [
      { apiVersion: "scheduling.k8s.io/v1", kind: "PriorityClass", metadata: { name: "normal" } },
      deployment("apps", "podinfo"),
    ];
    const before = await Promise.all(lost.map((object) => client.get(object)));
    for (const object of lost) expect(await client.delete(object)).toBe(true);
    // As after an interval, which is ten minutes and half an hour.
    await reconcile(client, "Kustomization", "platform-configs");
    await reconcile(client, "HelmRelease", "podinfo", "apps");
    for (const [index, object] of lost.entries()) {
      const back = await eventually(`${object.kind} back`, () => client.get(object), 60);
      expect(back.metadata.uid).not.toBe(before[index]!.metadata.uid);
      expect(back.metadata.labels).toEqual(before[index]!.metadata.labels);
    }
    await living().ready();
  });

  it(
    "stops at the layer of a broken chart, keeps its apps up, and recovers by a fix alone",
    { timeout: 300_000 },
    async () => {
      const { fleet, client, ready } = living();
      const broken = {
        ...standInCharts["traefik"],
        objects: [
          {
            apiVersion: "v1",
            kind: "ConfigMap",
            metadata: { name: "x" },
            data: { x: '{{ fail "this chart is broken" }}' },
          },
        ],
      };
      const version = "99.0.0";
      await fleet.mirror.push("traefik", version, broken);
      const uids = await Promise.all(
        ["podinfo"].map(async (name) => (await client.get(deployment("apps", name)))!.metadata.uid),
      );
      await fleet.publish("a broken chart", {
        edit: (object) => {
          const { kind, metadata, spec } = object;
          if (kind === "OCIRepository" && metadata.name === "traefik")
            return { ...object, spec: { ...spec, ref: { tag: version } } };
          if (kind === "HelmRelease" && metadata.name === "traefik")
            return {
              ...object,
              metadata: { ...metadata, annotations: { [chartVersionAnnotation]: version } },
            };
          return marked("of the broken platform")(object);
        },
      });
      await reconcile(client, "GitRepository", "platform");

      const release = await eventually("the release fails", async () => {
        const state = await stateOf("HelmRelease traefik/traefik");
        return state?.ready === false && state.message.includes("this chart is broken") && state;
      });
      expect(release.message).toContain("this chart is broken");
      await eventually("its layer fails", async () => {
        const state = await stateOf("Kustomization flux-system/platform-services");
        return state?.ready === false && state.message.includes("traefik");
      });
      await eventually("the next layer waits", async () => {
        const state = await stateOf("Kustomization flux-system/platform-configs");
        return state?.ready === false && /dependency.*platform-services/.test(state.message);
      });
      const [, ...rows] = await status.lines("development");
      expect(rows).toEqual([
        expect.stringMatching(
          /^development +development .* not ready +HelmRelease traefik\/traefik: .*this chart is broken/,
        ),
      ]);
      expect(await releaseOf(client)).toBeUndefined();
      expect(isAvailable(await client.get(deployment("apps", "podinfo")))).toBe(true);
      expect(isAvailable(await client.get(deployment("traefik", "traefik")))).toBe(true);
      expect((await client.get(deployment("apps", "podinfo")))!.metadata.uid).toBe(uids[0]);

      await fleet.publish("the fix");
      await reconcile(client, "GitRepository", "platform");
      await eventually("the fix is applied", async () => {
        const services = await client.get({
          apiVersion: "kustomize.toolkit.fluxcd.io/v1",
          kind: "Kustomization",
          metadata: { namespace: "flux-system", name: "platform-services" },
        });
        return services?.status?.["lastAppliedRevision"] === `main@sha1:${fleet.head}`;
      });
      await ready();
      expect((await status.rows()).get("development")?.state).toBe("ready");
    },
  );

  it(
    "applies a variable that is changed, at once and wherever it is used",
    { timeout: 120_000 },
    async () => {
      const { fleet, client, cluster, ready } = living();
      expect(factsOf(cluster)).toMatchObject({ cluster_replicas: "1" });
      await fleet.publish("three replicas", {
        change: (loaded) => ({
          ...loaded,
          clusters: loaded.clusters.map((each) =>
            each.name === "development"
              ? { ...each, type: { ...each.type, availability: { ...each.type.availability, replicas: 3 } } }
              : each,
          ),
        }),
      });
      await reconcile(client, "GitRepository", "flux-system");
      await eventually(
        "three replicas of Traefik",
        async () => (await client.get(deployment("traefik", "traefik")))?.status?.["availableReplicas"] === 3,
      );
      await ready();
    },
  );

  it("prunes an app that is removed, and no other", { timeout: 120_000 }, async () => {
    const { fleet, client, ready } = living();
    expect(await client.get(deployment("apps", "podinfo"))).toBeDefined();
    await fleet.publish("no podinfo", {
      change: (loaded) => ({
        ...loaded,
        clusters: loaded.clusters.map((each) =>
          each.name === "development"
            ? {
                ...each,
                versions: { ...each.versions, apps: new Map() },
                apps: (apps) => {
                  new KafkaCluster(apps, "kafka", { topics: [{ name: "orders" }] });
                },
              }
            : each,
        ),
      }),
    });
    await reconcile(client, "GitRepository", "flux-system");
    await eventually(
      "podinfo gone",
      async () => (await client.get(deployment("apps", "podinfo"))) === undefined,
    );
    const left = async () =>
      (await client.everything()).filter(
        ({ kind, metadata }) =>
          kind !== "Event" && metadata.namespace === "apps" && metadata.name.includes("podinfo"),
      );
    await eventually("nothing left of podinfo", async () => (await left()).length === 0, 30);
    await ready();
    expect(
      await client.get({
        apiVersion: "kafka.strimzi.io/v1",
        kind: "Kafka",
        metadata: { namespace: "apps", name: "kafka" },
      }),
    ).toBeDefined();
  });
});
