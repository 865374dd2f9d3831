import { execFile } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { load } from "js-yaml";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { clusterFolder } from "../../../lib/synth/paths.ts";
import { connect } from "../../../lib/teardown/connect.ts";
import { resume } from "../../../lib/teardown/teardown.ts";
import { type ControlPlane, type KubeObject, startControlPlane } from "../control-plane/index.ts";
import { type External, startStandIns } from "../stand-ins/index.ts";
import { bootstrap } from "../support/bootstrap.ts";
import { changes, type ClusterState, everything, settled } from "../support/cluster-state.ts";
import { expectedFluxObjects, untilReady } from "../support/flux-state.ts";
import { ReferenceFleet } from "../support/reference.ts";

const name = "development";

describe("the teardown of the reference cluster development", () => {
  let fleet: ReferenceFleet;
  let plane: ControlPlane;
  let external: External;
  let applied: ClusterState;
  /** What a twin has that was bootstrapped, and then nothing. */
  let idle: ClusterState;

  beforeAll(async () => {
    fleet = await ReferenceFleet.start();
    idle = await idleTwin(fleet);
    plane = await startControlPlane();
    external = await startStandIns(plane);
    await bootstrap(plane, fleet, name);
    await untilReady(plane.client, expectedFluxObjects(fleet.files, fleet.cluster(name)));
    applied = await everything(plane);
  }, 400_000);
  afterAll(async () => {
    await Promise.allSettled([plane?.stop(), fleet?.stop()]);
  });

  test("begins with a cluster that has much to lose", () => {
    expect(applied.size).toBeGreaterThan(200);
    expect(external.list().length).toBeGreaterThan(0);
  });

  test("a dry run shows what goes, in order, and changes nothing", { timeout: 60_000 }, async () => {
    const before = await everything(plane);
    const { code, stdout } = await sluice("teardown", "--context", "test", "--dry-run");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^1\. Suspend \d+ Kustomizations and releases/);
    const at = (what: string) => {
      expect(stdout).toContain(what);
      return stdout.indexOf(what);
    };
    expect(at("delete Kustomization apps/kafka")).toBeLessThan(
      at("delete HelmRelease strimzi-system/strimzi-kafka-operator"),
    );
    expect(at("delete HelmRelease strimzi-system/strimzi-kafka-operator")).toBeLessThan(
      at("delete HelmRelease cert-manager/cert-manager"),
    );
    expect(at("delete HelmRelease cert-manager/cert-manager")).toBeLessThan(at("Definitions:"));
    expect(changes(before, await everything(plane))).toEqual([]);
  });

  test("without a word of consent nothing is done", { timeout: 60_000 }, async () => {
    const { code, stderr } = await sluice("teardown", "--context", "test");
    expect(code).toBe(2);
    expect(stderr).toContain("--yes");
    expect(changes(applied, await everything(plane))).toEqual([]);
  });

  test("leaves what an idle twin has, and nothing outside", { timeout: 300_000 }, async () => {
    const { code, stdout, stderr } = await sluice(
      "teardown",
      "--context",
      "test",
      "--yes",
      "--step-timeout",
      "60s",
    );
    expect(`${stdout}${stderr}`).toContain("Nothing is left but what a bootstrap makes");
    expect(code).toBe(0);
    expect(external.list()).toEqual([]);
    expect(changes(idle, await everything(plane))).toEqual([]);
    // It stays so: nothing heals.
    await sleep(15_000);
    expect(changes(idle, await everything(plane))).toEqual([]);
  });

  test("run again, has nothing to do", { timeout: 60_000 }, async () => {
    const { code, stdout } = await sluice("teardown", "--context", "test", "--yes", "--json");
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ outcome: "clean", removed: 0, left: [] });
  });

  test("given back to Flux, comes to the same state as before", { timeout: 400_000 }, async () => {
    const { kubeconfig, client } = plane;
    await resume(await connect({ kubeconfig }));
    await untilReady(client, expectedFluxObjects(fleet.files, fleet.cluster(name)));
    expect(changes(applied, await everything(plane))).toEqual([]);
  });

  function sluice(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    const program = new URL("../../../bin/sluice.js", import.meta.url).pathname;
    const env = { ...process.env, KUBECONFIG: plane.kubeconfigFile, NO_COLOR: "1" };
    return new Promise((resolve) =>
      execFile(process.execPath, [program, ...args], { env, maxBuffer: 1 << 26 }, (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
      ),
    );
  }
});

/**
 * What a cluster has that is bootstrapped and does nothing: its sync sleeps from the beginning. The FluxInstance is
 * in git as well, so that the other has it by Flux.
 */
async function idleTwin(fleet: ReferenceFleet): Promise<ClusterState> {
  await using twin = await startControlPlane();
  await bootstrap(suspending(twin), fleet, name);
  const file = `${clusterFolder(name)}/flux-system/flux-instance.yaml`;
  await twin.client.apply(load(fleet.files.get(file)!) as KubeObject & Record<string, unknown>);
  // Awaited here: the twin ends with this.
  return await settled(twin);
}

/** The same cluster, in which a Kustomization is applied asleep. */
function suspending(plane: ControlPlane): ControlPlane {
  const client = Object.create(plane.client, {
    apply: {
      value: (object: KubeObject & Record<string, unknown>) =>
        plane.client.apply(
          object.kind === "Kustomization" ? { ...object, spec: { ...object.spec, suspend: true } } : object,
        ),
    },
  }) as ControlPlane["client"];
  return { ...plane, client };
}
