import { decides, evaluate, expressionProblem } from "./expression.ts";
import { Failure } from "./failure.ts";
import type { Simulation } from "./simulation.ts";
import { type Artifact, syncId } from "./source.ts";
import { withStatus } from "./state.ts";
import { metadataOf } from "./world.ts";

type Json = Readonly<Record<string, unknown>>;

/** The artifact to apply, once the source and all that is waited for are there. */
export function prerequisites(simulation: Simulation, object: Json, spec: Json): Artifact | Failure {
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
    !simulation.knowledge.isInGit(kind, within, String(source.name)) &&
    (simulation.knowledge.isGiven(kind, within, String(source.name)) ||
      simulation.knowledge.mayBeUnseen(sourceId));
  if (!exists && !elsewhere)
    return new Failure(
      "ArtifactFailed",
      `source ${sourceId} does not exist`,
      [`"${source.name}" not found`],
      simulation.knowledge.isInGit(kind, within, String(source.name)) ? [sourceId] : [],
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
    const unseen =
      !simulation.knowledge.isInGit("Kustomization", namespace, name) && simulation.knowledge.mayBeUnseen(id);
    return unseen ? undefined : refuse("not found");
  }
  const status = simulation.status(id);
  if (decides(readyExpr, id, simulation.knowledge)) {
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

/** How Flux refers to an object. */
export interface Reference {
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}

interface Dependency {
  readonly name: string;
  readonly namespace?: string;
  readonly readyExpr?: string;
}
