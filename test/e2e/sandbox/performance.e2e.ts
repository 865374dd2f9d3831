import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Git } from "../../../lib/git/git.ts";
import { packBundle } from "../../../lib/artifact/push.ts";
import { type ControlPlane, startControlPlane } from "../control-plane/index.ts";
import { type External, startStandIns } from "../stand-ins/index.ts";
import { expectedFluxObjects, untilReady } from "../support/flux-state.ts";
import { StoryFleet } from "../support/story-fleet.ts";
import { engine, SandboxCluster } from "./sandbox-cluster.ts";

const name = "load-test";
const minutes = (count: number) => ({ timeout: count * 60_000 });
const inFluxSystem = (object: string) => ({ name: object, namespace: "flux-system" });

// A measurement on a clone of production: the same release at the same scale, on a cluster of its own. It is forgotten,
// and what runs on a schedule deletes it.
describe("a performance sandbox of production", () => {
  let fleet: StoryFleet;
  let plane: ControlPlane;
  let external: External;
  let cluster: SandboxCluster;
  let digest: string;
  let production: string;

  const git = (...args: string[]) => fleet.repository.git(...args);
  /** All that production is made of: its definition, its manifests, its release. */
  const bytes = async () => {
    const request = {
      bundle: "platform",
      tag: "1.0.0",
      url: "oci://registry.example.com/platform",
      source: "",
    };
    return [
      ...["clusters/production", "manifests/clusters/production"].map((path) =>
        git("rev-parse", `HEAD:${path}`),
      ),
      git("rev-parse", "1.0.0"),
      (await packBundle(new Git(fleet.repository.root), request)).image.digest,
    ].join("\n");
  };

  beforeAll(async () => {
    fleet = await StoryFleet.start();
    digest = (await fleet.release("1.0.0")).digest;
    plane = await startControlPlane();
    external = await startStandIns(plane);
    fleet.reachable(new Map([[name, plane]]));
    cluster = await SandboxCluster.of(fleet, plane, name);
    production = await bytes();
  }, 300_000);
  afterAll(async () => {
    await Promise.allSettled([plane?.stop(), fleet?.stop()]);
  });

  it(
    "runs production's release, verified, at production's scale, under a name and a zone of its own",
    minutes(6),
    async () => {
      await fleet.sluice(
        ...["sandbox", "create", name, "--from", "production", "--branch", name, "--purpose", "performance"],
        ...["--provider", `existing:${name}`, "--expires", "12h"],
      );
      expect(await bytes()).toBe(production);
      fleet.push();
      if (engine) {
        const { changes } = JSON.parse(await fleet.sluice("sandbox", "up", name, "--dry-run", "--json")) as {
          changes: Record<string, number>;
        };
        expect(changes["create"]).toBeGreaterThan(5);
        expect(await cluster.stacks()).toEqual([]);
      }
      await cluster.up();
      await untilReady(
        plane.client,
        expectedFluxObjects(fleet.files, { name, bundles: [{ name: "platform", options: [] }] }),
      );
      expect(git("status", "--porcelain")).toBe("");
      expect(await bytes()).toBe(production);

      const { client } = plane;
      const source = await client.get({
        apiVersion: "source.toolkit.fluxcd.io/v1",
        kind: "OCIRepository",
        metadata: inFluxSystem("platform"),
      });
      expect((source!.status!["artifact"] as { revision: string }).revision).toBe(`1.0.0@${digest}`);
      expect(source!.status!.conditions).toContainEqual(
        expect.objectContaining({ type: "SourceVerified", status: "True" }),
      );
      const variables = { apiVersion: "v1", kind: "ConfigMap", metadata: inFluxSystem("platform-variables") };
      expect((await client.get(variables))!.data).toMatchObject({
        cluster_name: name,
        cluster_replicas: "3",
        cluster_alerting: "never",
        domain: `${name}.example.com`,
      });
      const podinfo = {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: "podinfo", namespace: "apps" },
      };
      expect((await client.get(podinfo))!.spec).toMatchObject({ replicas: 3 });
      // Nothing that runs there has production's zone.
      expect(JSON.stringify(await client.everything())).not.toContain("production.example.com");
    },
  );

  it("has nothing to return", minutes(1), async () => {
    const { code, stderr } = await fleet.ended("sandbox", "return", name);
    expect(code).toBe(1);
    expect(stderr).toContain("is a performance sandbox");
    expect(await bytes()).toBe(production);
  });

  it(
    "is deleted by a reap once it has expired, from a clone that has never seen it",
    minutes(4),
    async () => {
      const file = `clusters/${name}/sandbox.yaml`;
      const main = git("rev-parse", "main^{tree}");
      if (engine) {
        const kept = JSON.parse(await fleet.sluice("sandbox", "reap", "--yes", "--json")) as Reaped;
        expect(kept.sandboxes).toMatchObject([{ action: "keep" }]);
      }
      const text = readFileSync(join(fleet.repository.root, file), "utf8");
      fleet.repository.write({ [file]: text.replace(/expires: .*/, 'expires: "2026-01-01T00:00:00Z"') });
      fleet.repository.commit("It has expired");
      fleet.push();
      if (engine) {
        // As in CI: the branch is the origin's alone.
        git("switch", "--quiet", "main");
        git("branch", "--quiet", "-D", name);
      }
      const said = await cluster.remove("reap", "--yes", "--json");
      if (engine)
        expect((JSON.parse(said) as Reaped).sandboxes).toMatchObject([{ action: "delete", problems: [] }]);
      else fleet.push();
      git("fetch", "--quiet");
      expect(git("rev-parse", `origin/${name}^{tree}`)).toBe(main);
      expect(await bytes()).toBe(production);
      expect(external.list()).toEqual([]);
      await cluster.expectNothingLeft();
    },
  );
});

interface Reaped {
  readonly sandboxes: readonly { action: string; problems: readonly unknown[] }[];
}
