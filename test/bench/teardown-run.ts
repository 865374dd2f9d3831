// Measures teardowns of a small fleet on a real control plane, and prints what each took, in milliseconds, as JSON.
import { setTimeout as sleep } from "node:timers/promises";
import { describeProblems } from "../../lib/fleet/user-error.ts";
import { patientApi } from "../../lib/teardown/patient-api.ts";
import { teardownLabel } from "../../lib/flux/teardown-label.ts";
import { type ClusterApi, connect, realClock, teardown } from "../../lib/teardown/index.ts";
import { wrapped } from "../lib/teardown/fake/faults.ts";
import type { ObjectName } from "../e2e/control-plane/index.ts";
import { Unavailable } from "../e2e/control-plane/unavailable.ts";
import { SmallCluster } from "../e2e/teardown/small-cluster.ts";
import { type Manifests, smallFleet } from "../e2e/teardown/small-fleet.ts";

/** What is measured. */
export interface TeardownTimes {
  /** The engine's, and those of deletions in an order written by hand for this fleet, in turns. */
  readonly engine: readonly number[];
  readonly byHand: readonly number[];
  /** The engine's with so many objects that it deletes itself, and so many round trips one after the other. */
  readonly many: number;
  readonly roundTrips: number;
}

/** Seconds that an operator or the cloud takes to clean up after one object. */
const cleaning = 2;
const seed = 7;
const objects = 1000;
/** Milliseconds. */
const latency = 50;

const [what] = process.argv.slice(2);
const cluster = await SmallCluster.start(cleaning).catch((error: unknown) => {
  if (!(error instanceof Unavailable)) throw error;
  note(describeProblems(error.problems));
  process.exit(69);
});
try {
  console.log(JSON.stringify(what === "many" ? await manyObjects() : await inTurns(3)));
} finally {
  await cluster.stop();
}

async function inTurns(times: number): Promise<Pick<TeardownTimes, "engine" | "byHand">> {
  const engine: number[] = [];
  const byHand: number[] = [];
  for (let time = 0; time < times; time++) {
    await apply();
    engine.push(await timed(async () => clean(await teardownOf(await api()))));
    await nothingLeft();
    const fleet = await apply();
    byHand.push(await timed(() => inOrder(fleet)));
    await nothingLeft();
    note(`engine ${engine.at(-1)?.toFixed(0)} ms, by hand ${byHand.at(-1)?.toFixed(0)} ms`);
  }
  return { engine, byHand };
}

function apply(): Promise<Manifests> {
  return cluster.apply((charts, folder) => smallFleet(seed, charts, folder, { diamonds: true }));
}

/**
 * What somebody would write who knows this fleet: apps after those that depend on them, each as soon as what is
 * outside of those before it has gone; then the operator; then all that is left, at once.
 */
async function inOrder({ apps, dependencies, namespace }: Manifests): Promise<void> {
  const { client } = cluster.plane;
  const kustomization = (of: string, name: string): ObjectName => ({
    apiVersion: "kustomize.toolkit.fluxcd.io/v1",
    kind: "Kustomization",
    metadata: { namespace: of, name },
  });
  const gone = async (...names: readonly ObjectName[]) => {
    while ((await Promise.all(names.map((name) => client.get(name)))).some((each) => each !== undefined))
      await sleep(50);
  };
  await client.merge(kustomization("flux-system", "flux-system"), { spec: { suspend: true } });
  const parts = new Map(await Promise.all(apps.map(async (name) => [name, await partsOf(name)] as const)));
  const removals = new Map<string, Promise<void>>();
  const remove = async (name: string): Promise<void> => {
    const users = apps.filter((other) => dependencies.get(other)!.includes(name));
    await Promise.all(users.map((user) => removals.get(user)!));
    await client.delete(kustomization(namespace, name));
    await gone(kustomization(namespace, name), ...parts.get(name)!);
  };
  for (const name of apps.toReversed()) removals.set(name, remove(name));
  await Promise.all(removals.values());
  await client.delete(kustomization("flux-system", "apps"));
  const release = {
    apiVersion: "helm.toolkit.fluxcd.io/v2",
    kind: "HelmRelease",
    metadata: { namespace, name: "widgets" },
  };
  await client.delete(release);
  await gone(release, kustomization("flux-system", "apps"));
  const definition = {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "widgets.widgets.example.com" },
  };
  const home = { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } };
  await client.delete(kustomization("flux-system", "operators"));
  await client.delete(definition);
  await gone(kustomization("flux-system", "operators"), definition, home);
}

/** What of an app has to be cleaned up after. */
async function partsOf(app: string): Promise<ObjectName[]> {
  const { client } = cluster.plane;
  const [widgets, services] = await Promise.all([
    client.list("widgets.example.com/v1", "Widget"),
    client.list("v1", "Service"),
  ]);
  return [...widgets, ...services].filter(
    ({ metadata: { labels } }) => labels?.["kustomize.toolkit.fluxcd.io/name"] === app,
  );
}

/** A thousand objects that nobody but the engine deletes, by way of a slow server. */
async function manyObjects(): Promise<Pick<TeardownTimes, "many" | "roundTrips">> {
  const many = patientApi(await api(), realClock);
  const { kinds } = await many.kinds();
  const configMap = kinds.find(({ group, kind }) => group === "" && kind === "ConfigMap")!;
  await Promise.all(
    Array.from({ length: objects }, (_, index) =>
      many.create(configMap, "default", {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: `many-${index}`, namespace: "default", labels: { [teardownLabel]: "user" } },
      }),
    ),
  );
  const slow = wrapped(await api(), () => sleep(latency));
  const took = await timed(async () => {
    const result = clean(await teardownOf(slow));
    if (result.removed < objects) throw new Error(`only ${result.removed} objects were removed`);
  });
  await nothingLeft();
  const trips = 20;
  const one = await timed(async () => {
    for (let trip = 0; trip < trips; trip++) await slow.get(configMap, "default", "kube-root-ca.crt");
  });
  return { many: took, roundTrips: (one / trips) * objects };
}

function api(): Promise<ClusterApi> {
  return connect({ kubeconfig: cluster.plane.kubeconfig });
}

function teardownOf(of: ClusterApi) {
  return teardown(of, { stepSeconds: 60, seconds: 300 });
}

function clean<T extends { readonly outcome: string }>(result: T): T {
  if (result.outcome !== "clean") throw new Error(JSON.stringify(result));
  return result;
}

async function nothingLeft(): Promise<void> {
  const left = [...(await cluster.left()), ...cluster.external.list()];
  if (left.length > 0) throw new Error(`left: ${left.join(", ")}`);
}

async function timed(run: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await run();
  return performance.now() - began;
}

function note(text: string): void {
  process.stderr.write(`${text}\n`);
}
