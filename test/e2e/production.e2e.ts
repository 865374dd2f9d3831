import { expect, it } from "vitest";
import { eventually, reconcile } from "./support/flux-state.ts";
import { describeCluster, releaseOf } from "./support/living-cluster.ts";
import { marked } from "./support/reference.ts";

describeCluster("production", (living) => {
  it(
    "stays at its tag when there is a newer release, and main has changed",
    { timeout: 120_000 },
    async () => {
      const { fleet, client, ready } = living();
      const source = {
        apiVersion: "source.toolkit.fluxcd.io/v1",
        kind: "OCIRepository",
        metadata: { name: "platform", namespace: "flux-system" },
      };
      const artifact = async () => (await client.get(source))?.status?.["artifact"];
      const before = await artifact();
      await fleet.publish("a change to the platform", { edit: marked("1.2.0") });
      await fleet.release("1.2.0");
      const asked = await reconcile(client, "OCIRepository", "platform");
      await eventually(
        "the source looked",
        async () => (await client.get(source))?.status?.["lastHandledReconcileAt"] === asked,
      );
      await reconcile(client, "GitRepository", "flux-system");
      await ready();
      expect(await artifact()).toEqual(before);
      expect(await releaseOf(client)).toBe("1.0.0");
    },
  );
});
