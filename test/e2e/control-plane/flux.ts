import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { loadAll } from "js-yaml";
import type { Built } from "./build.ts";
import { fluxOperatorDefinitions } from "./flux-operator.ts";
import type { KubeClient, KubeObject } from "./kube-client.ts";
import { until } from "./kubernetes.ts";
import type { Processes } from "./processes.ts";

/** The controllers of Flux, by name. */
export const fluxControllers = [
  "source-controller",
  "kustomize-controller",
  "helm-controller",
  "notification-controller",
  "image-reflector-controller",
  "image-automation-controller",
] as const;
export type FluxController = (typeof fluxControllers)[number];

/** How many ports the controllers need: metrics, health and what each serves. */
export const fluxPorts = 4 * fluxControllers.length;

/** Installs the definitions of Flux's kinds, and of the FluxInstance, which nobody here acts on. */
export async function installFlux(client: KubeClient, { kept }: Built): Promise<void> {
  const definitions = fluxControllers.flatMap((controller) => {
    const folder = kept(controller, "definitions");
    return readdirSync(folder)
      .sort()
      .flatMap((name) => loadAll(readFileSync(join(folder, name), "utf8")) as KubeObject[]);
  });
  definitions.push(...fluxOperatorDefinitions());
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "flux-system" } };
  await Promise.all(
    [namespace, ...definitions].map((object) => client.apply(object as KubeObject & Record<string, unknown>)),
  );
  await until(
    async () =>
      (await client.list("apiextensions.k8s.io/v1", "CustomResourceDefinition")).every(({ status }) =>
        status?.conditions?.some(({ type, status: is }) => type === "Established" && is === "True"),
      ),
    30,
    () => undefined,
    "definitions of Flux's kinds",
  );
  await client.resources(true);
}

/**
 * Starts controllers of Flux against a cluster.
 * @param port the first of {@link fluxPorts} free ones
 * @param kubeconfig the path of one
 */
export async function startFlux(
  processes: Processes,
  { program }: Built,
  port: number,
  kubeconfig: string,
  controllers: readonly FluxController[],
): Promise<void> {
  const notifications = `127.0.0.1:${port + 4 * fluxControllers.indexOf("notification-controller") + 2}`;
  const events = controllers.includes("notification-controller") ? notifications : "";
  await Promise.all(
    fluxControllers.map(async (name, index) => {
      if (!controllers.includes(name)) return;
      const base = port + 4 * index;
      const storage = join(processes.folder, `${name}-storage`);
      mkdirSync(storage);
      await processes.start({
        name,
        command: program(name),
        args: [
          `--metrics-addr=127.0.0.1:${base}`,
          `--health-addr=127.0.0.1:${base + 1}`,
          "--log-level=info",
          ...argumentsOf(name, base, storage, events),
        ],
        env: { KUBECONFIG: kubeconfig, RUNTIME_NAMESPACE: "flux-system", GOGC: "200" },
      });
    }),
  );
}

/** What each controller takes beside its metrics and health addresses. */
function argumentsOf(name: FluxController, base: number, storage: string, notifications: string): string[] {
  const events = `--events-addr=${notifications === "" ? "" : `http://${notifications}/`}`;
  const soon = "--requeue-dependency=1s"; // 30 s by default: a layer would wait that long for the one before
  switch (name) {
    case "source-controller":
      return [
        events,
        `--storage-path=${storage}`,
        `--storage-addr=127.0.0.1:${base + 2}`,
        `--storage-adv-addr=127.0.0.1:${base + 2}`,
        "--concurrent=8",
        "--helm-cache-max-size=0",
        soon,
      ];
    case "kustomize-controller":
      return [events, "--concurrent=8", soon];
    case "helm-controller":
      return [events, "--concurrent=8", soon];
    case "notification-controller":
      return [`--receiverAddr=127.0.0.1:${base + 3}`, `--events-addr=${notifications}`];
    case "image-reflector-controller":
      return [events, `--storage-path=${storage}`];
    case "image-automation-controller":
      return [events];
  }
}
