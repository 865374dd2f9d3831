import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run, temporaryFolder, type TestFleet } from "../../support/fleet.ts";
import { type ControlPlane, startControlPlane } from "../control-plane/index.ts";
import { eventually } from "../support/flux-state.ts";
import { appsNamespace, changed, contextOf, core, flux, LiveFleets, missingTools } from "./live-fleets.ts";

const cli = new URL("../../../bin/sluice.js", import.meta.url).pathname;

describe.skipIf(missingTools().length > 0)("a stack against a real API server", { timeout: 240_000 }, () => {
  let fleets: LiveFleets;
  let fleet: TestFleet;
  let first: ControlPlane;

  beforeAll(async () => {
    [fleets, first] = await Promise.all([LiveFleets.start(), startControlPlane({ nodes: 1 })]);
    fleet = await fleets.fleetOf(first);
    await appsNamespace(first);
  }, 180_000);
  afterAll(async () => {
    await Promise.all([fleets?.git.stop(), first?.stop()]);
  });

  it("up attaches it to git, and Flux applies what is there with what the stack found out", async () => {
    const began = performance.now();
    const result = await fleets.succeeds(fleet, ["sandbox", "up", "live"]);
    console.log(
      `up: ${((performance.now() - began) / 1000).toFixed(1)} s, ${JSON.stringify(result.changes)}`,
    );
    expect(result.changes["create"]).toBeGreaterThan(5);
    expect(result.secretOutputs).toEqual(["kubeconfig"]);
    expect(result.outputs).toEqual({ cluster: "live", provider: "existing" });

    const { client } = first;
    const secret = await client.get(core("Secret", "flux-system"));
    expect(Buffer.from(secret!.data!["password"]!, "base64").toString()).toBe(fleets.git.password);
    expect((await client.get(core("ConfigMap", "cluster-outputs")))?.data).toEqual({
      vpc: "vpc-of-the-stack",
    });
    const settings = await eventually(
      "the platform's ConfigMap",
      () => client.get(core("ConfigMap", "settings", "default")),
      120,
    );
    expect(settings.data).toMatchObject({ domain: "live.example.com", vpc: "vpc-of-the-stack" });
    await eventually(
      "the app",
      async () => (await client.list("v1", "ConfigMap")).some(({ metadata }) => metadata.name === "web"),
      120,
    );
  });

  it("a second up changes nothing, also after Flux took over what it had created", async () => {
    const result = await fleets.succeeds(fleet, ["sandbox", "up", "live"]);
    expect(changed(result)).toEqual([]);
    // What others change of the sync the stack neither sees nor undoes.
    await first.client.merge(flux("Kustomization"), { spec: { deletionPolicy: "MirrorPrune" } });
    expect(changed(await fleets.succeeds(fleet, ["sandbox", "up", "live"]))).toEqual([]);
    expect((await first.client.get(flux("Kustomization")))?.spec?.["deletionPolicy"]).toBe("MirrorPrune");
  });

  it("no secret is in the state, in a log or in git", async () => {
    const state = fleets.environment["PULUMI_BACKEND_URL"]!.replace("file://", "");
    const { stdout: leaked } = await run(
      "grep",
      ["-rlF", fleets.git.password, state, fleet.root],
      fleet.root,
    );
    expect(leaked).toBe("");
    const { stdout, stderr } = await fleets.sluice(fleet, ["sandbox", "up", "live"]);
    expect(stdout + stderr).not.toContain(fleets.git.password);
    expect(stdout).not.toContain("client-key-data");
  });

  it("destroy begins with what Flux made, and leaves the cluster as it was", async () => {
    const { client } = first;
    const began = performance.now();
    const refused = await fleets.sluice(fleet, ["sandbox", "destroy", "live"]);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("--confirm live");
    const dry = await fleets.succeeds(fleet, ["sandbox", "destroy", "live", "--dry-run"]);
    expect(dry.changes["delete"]).toBeGreaterThan(5);
    expect(await client.get(core("ConfigMap", "settings", "default"))).toBeDefined();
    // The cluster stays, so what others made in it is none of the stack's business.
    const byHand = { apiVersion: "v1", kind: "Service", metadata: { name: "by-hand", namespace: "default" } };
    await client.apply({ ...byHand, spec: { type: "LoadBalancer", ports: [{ port: 80 }] } });

    const result = await fleets.succeeds(fleet, ["sandbox", "destroy", "live", "--confirm", "live"]);
    console.log(
      `destroy: ${((performance.now() - began) / 1000).toFixed(1)} s, ${JSON.stringify(result.changes)}`,
    );
    expect(await client.get(core("ConfigMap", "settings", "default"))).toBeUndefined();
    expect(await client.get(byHand)).toBeDefined();
    await client.delete(byHand);
    expect(await client.list("kustomize.toolkit.fluxcd.io/v1", "Kustomization")).toEqual([]);
    expect(await client.list("source.toolkit.fluxcd.io/v1", "GitRepository")).toEqual([]);
    for (const object of [
      core("Secret", "flux-system"),
      core("Secret", "cluster-outputs"),
      core("ConfigMap", "cluster-outputs"),
      core("ConfigMap", "platform-variables"),
    ])
      expect(await client.get(object), object.metadata.name).toBeUndefined();
    // Flux was there before the stack, and so was its namespace.
    expect(
      await client.get({ apiVersion: "v1", kind: "Namespace", metadata: { name: "flux-system" } }),
    ).toBeDefined();
  });

  it("an up that was killed half way is completed by the next one", async () => {
    const { client } = first;
    const child = spawn(process.execPath, [cli, "sandbox", "up", "live"], {
      cwd: fleet.root,
      env: { ...process.env, ...fleets.environment },
      stdio: "ignore",
      detached: true,
    });
    await eventually("the first object", () => client.get(core("ConfigMap", "cluster-outputs")), 60);
    process.kill(-child.pid!, "SIGKILL");
    const result = await fleets.succeedsAfterKill(fleet, ["sandbox", "up", "live"]);
    expect(result.changes["create"]).toBeGreaterThan(0);
    await eventually("the platform", () => client.get(core("ConfigMap", "settings", "default")), 120);
    expect(changed(await fleets.succeeds(fleet, ["sandbox", "up", "live"]))).toEqual([]);
    await fleets.succeeds(fleet, ["sandbox", "destroy", "live", "--confirm", "live"]);
  });

  it("says what is wrong: bad git credentials, an unreachable cluster, an unknown context, no configuration", async () => {
    const wrong = await fleets.sluice(fleet, ["sandbox", "up", "live"], { SLUICE_GIT_TOKEN: "wrong" });
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toContain("the git server does not accept the git token");
    expect(wrong.stderr).not.toContain(Buffer.from("git:wrong").toString("base64"));
    const context = await fleets.sluice(fleet, ["sandbox", "up", "live"], {
      SLUICE_CONTEXT: "nowhere",
      SLUICE_KUBECONFIG: first.kubeconfigFile,
    });
    expect(context.stderr).toContain("there is no context 'nowhere'");
    const stopped = await startControlPlane({ nodes: 1, flux: [] });
    const text = stopped.kubeconfig;
    await stopped.stop();
    const gone = join(temporaryFolder(), "kubeconfig");
    writeFileSync(gone, text);
    const unreachable = await fleets.sluice(fleet, ["sandbox", "up", "live"], {
      SLUICE_CONTEXT: contextOf(text),
      SLUICE_KUBECONFIG: gone,
    });
    expect(unreachable.stderr).toContain("cannot be reached: nobody listens there");
    const without = await fleets.sluice(await fleets.fleetOf(first), ["sandbox", "up", "live"], {
      SLUICE_GIT_TOKEN: "",
      SLUICE_FLUX: "",
    });
    expect(without.stderr).toContain("pulumi config set --secret gitToken TOKEN --stack live");
  });

  it("attach syncs a further cluster to the folder without a commit, and detach leaves nothing", async () => {
    await using second = await startControlPlane({ nodes: 1 });
    const context = contextOf(second.kubeconfig);
    const before = fleet.state();
    await appsNamespace(second);
    // A provider that knows nothing for the variable: the bundle's default counts.
    const attach = ["attach", context, "--to", "live", "--kubeconfig", second.kubeconfigFile];
    const result = await fleets.succeeds(fleet, attach, { E2E_VPC: "" });
    expect(result.outputs["cluster"]).toBe("live");
    const settings = await eventually(
      "the platform",
      () => second.client.get(core("ConfigMap", "settings", "default")),
      120,
    );
    expect(settings.data).toMatchObject({ vpc: "none" });
    expect(changed(await fleets.succeeds(fleet, attach, { E2E_VPC: "" }))).toEqual([]);
    expect(fleet.git("log", "--oneline").split("\n")).toHaveLength(2);
    await fleets.succeeds(fleet, [...attach, "--detach"]);
    expect(await second.client.get(core("ConfigMap", "settings", "default"))).toBeUndefined();
    expect(await second.client.list("kustomize.toolkit.fluxcd.io/v1", "Kustomization")).toEqual([]);
    expect(fleet.state()).toBe(before);
  });
});
