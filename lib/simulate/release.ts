import { releaseNamespace } from "../effective/order.ts";
import { refusedAccess } from "./access.ts";
import { seconds } from "./duration.ts";
import { decides, evaluate } from "./expression.ts";
import { failedStatus, Failure } from "./failure.ts";
import type { Simulation } from "./simulation.ts";
import { type FluxStatus, unseen, withStatus } from "./state.ts";
import { metadataOf, type WorldObject } from "./world.ts";

type Json = Readonly<Record<string, unknown>>;

interface Reference {
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}

/** The chart of a release, as far as manifests say. */
export interface ReleaseChart {
  /** The id of the source. */
  readonly source: string;
  readonly reference: Reference;
  /** Whether the release makes a HelmChart of its own for it. */
  readonly template: boolean;
  readonly name: string;
  /** The version, where it is exact. */
  readonly version: string | undefined;
}

/** helm-controller retries what it returns as an error after a growing pause: this stands for it, in seconds. */
const backoff = 60;

/**
 * One reconciliation of a HelmRelease as helm-controller takes it (internal/controller/helmrelease_controller.go).
 * What a chart makes is not known: it is taken to install. Yields the seconds that it is busy.
 * @returns the seconds after which it looks again; undefined for never
 */
export function* reconcileRelease(
  simulation: Simulation,
  id: string,
  found: WorldObject,
): Generator<number, number | undefined> {
  const { object, generation } = found;
  const spec = (object["spec"] ?? {}) as Json;
  if (spec["suspend"] === true) return undefined;
  const before = simulation.status(id) ?? unseen;
  const fail = (...why: ConstructorParameters<typeof Failure>) =>
    simulation.update(id, failedStatus(before, generation, new Failure(...why)));
  const waiting = unreadyDependency(simulation, object, spec);
  if (waiting !== undefined) {
    fail("DependencyNotReady", waiting.message, [waiting.label], [waiting.id]);
    return simulation.latencies.requeue;
  }
  const chart = chartOf(simulation, object);
  const noSource = sourceProblem(simulation, chart);
  if (noSource !== undefined) {
    const [reason, message] = noSource;
    fail(
      reason,
      message,
      [chart.reference.name],
      simulation.find(chart.source) === undefined ? [] : [chart.source],
    );
    return reason === "SourceNotReady" ? simulation.latencies.requeue : backoff;
  }
  const noValues = missingValues(simulation, object, spec);
  if (noValues !== undefined) {
    fail("ValuesError", noValues, []);
    return backoff;
  }
  const digest = digestOf(simulation, object, chart);
  const interval = seconds(spec["interval"]) ?? 600;
  if (before.ready === true && simulation.installed.get(id) === digest) {
    simulation.update(id, { ...before, observed: generation });
    return interval;
  }
  const attempt = simulation.attempt(id, digest, generation);
  simulation.begin(id);
  const problem = installProblem(simulation, id, object, spec);
  if (problem !== undefined) {
    yield simulation.latencies.apply;
    const upgrade = simulation.installed.has(id);
    const reason = upgrade ? "UpgradeFailed" : "InstallFailed";
    const { strategy, remediation } = (spec[upgrade ? "upgrade" : "install"] ?? {}) as {
      strategy?: { name?: string; retryInterval?: string };
      remediation?: { retries?: number };
    };
    const again = strategy?.name === "RetryOnFailure";
    const retries = remediation?.retries ?? 0;
    const stalled = !again && retries >= 0 && attempt > retries;
    fail(reason, problem.message, problem.names, [], stalled);
    if (stalled) return undefined;
    return again ? (seconds(strategy.retryInterval) ?? 300) : 1;
  }
  const timeout = seconds(spec["timeout"]) ?? 300;
  const waits = (spec["install"] as Json | undefined)?.["disableWait"] !== true;
  yield waits ? simulation.latencies.release(timeout) : simulation.latencies.apply;
  const upgraded = simulation.installed.has(id);
  simulation.install(id, object, chart, digest, upgraded);
  simulation.update(id, {
    ...unseen,
    ready: true,
    reason: upgraded ? "UpgradeSucceeded" : "InstallSucceeded",
    message: upgraded ? "upgraded" : "installed",
    observed: generation,
    chart: chart.version ?? announcedVersion(object),
  } satisfies FluxStatus);
  return interval;
}

/** Where a range leaves the version open, what the release itself announces. */
const announcedVersion = (object: Json): string =>
  String(metadataOf(object).annotations?.["sluice.dev/chart-version"] ?? "unknown");

function unreadyDependency(
  simulation: Simulation,
  object: Json,
  spec: Json,
): { id: string; message: string; label: string } | undefined {
  const list = (spec["dependsOn"] ?? []) as readonly {
    name: string;
    namespace?: string;
    readyExpr?: string;
  }[];
  for (const { name, namespace = metadataOf(object).namespace, readyExpr } of list) {
    const label = `${namespace}/${name}`;
    const id = `HelmRelease ${label}`;
    const found = simulation.find(id);
    if (found === undefined)
      return { id, label, message: `unable to get '${label}' dependency: it does not exist` };
    const status = simulation.status(id);
    if (decides(readyExpr, id, simulation.knowledge)) {
      const dep = withStatus(found.object, found.generation, status);
      const result = evaluate(readyExpr, { self: object, dep });
      if (!("value" in result && result.value))
        return { id, label, message: `dependency '${label}' is not ready according to readyExpr eval` };
    } else if (status?.ready !== true || status.observed !== found.generation)
      return { id, label, message: `dependency '${label}' is not ready` };
  }
  return undefined;
}

