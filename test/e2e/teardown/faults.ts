import { execFile } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ApiError, type ClusterApi } from "../../../lib/teardown/cluster-api.ts";
import { connect } from "../../../lib/teardown/connect.ts";
import type { TeardownResult } from "../../../lib/teardown/result.ts";
import { teardown } from "../../../lib/teardown/teardown.ts";
import { wrapped } from "../../lib/teardown/fake/faults.ts";
import { Random } from "../../lib/teardown/fake/random.ts";
import type { ObjectName } from "../control-plane/index.ts";
import type { SmallCluster } from "./small-cluster.ts";
import { DeletionOrder } from "./deletion-order.ts";
import { type FleetShape, type Manifests, smallFleet } from "./small-fleet.ts";

/** What goes wrong during a run on a real cluster. */
interface Fault {
  readonly name: string;
  /** Whether it stays until it is mended: then the first teardown may do no more than say so. */
  readonly lasts?: true;
  /** What the fleet is like that it happens to. */
  readonly fleet?: FleetShape;
  /** Begins it. @returns what ends it, or mends it */
  readonly begin?: (run: Run) => Promise<(() => Promise<void> | void) | void>;
  /** What is between the engine and the API server. */
  readonly api?: (api: ClusterApi, random: Random) => ClusterApi;
  /** After how many requests the process of the teardown is killed. */
  readonly killAfter?: (random: Random) => number;
}

interface Run {
  readonly cluster: SmallCluster;
  readonly fleet: Manifests;
  readonly random: Random;
}

const widgetOf = ({ fleet, random }: Run): ObjectName => ({
  apiVersion: "widgets.example.com/v1",
  kind: "Widget",
  metadata: { namespace: fleet.namespace, name: `${random.pick(fleet.apps)}-0` },
});
const flux = (kind: "Kustomization" | "HelmRelease", namespace: string, name: string): ObjectName => ({
  apiVersion: kind === "Kustomization" ? "kustomize.toolkit.fluxcd.io/v1" : "helm.toolkit.fluxcd.io/v2",
  kind,
  metadata: { namespace, name },
});
const appliersOf = ({ apps, namespace }: Manifests): ObjectName[] => [
  flux("Kustomization", "flux-system", "apps"),
  flux("Kustomization", "flux-system", "operators"),
  flux("HelmRelease", namespace, "widgets"),
  ...apps.map((name) => flux("Kustomization", namespace, name)),
];

/** Does something again and again until it is told to stop; what fails is done again. */
function repeatedly(every: number, act: () => Promise<unknown>): () => Promise<void> {
  let going = true;
  const done = (async () => {
    while (going) {
      await act().catch(() => undefined);
      await sleep(every);
    }
  })();
  return async () => {
    going = false;
    await done;
  };
}

