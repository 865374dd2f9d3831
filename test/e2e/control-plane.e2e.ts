import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, vi } from "vitest";
import { temporaryFolder } from "../support/fleet.ts";
import { startControlPlane } from "./control-plane/index.ts";
import { standInCharts, startStandIns } from "./stand-ins/index.ts";
import { eventually } from "./support/flux-state.ts";

const onKind = process.env["SLUICE_E2E_CLUSTER"] === "kind";

/** The processes whose command line or environment names a folder. */
function processesOf(folder: string): string[] {
  return readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(folder);
    } catch {
      return false;
    }
  });
}

describe("a control plane", () => {
  it("gives a kubeconfig in less than 15 seconds, beside another one, and leaves nothing", async (context) => {
    if (onKind) context.skip("kind takes as long as Docker takes");
    const began = performance.now();
    const first = await startControlPlane();
    const seconds = (performance.now() - began) / 1000;
    console.log(`control plane up in ${seconds.toFixed(1)} s`);
    expect(seconds).toBeLessThan(15);
    const second = await startControlPlane({ flux: [], nodes: 1 });
    try {
      expect((await first.client.list("v1", "Node")).length).toBe(3);
      expect((await second.client.list("v1", "Node")).length).toBe(1);
      expect(await second.client.list("v1", "Namespace")).not.toHaveLength(0);
    } finally {
      await Promise.all([first.stop(), second.stop()]);
    }
    for (const { folder } of [first, second]) {
      expect(existsSync(folder)).toBe(false);
      expect(processesOf(folder)).toEqual([]);
    }
  });

  it("ends with its parent, even when that is killed", async (context) => {
    if (onKind) context.skip("Docker keeps kind's clusters");
    const script = `
      import { startControlPlane } from ${JSON.stringify(new URL("control-plane/index.ts", import.meta.url).href)};
      const { folder } = await startControlPlane({ flux: [] });
      console.log(folder);
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const folder = await new Promise<string>((resolve) =>
      child.stdout.once("data", (chunk: Buffer) => resolve(chunk.toString().trim())),
    );
    expect(processesOf(folder).length).toBeGreaterThan(4);
    child.kill("SIGKILL");
    await eventually("all processes gone", () => Promise.resolve(processesOf(folder).length === 0), 10);
    await eventually("the folder gone", () => Promise.resolve(!existsSync(folder)), 10);
  });

  it("is kind's where that is asked for, with Flux beside it, and goes with it", async (context) => {
    if (onKind) context.skip("every other test is on kind");
    await using pretended = await startControlPlane({ flux: [], nodes: 1 });
    // A kind that only pretends: the cluster that it makes is the one above.
    const bin = temporaryFolder();
    const log = join(bin, "log");
    writeFileSync(
      join(bin, "kind"),
      `#!/bin/sh
echo "$1 $2" >> ${log}
[ "$1" = delete ] || cp ${pretended.kubeconfigFile} "$6"
`,
      { mode: 0o755 },
    );
    vi.stubEnv("PATH", `${bin}:${process.env["PATH"]}`);
    try {
      const plane = await startControlPlane({ cluster: "kind", flux: ["source-controller"] });
      expect((await plane.client.list("v1", "Node")).length).toBe(1);
      expect(plane.kubeconfig).toBe(pretended.kubeconfig);
      expect(plane.processes.runs("source-controller")).toBe(true);
      expect(plane.processes.runs("kube-apiserver")).toBe(false);
      await plane.stop();
      expect(readFileSync(log, "utf8")).toBe("create cluster\ndelete cluster\n");
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it("runs Deployments, volumes and load balancers as far as an API shows them", async (context) => {
    if (onKind) context.skip("kind has a cloud and volumes of its own");
    await using plane = await startControlPlane({ flux: [], nodes: 1 });
    const { client } = plane;
    const external = await startStandIns(plane);
    const metadata = (name: string) => ({ name, namespace: "default" });
    await client.apply({
      apiVersion: "storage.k8s.io/v1",
      kind: "StorageClass",
      metadata: { name: "general" },
      provisioner: "example.com/volumes",
      volumeBindingMode: "WaitForFirstConsumer",
    });
    const [statefulSet] = standInCharts["kube-prometheus-stack"]!.operates![0]!.children!;
    await client.apply(
      JSON.parse(
        JSON.stringify(statefulSet).replaceAll("$(name)", "x").replaceAll("$(namespace)", "default"),
      ) as Parameters<typeof client.apply>[0],
    );
    await client.apply({
      apiVersion: "v1",
      kind: "Service",
      metadata: metadata("balanced"),
      spec: { type: "LoadBalancer", ports: [{ port: 80 }] },
    });
    const set = { apiVersion: "apps/v1", kind: "StatefulSet", metadata: metadata("prometheus-x") };
    await eventually(
      "a pod with its volume",
      async () => (await client.get(set))?.status?.["readyReplicas"] === 1,
      30,
    );
    await eventually("volume and load balancer", () => Promise.resolve(external.list().length === 2), 10);

    await client.delete({ apiVersion: "v1", kind: "Service", metadata: metadata("balanced") });
    await client.delete(set);
    await sleep(1000);
    // The claims of a StatefulSet outlive it, and with them what stands outside the cluster.
    expect(external.list()).toEqual([expect.stringMatching(/^volume\..*pvc-/)]);
    for (const claim of await client.list("v1", "PersistentVolumeClaim")) await client.delete(claim);
    await eventually("nothing outside", () => Promise.resolve(external.list().length === 0), 30);
  });
});
