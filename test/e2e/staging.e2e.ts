import { expect, it } from "vitest";
import { eventually, readyOf, reconcile } from "./support/flux-state.ts";
import { describeCluster, releaseOf } from "./support/living-cluster.ts";
import { marked } from "./support/reference.ts";

describeCluster("staging", (living) => {
  const source = {
    apiVersion: "source.toolkit.fluxcd.io/v1",
    kind: "OCIRepository",
    metadata: { name: "platform", namespace: "flux-system" },
  };
  const release = async (version: string, signed: boolean) => {
    const { fleet } = living();
    await fleet.publish(`platform ${version}`, { edit: marked(version) });
    return fleet.release(version, signed);
  };

  it("takes a new release in its range by itself", { timeout: 180_000 }, async () => {
    const { client, ready } = living();
    const digest = await release("1.2.0", true);
    await reconcile(client, "OCIRepository", "platform");
    await eventually("release 1.2.0", async () => (await releaseOf(client)) === "1.2.0");
    await ready();
    expect((await client.get(source))?.status).toMatchObject({ artifact: { revision: `1.2.0@${digest}` } });
  });

  it("leaves a release outside of its range alone", { timeout: 60_000 }, async () => {
    const { client, ready } = living();
    await release("2.0.0", true);
    const asked = await reconcile(client, "OCIRepository", "platform");
    await eventually(
      "the source looked",
      async () => (await client.get(source))?.status?.["lastHandledReconcileAt"] === asked,
    );
    await ready();
    expect(await releaseOf(client)).toBe("1.2.0");
  });

  it(
    "refuses a release that nobody signed, and goes on with the one before",
    { timeout: 120_000 },
    async () => {
      const { client } = living();
      await release("1.3.0", false);
      await reconcile(client, "OCIRepository", "platform");
      const message = await eventually("a refusal", async () => {
        const state = readyOf((await client.get(source))!);
        return state?.ready === false && state.message;
      });
      expect(message).toMatch(/signature/);
      expect(await releaseOf(client)).toBe("1.2.0");
      const layers = await client.list("kustomize.toolkit.fluxcd.io/v1", "Kustomization", "flux-system");
      expect(layers.filter((layer) => readyOf(layer)?.ready !== true)).toEqual([]);
    },
  );
});
