// The stand-ins' operators, as a process: for every Deployment that says what its operator does and is available, it
// does that. Arguments: a kubeconfig's path, the folder of external files, how many seconds cleaning up takes.
import { readFileSync } from "node:fs";
import { KubeClient, type KubeObject, type WatchEvent } from "../control-plane/kube-client.ts";
import { behaviourAnnotation, type KindBehaviour, operatorLabel } from "./behaviour.ts";
import { External } from "./external.ts";
import { ObjectQueue } from "./object-queue.ts";

const [kubeconfig, folder, seconds] = process.argv.slice(2) as [string, string, string];
const client = new KubeClient(readFileSync(kubeconfig, "utf8"));
const external = new External(folder);
const delay = 1000 * Number(seconds);

/** Operators at work, by namespace and name of their Deployments. */
const working = new Map<string, { readonly text: string; readonly stop: AbortController }>();

void client.watch(
  `/apis/apps/v1/deployments`,
  ({ type, object }) => {
    const { labels, annotations, namespace, name } = object.metadata;
    if (labels?.[operatorLabel] === undefined) return;
    const text = annotations?.[behaviourAnnotation] ?? "[]";
    const available = type !== "DELETED" && Number(object.status?.["availableReplicas"] ?? 0) > 0;
    follow(`${namespace}/${name}`, available ? text : undefined);
  },
  new AbortController().signal,
  (present) => {
    for (const key of working.keys()) if (!present.has(key)) follow(key, undefined);
  },
);

/** Starts, changes or ends the work of one operator. */
function follow(key: string, text: string | undefined): void {
  const now = working.get(key);
  if (now?.text === text) return;
  now?.stop.abort();
  working.delete(key);
  if (text === undefined) return;
  const stop = new AbortController();
  working.set(key, { text, stop });
  for (const behaviour of JSON.parse(text) as KindBehaviour[]) void operate(behaviour, stop.signal);
}

async function operate(behaviour: KindBehaviour, signal: AbortSignal): Promise<void> {
  const queue = new ObjectQueue((object) => reconcile(behaviour, object, signal));
  while (!signal.aborted) {
    // Its definition may come after the operator, and go before it.
    const path = await client.path(behaviour.apiVersion, behaviour.kind).catch((error: unknown) => {
      console.error((error as Error).message);
    });
    if (path !== undefined) {
      const onEvent = ({ type, object }: WatchEvent) => {
        if (type !== "DELETED")
          queue.add({ ...object, apiVersion: behaviour.apiVersion, kind: behaviour.kind });
      };
      await client.watch(path, onEvent, signal);
    }
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

async function reconcile(behaviour: KindBehaviour, seen: KubeObject, signal: AbortSignal): Promise<void> {
  const object = await client.get(seen);
  if (object === undefined || signal.aborted) return;
  const { deletionTimestamp, finalizers = [] } = object.metadata;
  const { finalizer } = behaviour;
  if (deletionTimestamp !== undefined) {
    if (finalizer === undefined || !finalizers.includes(finalizer)) return;
    await new Promise((resolve) => setTimeout(resolve, delay));
    if (signal.aborted) return; // the operator ended in the middle of its work
    if (behaviour.external !== undefined) external.remove(behaviour.external, object);
    await client.merge(object, { metadata: { finalizers: finalizers.filter((each) => each !== finalizer) } });
    return;
  }
  if (finalizer !== undefined && !finalizers.includes(finalizer))
    await client.merge(object, {
      metadata: { finalizers: [...finalizers, finalizer], resourceVersion: object.metadata.resourceVersion },
    });
  if (behaviour.external !== undefined) external.make(behaviour.external, object);
  for (const child of behaviour.children ?? []) await makeChild(behaviour, object, child);
  const status = statusOf(behaviour, object);
  if (status !== undefined) await client.merge(object, { status }, "status");
}

async function makeChild(
  { ownsChildren = true }: KindBehaviour,
  parent: KubeObject,
  child: unknown,
): Promise<void> {
  const { name, namespace = "", uid = "" } = parent.metadata;
  const text = JSON.stringify(child)
    .replaceAll("$(name)", name)
    .replaceAll("$(namespace)", namespace)
    .replaceAll("$(uid)", uid);
  const made = JSON.parse(text) as KubeObject & Record<string, unknown>;
  if ((await client.get(made)) !== undefined) return;
  const { apiVersion, kind } = parent;
  const owner = { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
  await client.apply({
    ...made,
    metadata: { ...made.metadata, ...(ownsChildren ? { ownerReferences: [owner] } : {}) },
  });
}

/** The status that an object should have, or undefined if it has it. */
function statusOf({ ready, neverReadyWith }: KindBehaviour, { metadata, spec, status }: KubeObject) {
  if (ready === undefined || status?.["observedGeneration"] === metadata.generation) return undefined;
  const observedGeneration = metadata.generation;
  const isReady = neverReadyWith === undefined || spec?.[neverReadyWith] === undefined;
  if (ready === "conditionStatus") return { observedGeneration, conditionStatus: { ready: isReady } };
  return {
    observedGeneration,
    conditions: [
      {
        type: "Ready",
        status: isReady ? "True" : "False",
        reason: isReady ? "StandIn" : "Unreachable",
        message: isReady ? "as a stand-in says" : `${neverReadyWith} cannot be reached`,
        observedGeneration,
        lastTransitionTime: new Date().toISOString().replace(/\.\d+Z$/, "Z"),
      },
    ],
  };
}
