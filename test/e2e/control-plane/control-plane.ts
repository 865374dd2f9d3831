import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildControlPlane } from "./build.ts";
import { type FluxController, fluxPorts, installFlux, startFlux } from "./flux.ts";
import { startKind } from "./kind.ts";
import type { KubeClient } from "./kube-client.ts";
import { kubernetesPorts, startKubernetes } from "./kubernetes.ts";
import { Processes } from "./processes.ts";

/** What a control plane is made of. */
export interface ControlPlaneOptions {
  /** How many nodes there are, which are Ready and run nothing. @default 3 */
  readonly nodes?: number;
  /** The controllers of Flux that run. @default source, kustomize, helm and notification */
  readonly flux?: readonly FluxController[];
  /**
   * Kubernetes' own: built from Go modules and run as processes here, or kind, where Docker runs.
   * @default what SLUICE_E2E_CLUSTER says, or else processes
   */
  readonly cluster?: "processes" | "kind";
  /** Kubernetes of the next minor, for a test that raises it. @default false */
  readonly next?: boolean;
  /** Told what is being built, where something is missing: that takes minutes. */
  readonly progress?: (message: string) => void;
}

/** A running control plane. */
export interface ControlPlane {
  /** Of somebody who may do everything. */
  readonly kubeconfig: string;
  /** The file that holds it. */
  readonly kubeconfigFile: string;
  /** A folder of its own, removed at the end. */
  readonly folder: string;
  readonly client: KubeClient;
  /** Its processes, to be stopped, hung and started again. */
  readonly processes: Processes;
  /** Ends all of it, and removes its folder. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** What runs of Flux unless something else is said: what `flux install` and the reference clusters run. */
export const defaultControllers: readonly FluxController[] = [
  "source-controller",
  "kustomize-controller",
  "helm-controller",
  "notification-controller",
];

/**
 * Starts a real Kubernetes control plane and the real controllers of Flux, without containers. Several run side by
 * side. It ends with the process that started it, whatever happens to that.
 * @throws UserError if something is missing that it needs, or does not build
 */
export async function startControlPlane({
  nodes = 3,
  flux = defaultControllers,
  cluster = process.env["SLUICE_E2E_CLUSTER"] === "kind" ? "kind" : "processes",
  next = false,
  progress,
}: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const built = await buildControlPlane({ next, ...(progress === undefined ? {} : { progress }) });
  const folder = mkdtempSync(join(tmpdir(), "sluice-control-plane-"));
  const processes = new Processes(folder);
  let remove: () => Promise<void> = () => Promise.resolve();
  try {
    const port = await processes.ports(kubernetesPorts + fluxPorts);
    const running =
      cluster === "kind"
        ? await startKind(folder, next ? built.kubernetes : undefined)
        : await startKubernetes(processes, built, port, nodes);
    const { kubeconfig, client } = running;
    remove = running.remove;
    const kubeconfigFile = join(folder, "kubeconfig");
    writeFileSync(kubeconfigFile, kubeconfig, { mode: 0o600 });
    await installFlux(client, built);
    await startFlux(processes, built, port + kubernetesPorts, kubeconfigFile, flux);
    const stop = async () => {
      client.close();
      await Promise.all([processes.stop(), remove()]);
    };
    return { kubeconfig, kubeconfigFile, folder, client, processes, stop, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await Promise.allSettled([processes.stop(), remove()]);
    throw error;
  }
}