/** All faults, each of which a seed makes concrete. */
export const faults: readonly Fault[] = [
  { name: "nothing" },
  { name: "dependencies in diamonds", fleet: { diamonds: true } },
  {
    name: "dependencies in diamonds, and the process is killed",
    fleet: { diamonds: true },
    killAfter: (random) => 60 + random.below(400),
  },
  {
    name: "errors of the API server",
    api: (api, random) =>
      wrapped(api, () => {
        if (random.chance(0.12)) throw new ApiError(random.pick([0, 429, 500, 503, 504]), "not now");
        return Promise.resolve();
      }),
  },
  {
    name: "conflicts: somebody else changes every applier all the time",
    begin: ({ cluster, fleet }) => {
      const { client } = cluster.plane;
      const change = (object: ObjectName) =>
        client.merge(object, { metadata: { annotations: { changed: String(performance.now()) } } });
      return Promise.resolve(repeatedly(20, () => Promise.allSettled(appliersOf(fleet).map(change))));
    },
  },
  {
    name: "a controller that is killed and comes back",
    begin: async ({ cluster: { plane }, random }) => {
      const name = random.pick(["kustomize-controller", "helm-controller", "operators", "cloud"]);
      await sleep(random.below(2500));
      await plane.processes.kill(name);
      const back = sleep(2000 + random.below(4000)).then(() => plane.processes.restart(name));
      return async () => void (await back);
    },
  },
  {
    name: "a controller that hangs for a while",
    begin: async ({ cluster: { plane }, random }) => {
      // kind's own controllers are out of reach.
      const theirs = plane.processes.runs("kube-controller-manager") ? ["kube-controller-manager"] : [];
      const name = random.pick(["kustomize-controller", "helm-controller", "operators", "cloud", ...theirs]);
      await sleep(random.below(2500));
      await plane.processes.signal(name, "SIGSTOP");
      const back = sleep(2000 + random.below(4000)).then(() => plane.processes.signal(name, "SIGCONT"));
      return () => back;
    },
  },
  {
    name: "a controller that has gone",
    lasts: true,
    begin: async ({ cluster: { plane }, random }) => {
      const name = random.pick(["kustomize-controller", "helm-controller", "operators"]);
      await plane.processes.kill(name);
      return async () => void (await plane.processes.restart(name));
    },
  },
  {
    name: "a finalizer that is stuck",
    lasts: true,
    begin: async (run) => {
      const { client } = run.cluster.plane;
      const widget = widgetOf(run);
      const stuck = "stuck.example.com/finalizer";
      const finalizers = async () => (await client.get(widget))?.metadata.finalizers ?? [];
      await client.merge(widget, { metadata: { finalizers: [...(await finalizers()), stuck] } });
      return async () => {
        const others = (await finalizers()).filter((name) => name !== stuck);
        await client.merge(widget, { metadata: { finalizers: others } });
      };
    },
  },
  {
    name: "something suspended beforehand",
    begin: async ({ cluster, fleet, random }) => {
      for (const object of random.some(appliersOf(fleet), 0.5))
        await cluster.plane.client.merge(object, { spec: { suspend: true } });
    },
  },
  {
    name: "a missing ServiceAccount",
    begin: async ({ cluster, fleet: { namespace } }) => {
      await cluster.plane.client.delete({
        apiVersion: "v1",
        kind: "ServiceAccount",
        metadata: { namespace, name: "deployer" },
      });
    },
  },
  {
    name: "an object that its parent makes again",
    begin: async (run) => {
      const { client } = run.cluster.plane;
      const widget = (await client.get(widgetOf(run)))!;
      const { apiVersion, kind, metadata, spec } = widget;
      const again = {
        apiVersion,
        kind,
        metadata: { name: metadata.name, namespace: run.fleet.namespace, labels: metadata.labels },
        spec,
      };
      const stop = repeatedly(300, async () => {
        if ((await client.get(again)) === undefined) await client.apply(again);
      });
      void sleep(4000).then(stop);
      return stop;
    },
  },
  {
    name: "a Kustomization that does not prune",
    begin: async ({ cluster, fleet, random }) => {
      const name = random.pick(fleet.apps);
      await cluster.plane.client.merge(flux("Kustomization", fleet.namespace, name), {
        spec: { prune: false },
      });
    },
  },
  {
    name: "things that nobody applied",
    begin: async ({ cluster: { plane } }) => {
      await plane.client.apply({
        apiVersion: "widgets.example.com/v1",
        kind: "Widget",
        metadata: { name: "by-hand", namespace: "default" },
        spec: {},
      });
      await plane.client.apply({
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "by-hand", namespace: "default" },
        spec: { type: "LoadBalancer", selector: { app: "x" }, ports: [{ port: 80 }] },
      });
      await sleep(500); // until what they stand for has been made
    },
  },
  { name: "the process is killed", killAfter: (random) => 1 + random.below(420) },
  {
    name: "the process is killed while a controller is away",
    killAfter: (random) => 100 + random.below(250),
    begin: async ({ cluster: { plane }, random }) => {
      const name = random.pick(["kustomize-controller", "helm-controller", "operators"]);
      await plane.processes.kill(name);
      const back = sleep(3000 + random.below(3000)).then(() => plane.processes.restart(name));
      return async () => void (await back);
    },
  },
];

