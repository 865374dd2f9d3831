import { providers } from "../check/providers.ts";
import { podSpecOf } from "../check/workloads.ts";
import { describeManifest } from "../flux/object-name.ts";
import { evaluate, isUnread } from "./expression.ts";
import { fluxKinds } from "./flux-kinds.ts";
import { type Context, withStatus } from "./state.ts";
import { groupOf, metadataOf, type WorldObject } from "./world.ts";

type Json = Readonly<Record<string, unknown>>;

/** How Flux's health checks see an object (kstatus). */
export interface Health {
  readonly status: "Current" | "InProgress" | "Failed" | "NotFound" | "Unknown";
  /** Why it is not Current. */
  readonly why: string | undefined;
  /** Ids of objects of Flux that it comes down to. */
  readonly blockedBy: readonly string[];
}

/** An expression of `spec.healthCheckExprs`. */
export interface HealthExpression {
  readonly apiVersion: string;
  readonly kind?: string;
  readonly current: string;
  readonly inProgress?: string;
  readonly failed?: string;
}

const current: Health = { status: "Current", why: undefined, blockedBy: [] };
const inProgress = (why: string, ...blockedBy: string[]): Health => ({
  status: "InProgress",
  why,
  blockedBy,
});

/** How an object is doing right now. */
export function healthOf(
  context: Context,
  found: WorldObject | undefined,
  expressions: readonly HealthExpression[],
): Health {
  if (found === undefined) return { status: "NotFound", why: "nothing has made it", blockedBy: [] };
  const { object } = found;
  const apiVersion = String(object["apiVersion"]);
  const kind = String(object["kind"]);
  const id = describeManifest(object);
  const isFlux = fluxKinds.has(`${groupOf(apiVersion)} ${kind}`);
  if (!isFlux && context.failing.has(id)) return inProgress("is told to fail");
  const expression = expressions.find(
    (each) =>
      groupOf(each.apiVersion) === groupOf(apiVersion) && (each.kind === undefined || each.kind === kind),
  );
  const unread = expression !== undefined && fields.some((field) => isUnread(expression[field] ?? ""));
  if (unread)
    context.knowledge.assume(
      kind,
      `the expressions that say when each ${kind} is healthy do so in time: optional values are not evaluated here`,
    );
  if (isFlux) {
    const seen = withStatus(object, found.generation, context.status(id));
    return expression === undefined || unread ? fluxHealth(seen, id) : byExpression(seen, expression, id);
  }
  if (expression !== undefined) return customHealth(context, found, expression, unread);
  return builtInHealth(context, found);
}

/** Whether health checks ask for more of an object than to be there. */
export const hasHealth = (object: Json): boolean =>
  lasting.has(String(object["kind"])) ||
  fluxKinds.has(`${groupOf(String(object["apiVersion"]))} ${String(object["kind"])}`);

/** By the conditions that every object of Flux has. */
function fluxHealth(object: Json, id: string): Health {
  const { generation } = object["metadata"] as { generation: number };
  const { observedGeneration, conditions = [] } = object["status"] as {
    observedGeneration: number;
    conditions?: readonly { type: string; status: string; message: string }[];
  };
  const has = (type: string) => conditions.find((each) => each.type === type && each.status === "True");
  const stalled = has("Stalled");
  if (stalled !== undefined && observedGeneration === generation)
    return { status: "Failed", why: stalled.message, blockedBy: [id] };
  if (observedGeneration === generation && has("Ready") !== undefined) return current;
  return inProgress(conditions[0]?.message ?? "has not been reconciled", id);
}

/** The expressions of a health check, in the order in which they are asked. */
const fields = ["inProgress", "failed", "current"] as const;

function byExpression(object: Json, expression: HealthExpression, id: string): Health {
  const { generation } = object["metadata"] as { generation?: number };
  const { observedGeneration } = (object["status"] ?? {}) as { observedGeneration?: number };
  if (observedGeneration !== undefined && generation !== undefined && observedGeneration !== generation)
    return inProgress("has not been reconciled", id);
  for (const field of fields) {
    const text = expression[field];
    if (text === undefined || text === "") continue;
    const result = evaluate(text, object);
    if ("error" in result)
      return {
        status: "Unknown",
        why: `its expression '${field}' names what it does not have`,
        blockedBy: [id],
      };
    if (!result.value) continue;
    if (field === "current") return current;
    return field === "failed"
      ? { status: "Failed", why: "its expression 'failed' holds", blockedBy: [id] }
      : inProgress("its expression 'inProgress' holds", id);
  }
  return inProgress("its expression 'current' does not hold", id);
}

