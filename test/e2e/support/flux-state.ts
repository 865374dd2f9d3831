import { setTimeout as sleep } from "node:timers/promises";
import { loadAll } from "js-yaml";
import type { ClusterBundle } from "../../../lib/fleet/cluster.ts";
import type { Files } from "../../../lib/synth/files.ts";
import { bundleFolder, clusterFolder } from "../../../lib/synth/paths.ts";
import type { KubeClient, KubeObject } from "../control-plane/index.ts";

/** The kinds of Flux that reconcile something. */
export const fluxKinds = [
  ["source.toolkit.fluxcd.io/v1", "GitRepository"],
  ["source.toolkit.fluxcd.io/v1", "OCIRepository"],
  ["source.toolkit.fluxcd.io/v1", "HelmRepository"],
  ["source.toolkit.fluxcd.io/v1", "HelmChart"],
  ["kustomize.toolkit.fluxcd.io/v1", "Kustomization"],
  ["helm.toolkit.fluxcd.io/v2", "HelmRelease"],
] as const;

/** `Kind namespace/name`. */
export function nameOf({ kind, metadata: { namespace, name } }: KubeObject): string {
  return `${kind} ${namespace}/${name}`;
}

/** The Ready condition that is of the object's present spec, or undefined. */
export function readyOf({ status, metadata }: KubeObject): { ready: boolean; message: string } | undefined {
  const condition = status?.conditions?.find(({ type }) => type === "Ready");
  if (condition === undefined || status?.["observedGeneration"] !== metadata.generation) return undefined;
  return { ready: condition.status === "True", message: condition.message ?? "" };
}

/** Every object of Flux in a cluster. */
export async function fluxObjects(client: KubeClient): Promise<readonly KubeObject[]> {
  return (await Promise.all(fluxKinds.map(([apiVersion, kind]) => client.list(apiVersion, kind)))).flat();
}

/** The objects of Flux that a cluster's manifests lead to, by {@link nameOf}. */
export function expectedFluxObjects(
  files: Files,
  { name, bundles }: { name: string; bundles: readonly Pick<ClusterBundle, "name" | "options">[] },
): Set<string> {
  const folders = [`${clusterFolder(name)}/`];
  for (const bundle of bundles)
    for (const path of files.keys()) {
      const below = `${bundleFolder(bundle.name)}/`;
      const [folder, option] = path.slice(below.length).split("/");
      if (!path.startsWith(below)) continue;
      if (folder !== "options" || bundle.options.includes(option!)) folders.push(path);
    }
  const expected = new Set([
    "GitRepository flux-system/flux-system",
    "Kustomization flux-system/flux-system",
  ]);
  for (const [path, text] of files)
    if (path.endsWith(".yaml") && folders.some((folder) => path.startsWith(folder)))
      for (const object of loadAll(text) as KubeObject[])
        if (fluxKinds.some(([apiVersion, kind]) => object.apiVersion === apiVersion && object.kind === kind))
          expected.add(nameOf(object));
  return expected;
}

/** What a list of all Kustomizations said at one moment. */
export type Snapshot = readonly KubeObject[];

/**
 * Waits until every expected object is there and Ready.
 * @param snapshots where to keep what the Kustomizations looked like meanwhile
 * @throws Error with what is not Ready, and why, when the time is up
 */
export async function untilReady(
  client: KubeClient,
  expected: ReadonlySet<string>,
  { seconds = 240, snapshots = [] }: { seconds?: number; snapshots?: Snapshot[] } = {},
): Promise<readonly KubeObject[]> {
  const deadline = Date.now() + 1000 * seconds;
  for (;;) {
    const objects = await fluxObjects(client);
    snapshots.push(objects.filter(({ kind }) => kind === "Kustomization"));
    const there = new Map(objects.map((object) => [nameOf(object), object]));
    const missing = [...expected].filter((name) => !there.has(name)).map((name) => `${name}: is not there`);
    const unready = objects
      .filter((object) => readyOf(object)?.ready !== true)
      .map((object) => `${nameOf(object)}: ${readyOf(object)?.message ?? "not reconciled"}`);
    if (missing.length + unready.length === 0) return objects;
    if (Date.now() > deadline)
      throw new Error(`not Ready within ${seconds} s:\n  ${[...unready, ...missing].join("\n  ")}`);
    await sleep(200);
  }
}

/**
 * Waits for something that a cluster has to come to.
 * @param seen gives it, or undefined as long as it is not there
 */
export async function eventually<T>(
  what: string,
  seen: () => Promise<T | undefined | false>,
  seconds = 120,
): Promise<T> {
  const deadline = Date.now() + 1000 * seconds;
  for (;;) {
    const value = await seen();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > deadline) throw new Error(`${what}: not within ${seconds} s`);
    await sleep(200);
  }
}

/**
 * Asks Flux to look at once, as a webhook or `flux reconcile` does.
 * @returns what the object's `status.lastHandledReconcileAt` becomes
 */
export async function reconcile(
  client: KubeClient,
  kind: string,
  name: string,
  namespace = "flux-system",
): Promise<string> {
  const apiVersion = fluxKinds.find(([, each]) => each === kind)![0];
  const asked = new Date().toISOString();
  const annotations = { "reconcile.fluxcd.io/requestedAt": asked };
  await client.merge({ apiVersion, kind, metadata: { name, namespace } }, { metadata: { annotations } });
  return asked;
}

/** Asks Flux to look at a source at once, and waits until it is through with it. */
export async function looked(
  client: KubeClient,
  kind: "OCIRepository" | "GitRepository",
  name: string,
): Promise<void> {
  const asked = await reconcile(client, kind, name);
  const object = {
    apiVersion: fluxKinds.find(([, each]) => each === kind)![0],
    kind,
    metadata: { name, namespace: "flux-system" },
  };
  await eventually(
    `${kind} ${name} was looked at`,
    async () => (await client.get(object))?.status?.["lastHandledReconcileAt"] === asked,
  );
}