/** How a run went: what has to hold is checked, and thrown if it does not. */
export interface RunReport {
  readonly seed: number;
  readonly fault: string;
  readonly seconds: number;
  /** How the first teardown ended. */
  readonly first: TeardownResult["outcome"] | "killed";
  /** How many times it had to be run. */
  readonly runs: number;
}

/**
 * Applies a fleet, tears it down while something goes wrong, and again where it had to be given up. Throws if
 * anything is left after a teardown that calls itself clean, if one that does not leaves something that it does
 * not name, or if it does not become clean once what was wrong is mended.
 */
export async function runWithFault(cluster: SmallCluster, seed: number): Promise<RunReport> {
  const began = performance.now();
  const random = new Random(seed);
  const fault = faults[seed % faults.length]!;
  const fleet = await cluster.apply((charts, folder) => smallFleet(seed, charts, folder, fault.fleet));
  using order = new DeletionOrder(cluster.plane, fleet);
  // Some begin before the teardown, and those that take their time go on beside it.
  const beginning = fault.begin?.({ cluster, fleet, random });
  await Promise.race([beginning, sleep(600)]);
  const { kubeconfig } = cluster.plane;
  const api = await connect({ kubeconfig });
  let first: TeardownResult | undefined;
  if (fault.killAfter === undefined)
    first = await teardown(fault.api?.(api, random) ?? api, {
      allExternal: true,
      stepSeconds: fault.lasts === true ? 12 : 60,
      seconds: 240,
    });
  else first = await killedTeardown(cluster, fault.killAfter(random));
  if (first !== undefined) await judge(first, cluster, fault.lasts === true);
  await (
    await beginning
  )?.();
  let runs = 1;
  if (first?.outcome !== "clean") {
    runs++;
    const again = await teardown(api, { allExternal: true, stepSeconds: 60, seconds: 240 });
    await judge(again, cluster, false);
  }
  const wrong = order.violations();
  if (wrong.length > 0) throw new Error(wrong.join("; "));
  if (order.gone === 0) throw new Error("nobody saw in which order the apps went");
  const seconds = (performance.now() - began) / 1000;
  return { seed, fault: fault.name, seconds, first: first?.outcome ?? "killed", runs };
}

/** A teardown in a process of its own, which kills itself. @returns its result if it was over before */
function killedTeardown(cluster: SmallCluster, requests: number): Promise<TeardownResult | undefined> {
  const script = join(import.meta.dirname, "killed-process.ts");
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [script, cluster.plane.kubeconfigFile, String(requests)],
      { maxBuffer: 1 << 26, timeout: 240_000 },
      (error, stdout, stderr) => {
        if (error?.signal === "SIGKILL" && error.killed !== true) resolve(undefined);
        else if (error === null) resolve(JSON.parse(stdout) as TeardownResult);
        else reject(new Error(`the process of the teardown: ${error.message}\n${stderr}`));
      },
    );
  });
}

async function judge(result: TeardownResult, cluster: SmallCluster, mayFail: boolean): Promise<void> {
  const complain = (what: string) => {
    throw new Error(`${what}\n${JSON.stringify(result, null, 2)}`);
  };
  const left = await cluster.left();
  const outside = cluster.external.list();
  if (result.outcome === "clean") {
    if (left.length > 0) complain(`it says that nothing is left, but there is ${left.join(", ")}`);
    if (outside.length > 0)
      complain(`it says that nothing is left, but outside there is ${outside.join(", ")}`);
    return;
  }
  if (!mayFail) complain("it does not end, though nothing prevents it");
  const named = new Set(result.left.map(({ object }) => object));
  const silent = left.filter((name) => !named.has(described(name)) && !derived.test(name));
  if (silent.length > 0) complain(`it does not name ${silent.join(", ")}`);
  if (result.left.some(({ why }) => why === "")) complain("it does not say why");
}

/** `Kind namespace/name` as the engine writes it: without the slash where there is no namespace. */
const described = (name: string): string => name.replace(" /", " ");
/** What Kubernetes makes by itself for what is there, and takes away with it. */
const derived = /^(APIService|EndpointSlice|Endpoints|IPAddress|Pod|ReplicaSet) /;
