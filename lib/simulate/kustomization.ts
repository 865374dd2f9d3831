import { isContent } from "../effective/source.ts";
import type { Unit } from "../effective/unit.ts";
import type { Account } from "./access.ts";
import { type Application, applyAll } from "./apply.ts";
import { seconds } from "./duration.ts";
import { evaluate, expressionProblem } from "./expression.ts";
import { type Health, type HealthExpression, healthOf } from "./health.ts";
import type { Simulation } from "./simulation.ts";
import { type Artifact, syncId } from "./source.ts";
import { unseen, withStatus } from "./state.ts";
import { fluxName, metadataOf, type WorldObject } from "./world.ts";

type Json = Readonly<Record<string, unknown>>;

/** How often a health check looks, in seconds (kustomize-controller, checkHealth). */
const poll = 5;
/** No health check gives up sooner, whatever `spec.timeout` says (kustomize-controller, GetTimeout). */
const leastTimeout = 30;

interface Reference {
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}

interface Dependency {
  readonly name: string;
  readonly namespace?: string;
  readonly readyExpr?: string;
}

/** What a reconciliation came to, apart from time. */
class Failure {
  readonly reason: string;
  readonly message: string;
  readonly names: readonly string[];
  readonly blockedBy: readonly string[];
  readonly stalled: boolean;
  constructor(
    reason: string,
    message: string,
    names: readonly string[] = [],
    blockedBy: readonly string[] = [],
    stalled = false,
  ) {
    this.reason = reason;
    this.message = message;
    this.names = names;
    this.blockedBy = blockedBy;
    this.stalled = stalled;
  }
}

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
  const settle = (failure: Failure): void => {
    const { reason, message, names, blockedBy, stalled } = failure;
    simulation.update(id, {
      ...before,
      ready: false,
      reason,
      message,
      names,
      blockedBy,
      stalled,
      ...(stalled ? { observed: generation } : {}),
    });
  };
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

/** The artifact to apply, once the source and all that is waited for are there. */
function prerequisites(simulation: Simulation, object: Json, spec: Json): Artifact | Failure {
  const { namespace = "default" } = metadataOf(object);
  const source = (spec["sourceRef"] ?? {}) as Partial<Reference>;
  const kind = String(source.kind);
  const within = source.namespace ?? namespace;
  const sourceId = `${kind} ${within}/${source.name}`;
  if (kind === "ExternalArtifact")
    return new Failure(
      "AccessDenied",
      "sources of the kind ExternalArtifact take a feature gate",
      [],
      [],
      true,
    );
  const exists = sourceId === syncId || simulation.find(sourceId) !== undefined;
  const elsewhere =
    !exists &&
    !simulation.isInGit(kind, within, String(source.name)) &&
    (simulation.isGiven(kind, within, String(source.name)) || simulation.mayBeUnseen(sourceId));
  if (!exists && !elsewhere)
    return new Failure(
      "ArtifactFailed",
      `source ${sourceId} does not exist`,
      [`"${source.name}" not found`],
      simulation.isInGit(kind, within, String(source.name)) ? [sourceId] : [],
    );
  const artifact = exists
    ? simulation.artifact(sourceId)
    : {
        content: { reason: "elsewhere" as const, message: `${sourceId} is made outside of git` },
        revision: "given",
      };
  if (artifact === undefined)
    return new Failure(
      "ArtifactFailed",
      `Source artifact not found: ${sourceId} ${simulation.whyNot(sourceId)}`,
      ["Source artifact not found"],
      [sourceId],
    );
  for (const dependency of (spec["dependsOn"] ?? []) as readonly Dependency[]) {
    const failure = dependencyFailure(simulation, object, spec, dependency, artifact);
    if (failure !== undefined) return failure;
  }
  return artifact;
}

function dependencyFailure(
  simulation: Simulation,
  object: Json,
  spec: Json,
  { name, namespace: given, readyExpr }: Dependency,
  artifact: Artifact,
): Failure | undefined {
  const namespace = given ?? metadataOf(object).namespace ?? "default";
  const label = `${namespace}/${name}`;
  const id = `Kustomization ${label}`;
  const refuse = (text: string) =>
    new Failure(
      "DependencyNotReady",
      `dependency '${label}' ${text}`,
      [`dependency '${label}' ${text}`],
      [id],
    );
  const found = simulation.find(id);
  if (found === undefined) {
    const unseen = !simulation.isInGit("Kustomization", namespace, name) && simulation.mayBeUnseen(id);
    return unseen ? undefined : refuse("not found");
  }
  const status = simulation.status(id);
  if (readyExpr !== undefined && readyExpr !== "") {
    const problem = expressionProblem(readyExpr);
    if (problem !== undefined)
      return new Failure("InvalidCELExpression", `dependsOn ${label}: ${problem}`, [], [], true);
    const result = evaluate(readyExpr, {
      self: object,
      dep: withStatus(found.object, found.generation, status),
    });
    if ("error" in result)
      return new Failure("DependencyNotReady", `readyExpr of '${label}': ${result.error}`, [], [id]);
    return result.value ? undefined : refuse("is not ready according to readyExpr eval");
  }
  if (status?.ready !== true || status.observed !== found.generation) return refuse("is not ready");
  const theirs = (found.object["spec"] as Json)["sourceRef"] as Reference;
  const ours = spec["sourceRef"] as Reference;
  const own = metadataOf(object).namespace ?? "default";
  const same =
    theirs.kind === ours.kind &&
    theirs.name === ours.name &&
    (theirs.namespace ?? namespace) === (ours.namespace ?? own);
  return same && status.revision !== artifact.revision ? refuse("revision is not up to date") : undefined;
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
    simulation.unknown.add(id);
    simulation.assume(
      id,
      `${artifact.content.message}: what it holds is not known, and taken to become Ready`,
    );
    return undefined;
  }
  for (const what of artifact.content.unsupported ?? [])
    simulation.assume(id, `not taken into account: ${what}`);
  const definition = { id: `${namespace}/${name}`, namespace, name, spec, parent: found.unit };
  const unit = simulation.build(definition, artifact.content);
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
  for (const what of result.unsupported) simulation.assume(id, `not taken into account: ${what}`);
  if (spec["kubeConfig"] !== undefined) {
    simulation.assume(id, "its objects are of another cluster (spec.kubeConfig)");
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
  simulation.inventory(id, applied.inventory, spec["prune"] === true);
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
    if (simulation.isGiven(kind, namespace, name)) continue;
    if (!simulation.isInGit(kind, namespace, name) && kind === "Secret") {
      simulation.assume("Secrets", "Secrets that git does not hold exist");
      continue;
    }
    if (!simulation.isInGit(kind, namespace, name) && simulation.mayBeUnseen(`${kind} ${namespace}/${name}`))
      continue;
    return new Failure("BuildFailed", `substitute from '${kind}/${name}': there is none in ${namespace}`, [
      `substitute from '${kind}/${name}'`,
    ]);
  }
  return undefined;
}

/** What Flux's own words have in common with a build's: the names of objects and variables. */
function namesOfBuildError(message: string): string[] {
  const variable = /variable '?"?([A-Za-z_]\w*)/.exec(message)?.[1];
  return variable === undefined ? [] : [variable];
}

function applicationOf(simulation: Simulation, unit: Unit, spec: Json): Application {
  const { namespace, id } = unit.definition;
  const account = spec["serviceAccountName"];
  return {
    unit: id,
    objects: unit.result().objects.map(({ object }) => object),
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
