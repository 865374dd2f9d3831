import type { ClusterApi } from "./cluster-api.ts";
import { fields, groupKind, type KubeObject, list, type ObjectKey, parseKey, text } from "./objects.ts";
import type { Plan } from "./plan.ts";

/** What a Kustomization is at: writing objects, or waiting until they are healthy. */
export function activityOf(object: KubeObject | undefined): "applying" | "checking health" | undefined {
  if (object?.kind !== "Kustomization") return undefined;
  const working = list(fields(object, "status"), "conditions").find(
    ({ type, status, reason }) => type === "Reconciling" && status === "True" && reason === "Progressing",
  );
  if (working === undefined) return undefined;
  return text(working, "message")?.startsWith("Running health checks") === true
    ? "checking health"
    : "applying";
}

/**
 * Ends the wait of a Kustomization for the health of others that it applied. A deletion is only looked at when the
 * work before it is over, and that is when all are healthy, which the suspended never become, one has failed, or
 * its timeout is over: half an hour, maybe. So one of them, being suspended, says that it has failed.
 * @see https://fluxcd.io/flux/components/kustomize/kustomizations/#wait
 */
export async function endHealthCheck(
  api: ClusterApi,
  key: ObjectKey,
  { ownership: { contents, appliers }, snapshot: { kinds } }: Plan,
): Promise<void> {
  for (const each of contents.get(key) ?? []) {
    if (!appliers.has(each)) continue;
    const kind = kinds.get(groupKind(parseKey(each)))!;
    const { namespace, name } = parseKey(each);
    const object = await api.get(kind, namespace, name, { whole: true });
    if (object === undefined || object.metadata.deletionTimestamp !== undefined) continue;
    if (fields(object, "spec")["suspend"] !== true) continue;
    const { generation } = object.metadata as { generation?: number };
    const others = list(fields(object, "status"), "conditions").filter(
      ({ type }) => type !== "Stalled" && type !== "Reconciling",
    );
    const stalled = {
      type: "Stalled",
      status: "True",
      reason: "Teardown",
      message: "suspended by a teardown",
      lastTransitionTime: new Date().toISOString().replace(/\.\d+Z$/, "Z"),
    };
    const status = { observedGeneration: generation, conditions: [stalled, ...others] };
    await api.patch(kind, namespace, name, { status }, "status");
    return;
  }
}
