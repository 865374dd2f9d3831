import { isContent } from "../effective/source.ts";
import type { Unit } from "../effective/unit.ts";
import type { Account } from "./access.ts";
import { type Application, applyAll } from "./apply.ts";
import { seconds } from "./duration.ts";
import { expressionProblem } from "./expression.ts";
import { failedStatus, Failure } from "./failure.ts";
import { type Health, type HealthExpression, healthOf } from "./health.ts";
import type { Simulation } from "./simulation.ts";
import { prerequisites, type Reference } from "./prerequisites.ts";
import type { Artifact } from "./source.ts";
import { unseen } from "./state.ts";
import { fluxName, metadataOf, type WorldObject } from "./world.ts";

type Json = Readonly<Record<string, unknown>>;

/** How often a health check looks, in seconds (kustomize-controller, checkHealth). */
const poll = 5;
/** No health check gives up sooner, whatever `spec.timeout` says (kustomize-controller, GetTimeout). */
const leastTimeout = 30;

/** The seconds that `wait` and health checks of a Kustomization last at most. */
export function timeoutOf(spec: Json): number {
  const interval = seconds(spec["interval"]) ?? 0;
  return Math.max(leastTimeout, seconds(spec["timeout"]) ?? interval - 30);
}

/**
 * One reconciliation of a Kustomization, step by step as kustomize-controller takes them
 * (internal/controller/kustomization_controller.go). It yields the seconds that it is busy.
 * @returns the seconds after which it looks again; undefined for never. @throws Pending
 */
export function* reconcileKustomization(
  simulation: Simulation,
  id: string,
  found: WorldObject,
): Generator<number, number | undefined> {
  const { object, generation } = found;
  const spec = (object["spec"] ?? {}) as Json;
  if (spec["suspend"] === true) return undefined;
  const before = simulation.status(id) ?? unseen;
  const settle = (failure: Failure) => simulation.update(id, failedStatus(before, generation, failure));
  const interval = seconds(spec["interval"]) ?? 600;
  const retry = seconds(spec["retryInterval"]) ?? interval;
  const broken = ((spec["healthCheckExprs"] ?? []) as readonly HealthExpression[])
    .flatMap(({ current, inProgress, failed }) => [current, inProgress, failed])
    .flatMap((text) => (text === undefined || text === "" ? [] : (expressionProblem(text) ?? [])))[0];
  if (broken !== undefined) {
    settle(new Failure("InvalidCELExpression", `spec.healthCheckExprs: ${broken}`, [], [], true));
    return undefined;
  }
  const prepared = prerequisites(simulation, object, spec);
  if (prepared instanceof Failure) {
    settle(prepared);
    if (prepared.stalled) return undefined;
    const waits = prepared.reason === "DependencyNotReady" || prepared.message.startsWith("Source artifact");
    return waits ? simulation.latencies.requeue : retry;
  }
  // Who looks at it while it only looks again sees for a moment that it is not Ready: that is passed over.
  const anew =
    before.ready !== true || before.observed !== generation || before.revision !== prepared.revision;
  if (anew) simulation.begin(id);
  yield simulation.latencies.apply;
  const result = yield* reconcileContent(simulation, id, found, prepared);
  if (result instanceof Failure) {
    settle(result);
    return retry;
  }
  simulation.update(id, {
    ...unseen,
    ready: true,
    reason: "ReconciliationSucceeded",
    message: "applied",
    observed: generation,
    revision: prepared.revision,
  });
  return interval;
}

function* reconcileContent(
  simulation: Simulation,
  id: string,
  found: WorldObject,
  artifact: Artifact,
): Generator<number, Failure | undefined> {
  const { object } = found;
  const spec = (object["spec"] ?? {}) as Json;
  const { namespace = "default", name } = metadataOf(object);
  if (simulation.failing.has(id)) return new Failure("ToldToFail", "is told to fail");
  if (!isContent(artifact.content)) {
    simulation.knowledge.isOpaque(id);
    simulation.knowledge.assume(
      id,
      `${artifact.content.message}: what it holds is not known, and taken to become Ready`,
    );
    return undefined;
  }
  for (const what of artifact.content.unsupported ?? [])
    simulation.knowledge.assume(id, `not taken into account: ${what}`);
  const definition = { id: `${namespace}/${name}`, namespace, name, spec, parent: found.unit };
  const unit = simulation.units.build(definition, artifact.content);
  const result = unit.result();
  const notFound = result.error !== undefined && /^kustomization path not found|leads out/.test(result.error);
  if (notFound) return new Failure("ArtifactFailed", result.error, ["kustomization path not found"]);
  const unset = missingVariables(
    simulation,
    namespace,
    spec,
    result.objects.length > 0 || result.error !== undefined,
  );
  if (unset !== undefined) return unset;
  if (result.error !== undefined)
    return new Failure("BuildFailed", result.error, namesOfBuildError(result.error));
  for (const what of result.unsupported) simulation.knowledge.assume(id, `not taken into account: ${what}`);
  if (spec["kubeConfig"] !== undefined) {
    simulation.knowledge.assume(id, "its objects are of another cluster (spec.kubeConfig)");
    return undefined;
  }
  const encrypted = result.objects.find((item) => item.object["sops"] !== undefined);
  if (encrypted !== undefined && spec["decryption"] === undefined)
    return new Failure(
      "ReconciliationFailed",
      `${fluxName(encrypted.object)} is SOPS encrypted, configuring decryption is required`,
      ["is SOPS encrypted", metadataOf(encrypted.object).name],
    );
  const applied = yield* applyAll(simulation, applicationOf(simulation, unit, spec));
  if ("message" in applied) return new Failure("ReconciliationFailed", applied.message, applied.names);
  simulation.inventories.set(id, applied.inventory, spec["prune"] === true, simulation.now);
  return yield* checkHealth(simulation, id, spec, applied.healthy);
}