/**
 * A custom object whose status decides. Its controller is not simulated: where there may be one, it makes the object
 * healthy in time; where nothing may even write the status, the object stays as git has it.
 */
function customHealth(
  context: Context,
  found: WorldObject,
  expression: HealthExpression,
  unread: boolean,
): Health {
  const { object, generation } = found;
  const seen = { ...object, metadata: { ...(object["metadata"] as Json), generation } };
  const now = unread ? inProgress("") : byExpression(seen, expression, "");
  if (now.status === "Current") return now;
  const kind = String(object["kind"]);
  const group = groupOf(String(object["apiVersion"]));
  if (!hasController(context, group)) {
    const asked = JSON.stringify(expression.current);
    const why = `nothing in this cluster acts on ${kind} and gives it the status that ${asked} asks for`;
    return { status: now.status, why, blockedBy: [] };
  }
  context.knowledge.assume(kind, `each ${kind} becomes healthy: its controller is not simulated`);
  return context.now >= found.changed + context.latencies.healthy(found.patience)
    ? current
    : inProgress("is not healthy yet");
}

/** Whether anything in the cluster might act on objects of a group: a release that brings it, or a role that names it. */
function hasController({ world }: Context, group: string): boolean {
  if (providers[group] !== undefined && world.servesGroup(group)) return true;
  if (group === "" || !group.includes(".") || group.endsWith(".k8s.io")) return true;
  return [...world.objects.values()].some(({ object }) => {
    if (object["kind"] !== "ClusterRole" && object["kind"] !== "Role") return false;
    const rules = (object["rules"] ?? []) as readonly { apiGroups?: readonly string[] }[];
    return rules.some(({ apiGroups = [] }) => apiGroups.includes(group) || apiGroups.includes("*"));
  });
}

/** Kinds of which kstatus asks for more than that they exist. */
const lasting = new Set([
  "Deployment",
  "StatefulSet",
  "DaemonSet",
  "ReplicaSet",
  "Pod",
  "Job",
  "PersistentVolumeClaim",
]);

function builtInHealth(context: Context, found: WorldObject): Health {
  const { object, changed, patience } = found;
  const kind = String(object["kind"]);
  if (!lasting.has(kind) || !/^(?:v1|apps\/v1|batch\/v1)$/.test(String(object["apiVersion"]))) return current;
  const spec = (object["spec"] ?? {}) as Json;
  const updates = (spec["updateStrategy"] as Json | undefined)?.["type"];
  if (kind === "StatefulSet" && updates === "OnDelete") return current;
  const why = obstacle(context, found);
  if (why !== undefined) {
    const deadline = spec["progressDeadlineSeconds"] ?? 600;
    return kind === "Deployment" && spec["paused"] !== true && context.now >= changed + Number(deadline)
      ? { status: "Failed", why, blockedBy: [] }
      : inProgress(why);
  }
  context.knowledge.assume(
    "workloads",
    "workloads become healthy: images exist, pods find nodes and volumes, probes pass",
  );
  const replicas = spec["replicas"];
  const latency = replicas === 0 ? 1 : context.latencies.healthy(patience);
  return context.now >= changed + latency ? current : inProgress("is not healthy yet");
}

/** What keeps a workload from ever being healthy, as far as manifests show. */
function obstacle(context: Context, { object, unit }: WorldObject): string | undefined {
  const spec = (object["spec"] ?? {}) as Json;
  const replicas = spec["replicas"];
  if (object["kind"] === "Deployment" && spec["paused"] === true && replicas !== 0) return "is paused";
  if (replicas === 0) return undefined;
  const pod = podSpecOf({ object, shown: undefined, file: "", line: 0, unit: unit ?? "" });
  const account = pod?.spec["serviceAccountName"];
  const { namespace = "default" } = metadataOf(object);
  if (
    typeof account === "string" &&
    account !== "default" &&
    !account.includes("⟨") &&
    context.world.get("v1", "ServiceAccount", namespace, account) === undefined &&
    !context.knowledge.isGiven("ServiceAccount", namespace, account) &&
    (context.knowledge.isInGit("ServiceAccount", namespace, account) ||
      !context.knowledge.mayBeUnseen(`ServiceAccount ${namespace}/${account}`))
  )
    return `its pods cannot be made: ServiceAccount ${namespace}/${account} does not exist`;
  return undefined;
}