/** The chart that a release names. */
export function chartOf(simulation: Simulation, object: Json): ReleaseChart {
  const spec = (object["spec"] ?? {}) as {
    chart?: { spec?: { chart?: string; version?: string; sourceRef?: Reference } };
    chartRef?: Reference;
  };
  const { namespace = "default" } = metadataOf(object);
  const template = spec.chartRef === undefined;
  const reference = spec.chartRef ?? spec.chart?.spec?.sourceRef ?? { kind: "HelmRepository", name: "" };
  const source = `${reference.kind} ${reference.namespace ?? namespace}/${reference.name}`;
  if (template) {
    const { chart = "", version } = spec.chart?.spec ?? {};
    return { source, reference, template, name: lastPart(chart), version: exact(version) };
  }
  const sourceSpec = (simulation.find(source)?.object["spec"] ?? {}) as {
    url?: string;
    ref?: { tag?: string };
    chart?: string;
    version?: string;
  };
  const name = sourceSpec.url ?? sourceSpec.chart ?? reference.name;
  return {
    source,
    reference,
    template,
    name: lastPart(name),
    // helm-controller puts the artifact's digest behind the version, and so loses a leading v.
    version: exact(sourceSpec.ref?.tag ?? sourceSpec.version)?.replace(/^v/, ""),
  };
}

const lastPart = (path: string): string => path.replace(/\/+$/, "").split("/").at(-1)!;
const exact = (version: string | undefined): string | undefined =>
  version !== undefined && /^v?\d+\.\d+\.\d+/.test(version) ? version : undefined;

function sourceProblem(
  simulation: Simulation,
  { source, reference, template }: ReleaseChart,
): [reason: string, message: string] | undefined {
  const [kind, path] = source.split(" ") as [string, string];
  const [namespace, name] = path.split("/") as [string, string];
  if (simulation.find(source) === undefined) {
    if (simulation.knowledge.isGiven(kind, namespace, name)) return undefined;
    if (!simulation.knowledge.isInGit(kind, namespace, name) && simulation.knowledge.mayBeUnseen(source))
      return undefined;
    const message = `${source} does not exist`;
    return template
      ? ["SourceNotReady", `its HelmChart is not ready: ${message}`]
      : ["ArtifactFailed", `could not get Source object: ${message}`];
  }
  if (simulation.artifact(source) === undefined)
    return ["SourceNotReady", `${reference.kind} ${path} is not ready: ${simulation.whyNot(source)}`];
  return undefined;
}

function missingValues(simulation: Simulation, object: Json, spec: Json): string | undefined {
  const { namespace = "default" } = metadataOf(object);
  for (const { kind, name, optional } of valuesFrom(spec)) {
    if (optional === true || simulation.world.get("v1", kind, namespace, name) !== undefined) continue;
    if (simulation.knowledge.isGiven(kind, namespace, name)) continue;
    if (kind === "Secret" && !simulation.knowledge.isInGit(kind, namespace, name)) {
      simulation.knowledge.assume("Secrets", "Secrets that git does not hold exist");
      continue;
    }
    if (
      !simulation.knowledge.isInGit(kind, namespace, name) &&
      simulation.knowledge.mayBeUnseen(`${kind} ${namespace}/${name}`)
    )
      continue;
    return `values from ${kind} ${namespace}/${name}: there is none`;
  }
  return undefined;
}

const valuesFrom = (spec: Json) =>
  (spec["valuesFrom"] ?? []) as readonly { kind: string; name: string; optional?: boolean }[];

/** Equal for releases that Helm would not touch. */
function digestOf(simulation: Simulation, object: Json, chart: ReleaseChart): string {
  const {
    interval: _,
    timeout: __,
    dependsOn: ___,
    suspend: ____,
    valuesFrom: _____,
    ...spec
  } = (object["spec"] ?? {}) as Json;
  const { namespace = "default" } = metadataOf(object);
  const values = valuesFrom((object["spec"] ?? {}) as Json).map(({ kind, name }) => {
    const found = simulation.world.get("v1", kind, namespace, name)?.object;
    return [found?.["data"], found?.["stringData"]];
  });
  return JSON.stringify([
    spec,
    values,
    chart.template ? undefined : simulation.artifact(chart.source)?.revision,
  ]);
}

function installProblem(
  simulation: Simulation,
  id: string,
  object: Json,
  spec: Json,
): { message: string; names: string[] } | undefined {
  if (simulation.failing.has(id)) return { message: "is told to fail", names: [] };
  const { namespace = "default" } = metadataOf(object);
  const target = releaseNamespace(object);
  const account = spec["serviceAccountName"];
  const storage = typeof spec["storageNamespace"] === "string" ? spec["storageNamespace"] : namespace;
  if (typeof account === "string" && spec["kubeConfig"] === undefined) {
    const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "release", namespace: storage } };
    const refused = refusedAccess(simulation.world, { namespace, name: account }, "create", secret);
    if (
      refused !== undefined &&
      !simulation.knowledge.mayBeUnseen(`access of ServiceAccount ${namespace}/${account}`)
    )
      return { message: refused, names: [account] };
  }
  const creates = (spec["install"] as Json | undefined)?.["createNamespace"] === true;
  if (
    !creates &&
    !target.includes("⟨") &&
    !simulation.world.hasNamespace(target) &&
    spec["kubeConfig"] === undefined &&
    (simulation.knowledge.isInGit("Namespace", undefined, target) ||
      !simulation.knowledge.mayBeUnseen(`namespace ${target}`))
  )
    return { message: `namespaces "${target}" not found`, names: [`"${target}" not found`] };
  return undefined;
}