/** @param objects whether there is anything to put variables into */
function missingVariables(
  simulation: Simulation,
  namespace: string,
  spec: Json,
  objects: boolean,
): Failure | undefined {
  const { substituteFrom = [] } = (spec["postBuild"] ?? {}) as {
    substituteFrom?: readonly { kind: string; name: string; optional?: boolean }[];
  };
  if (!objects) return undefined;
  for (const { kind, name, optional } of substituteFrom) {
    if (optional === true || simulation.world.get("v1", kind, namespace, name) !== undefined) continue;
    if (simulation.knowledge.isGiven(kind, namespace, name)) continue;
    if (!simulation.knowledge.isInGit(kind, namespace, name) && kind === "Secret") {
      simulation.knowledge.assume("Secrets", "Secrets that git does not hold exist");
      continue;
    }
    if (
      !simulation.knowledge.isInGit(kind, namespace, name) &&
      simulation.knowledge.mayBeUnseen(`${kind} ${namespace}/${name}`)
    )
      continue;
    return new Failure("BuildFailed", `substitute from '${kind}/${name}': there is none in ${namespace}`, [
      `substitute from '${kind}/${name}'`,
    ]);
  }
  return undefined;
}

/** What Flux's own words have in common with a build's: the names of objects and variables. */
function namesOfBuildError(message: string): string[] {
  const variable = /variable not set.*"([A-Za-z_]\w*)"/.exec(message)?.[1];
  return variable === undefined ? [] : [variable];
}

function applicationOf(simulation: Simulation, unit: Unit, spec: Json): Application {
  const { namespace, id } = unit.definition;
  const account = spec["serviceAccountName"];
  const { objects } = unit.result();
  return {
    unit: id,
    objects: objects.map(({ object }) => object),
    secret: new Set(objects.flatMap(({ object, shown }) => (shown === undefined ? [] : [object]))),
    force: spec["force"] === true,
    account:
      typeof account === "string" && account !== ""
        ? ({ namespace, name: account } satisfies Account)
        : undefined,
    patience: spec["wait"] === true ? timeoutOf(spec) : simulation.latencies.healthy(leastTimeout),
  };
}

function* checkHealth(
  simulation: Simulation,
  id: string,
  spec: Json,
  applied: readonly string[],
): Generator<number, Failure | undefined> {
  const references = (spec["healthChecks"] ?? []) as readonly (Reference & { apiVersion: string })[];
  const wait = spec["wait"] === true;
  if (!wait && references.length === 0) return undefined;
  const expressions = (spec["healthCheckExprs"] ?? []) as readonly HealthExpression[];
  const look = (): [string, Health][] =>
    wait
      ? applied
          .filter((key) => !isItself(simulation, key, id))
          .map((key) => {
            const object = simulation.world.objects.get(key);
            return [
              object === undefined ? key : fluxName(object.object),
              healthOf(simulation, object, expressions),
            ];
          })
      : references.map(({ apiVersion, kind, namespace, name }) => [
          `${kind}/${namespace}/${name}`,
          healthOf(simulation, simulation.world.get(apiVersion ?? "", kind, namespace, name), expressions),
        ]);
  const deadline = simulation.now + timeoutOf(spec);
  for (;;) {
    const open = look().filter(([, { status }]) => status !== "Current");
    if (open.length === 0) return undefined;
    const failed = open.filter(([, { status }]) => status === "Failed");
    const late = simulation.now >= deadline;
    if (failed.length > 0 || late) {
      const told = failed.length > 0 ? failed : open;
      return new Failure(
        "HealthCheckFailed",
        told.map(([name, { status, why }]) => `${name} is ${status}: ${why}`).join("; "),
        told.flatMap(([name, { status }]) => [name, status]),
        told.flatMap(([, { blockedBy }]) => blockedBy),
      );
    }
    yield Math.min(poll, deadline - simulation.now);
  }
}

function isItself(simulation: Simulation, key: string, id: string): boolean {
  const found = simulation.world.objects.get(key);
  if (found === undefined) return false;
  const { namespace, name } = metadataOf(found.object);
  return `${String(found.object["kind"])} ${namespace}/${name}` === id;
}
