import type { EffectiveObject } from "../effective/unit.ts";
import { UserError } from "../fleet/user-error.ts";
import { kindsOfGroup } from "../flux/schema.ts";
import { ApiError, type DryRunApi } from "../teardown/cluster-api.ts";
import { groupOf, type Kind, type KubeObject } from "../teardown/objects.ts";
import type { CheckedCluster } from "./fleet.ts";
import type { Finding } from "./rule.ts";
import type { LiveAnswers } from "./run.ts";
import { holdsSymbol } from "./symbols.ts";

/** So many objects are asked about at a time. */
const atOnce = 16;

/**
 * Has a cluster's API server say of each object whether it would take it. Nothing changes there.
 * @throws UserError if the server does not answer, or not to these credentials
 */
export async function askCluster(cluster: CheckedCluster, api: DryRunApi): Promise<LiveAnswers> {
  const found: Finding[] = [];
  const passed = new Map<string, { count: number; of: Set<string> }>();
  const pass = (why: string, what: string) => {
    const group = passed.get(why) ?? { count: 0, of: new Set<string>() };
    group.count++;
    group.of.add(what);
    passed.set(why, group);
  };
  const kinds = await told(api, () => api.kinds());
  const byKind = new Map(kinds.kinds.map((kind) => [`${kind.group}/${kind.kind}`, kind]));
  const queue = [...cluster.objects];
  const worker = async () => {
    for (let object = queue.shift(); object !== undefined; object = queue.shift()) {
      const answer = await ask(cluster, api, byKind, object);
      if (answer === undefined) continue;
      if ("passed" in answer) pass(answer.passed, answer.what);
      else found.push({ cluster: cluster.name, object, ...answer });
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  // They came as they were answered.
  const place = new Map(cluster.objects.map((object, index) => [object, index]));
  found.sort((a, b) => place.get(a.object!)! - place.get(b.object!)!);
  return {
    findings: found,
    unchecked: [...passed].map(([why, { count, of }]) => ({
      clusters: [cluster.name],
      message: `with the cluster, ${count} object${count === 1 ? "" : "s"} ${why}: ${[...of].sort().join(", ")}`,
    })),
  };
}

type Answer = Pick<Finding, "message" | "field"> | { readonly passed: string; readonly what: string };

async function ask(
  cluster: CheckedCluster,
  api: DryRunApi,
  kinds: ReadonlyMap<string, Kind>,
  { object }: EffectiveObject,
): Promise<Answer | undefined> {
  const { apiVersion, kind } = object as { apiVersion: string; kind: string };
  const { name, namespace } = object["metadata"] as { name: string; namespace?: string };
  const known = kinds.get(`${groupOf(apiVersion)}/${kind}`);
  if (known === undefined)
    return kindsOfGroup(apiVersion, cluster.kubernetes).length > 0 && !apiVersion.includes("fluxcd")
      ? { field: "kind", message: `the cluster has no ${apiVersion} ${kind}` }
      : { passed: "of kinds that it does not have yet", what: kind };
  if (holdsSymbol(object))
    return { passed: "with values that git does not hold", what: `${kind} ${namespace ?? ""}/${name}` };
  try {
    const version = apiVersion.slice(apiVersion.indexOf("/") + 1);
    await api.dryRun({ ...known, version }, object as unknown as KubeObject);
    return undefined;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return answerOf(cluster, api, error, object);
  }
}

function answerOf(
  cluster: CheckedCluster,
  api: DryRunApi,
  error: ApiError,
  object: EffectiveObject["object"],
): Answer {
  const { apiVersion, kind } = object as { apiVersion: string; kind: string };
  const { namespace = "" } = object["metadata"] as { namespace?: string };
  // The request is of no interest to whoever reads this.
  const message = error.message.replace(/^[A-Z]+ \S+: \d+ /, "");
  if (error.status === 404) {
    if (!message.includes(`namespaces "${namespace}" not found`))
      return { field: "apiVersion", message: `the cluster does not serve ${apiVersion} ${kind}` };
    return cluster.namespaces.has(namespace)
      ? { passed: "in namespaces that it does not have yet", what: namespace }
      : { field: "metadata.namespace", message: `the cluster has no namespace '${namespace}'` };
  }
  if (error.status === 403 && /^.*User ".*" cannot (patch|create|get) resource/.test(message))
    return { passed: "that these credentials may not apply", what: kind };
  if (error.status === 401 || error.transient) throw unanswered(api, error);
  // An API server may quote what it refuses.
  return {
    message:
      kind === "Secret" ? `the cluster refuses it (${error.status})` : `the cluster refuses it: ${message}`,
  };
}

async function told<T>(api: DryRunApi, request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
    if (error instanceof ApiError) throw unanswered(api, error);
    throw error;
  }
}

const unanswered = (api: DryRunApi, error: ApiError): UserError =>
  new UserError({
    where: api.server,
    message: error.message,
    remedy:
      error.status === 401 || error.status === 403
        ? "use a context whose credentials this cluster accepts"
        : "see whether the cluster is reachable: kubectl get --raw /readyz",
  });
