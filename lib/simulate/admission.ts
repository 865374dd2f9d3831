import { celProblems, creationProblems, type CelProblem, transitionProblems } from "../check/cel/rules.ts";
import { asPlaceholders } from "../check/symbols.ts";
import { fits } from "../check/workloads.ts";
import type { Schema } from "../flux/schema-files.ts";
import { customValidator, type Validator } from "../flux/schema-of-kind.ts";
import { problemsOf } from "../flux/schema-problems.ts";
import { schemaOf, validateObject } from "../flux/schema.ts";
import { immutableFields } from "../impact/immutable.ts";
import { objectChanges } from "../impact/object-changes.ts";
import { type Account, refusedAccess } from "./access.ts";
import type { Context } from "./state.ts";
import { fluxName, groupOf, metadataOf, type ServedKind, type World } from "./world.ts";

type Json = Readonly<Record<string, unknown>>;

/** Why the API server refuses an object. */
export interface Refusal {
  readonly message: string;
  /** What Flux's own message names too. */
  readonly names: readonly string[];
  /** Whether it is for a field that cannot change: then Flux can make the object anew. */
  readonly immutable: boolean;
}

/**
 * What the API server says to a server-side dry run of an object; undefined where it takes it.
 * @param secret whether the object holds values that nobody may see: then only their place is told
 */
export function refusalOf(
  context: Context,
  object: Json,
  account: Account | undefined,
  secret = false,
): Refusal | undefined {
  const { world } = context;
  const apiVersion = String(object["apiVersion"]);
  const kind = String(object["kind"]);
  const { namespace } = metadataOf(object);
  const refuse = (message: string, ...names: string[]) => refusalWith(object, message, names);
  const unseen = { namespaced: undefined, custom: undefined };
  const served =
    world.served(apiVersion, kind) ??
    (isDefinedInGit(context, apiVersion) || !context.knowledge.mayBeUnseen(`the definition of ${kind}`)
      ? undefined
      : unseen);
  if (served === undefined) {
    const message = `no matches for kind "${kind}" in version "${apiVersion}"`;
    return refuse(message, message);
  }
  const namespaced = served.namespaced ?? namespace !== undefined;
  if (namespaced && (namespace === undefined || namespace === ""))
    return refuse("namespace not specified", "namespace not specified");
  const existing = world.like(object);
  if (account !== undefined) {
    const forbidden =
      refusedAccess(world, account, "patch", object) ??
      (existing === undefined ? refusedAccess(world, account, "create", object) : undefined);
    const where = `access of ServiceAccount ${account.namespace}/${account.name}`;
    if (forbidden !== undefined && !context.knowledge.mayBeUnseen(where))
      return refuse(forbidden, "orbidden");
  }
  if (
    namespaced &&
    !namespace!.includes("⟨") &&
    !world.hasNamespace(namespace!) &&
    (context.knowledge.isInGit("Namespace", undefined, namespace!) ||
      !context.knowledge.mayBeUnseen(`namespace ${namespace}`))
  ) {
    const message = `namespaces "${namespace}" not found`;
    return refuse(message, message);
  }
  const problem =
    schemaProblem(world, object, served) ??
    (existing === undefined ? creationProblem(world, object, served) : undefined) ??
    ownProblem(object);
  if (problem !== undefined) return refusalFor(object, problem, secret);
  if (existing === undefined) return undefined;
  const transition = transitionProblem(world, existing.object, object, served);
  if (transition !== undefined) return { ...refusalFor(object, transition, secret), immutable: true };
  const [field] = immutableFields(existing.object, object, objectChanges(existing.object, object));
  return field === undefined
    ? undefined
    : { ...refuse(`${field} cannot change`, "mmutable"), immutable: true };
}

/** What it says to the same object once Flux has deleted the one that could not be changed. */
export function refusalOfNew(context: Context, object: Json, secret: boolean): Refusal | undefined {
  const served = context.world.served(String(object["apiVersion"]), String(object["kind"]));
  const problem = served && creationProblem(context.world, object, served);
  return problem && refusalFor(object, problem, secret);
}

const refusalWith = (object: Json, message: string, names: readonly string[] = []): Refusal => ({
  message: `${fluxName(object)}: ${message}`,
  names: [`${String(object["kind"])}/`, metadataOf(object).name, ...names],
  immutable: false,
});

const refusalFor = (object: Json, { path, message, names }: Fault, secret: boolean): Refusal =>
  secret ? refusalWith(object, `${path}: is not valid`) : refusalWith(object, `${path}: ${message}`, names);

/** Kubernetes' own kinds come with no bundle. */
const isDefinedInGit = ({ world }: Context, apiVersion: string): boolean =>
  !groupOf(apiVersion).includes(".") || world.servesGroup(groupOf(apiVersion));

interface Fault {
  readonly path: string;
  readonly message: string;
  readonly names: readonly string[];
}

const validators = new WeakMap<Schema, Validator>();
const seen = new WeakMap<Json, Map<unknown, Fault | undefined>>();

function schemaProblem(world: World, object: Json, { custom }: ServedKind): Fault | undefined {
  // A chart's definition is not known: nothing can be said of its objects.
  const key = custom?.schema ?? world.kubernetes;
  let known = seen.get(object);
  if (known === undefined) seen.set(object, (known = new Map<unknown, Fault | undefined>()));
  if (!known.has(key)) known.set(key, findSchemaProblem(world, object, custom?.schema));
  return known.get(key);
}

function findSchemaProblem(world: World, object: Json, custom: Schema | undefined): Fault | undefined {
  const readable = asPlaceholders(object);
  let problems;
  if (custom === undefined) problems = validateObject(readable, { kubernetes: world.kubernetes }) ?? [];
  else {
    let validator = validators.get(custom);
    if (validator === undefined) validators.set(custom, (validator = customValidator(custom)));
    const sent = validator.asSent(readable);
    problems = problemsOf(validator.check(sent), sent, true);
  }
  const [first] = problems;
  if (first !== undefined) return { path: first.path, message: first.message, names: [lastName(first.path)] };
  const schema = schemaFor(world, object, custom);
  const [rule] = schema === undefined ? [] : celProblems(schema, object);
  return faultOf(rule);
}

const schemaFor = ({ kubernetes }: World, object: Json, custom: Schema | undefined): Schema | undefined =>
  custom ?? schemaOf(String(object["apiVersion"]), String(object["kind"]), kubernetes);

const faultOf = (problem: CelProblem | undefined): Fault | undefined =>
  problem && {
    path: problem.path,
    message: problem.message,
    names: problem.said === undefined ? [] : [problem.said],
  };

/** A rule about there having been nothing. */
function creationProblem(world: World, object: Json, { custom }: ServedKind): Fault | undefined {
  const schema = schemaFor(world, object, custom?.schema);
  return schema === undefined ? undefined : faultOf(creationProblems(schema, object)[0]);
}

/** A rule about changes: to Flux one that is broken is a field that cannot change (fluxcd/pkg/ssa, IsImmutableError). */
function transitionProblem(world: World, old: Json, now: Json, { custom }: ServedKind): Fault | undefined {
  const schema = schemaFor(world, now, custom?.schema);
  if (schema === undefined || old === now) return undefined;
  return faultOf(transitionProblems(schema, old, now)[0]);
}

/** The field that a path ends with: the server names it too, whatever else it says. */
function lastName(path: string): string {
  return /([\w$-]+)(?:\[\d+\])*$/.exec(path)?.[1] ?? path;
}

const subdomain = /^[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?$/;
/** Kinds whose names may hold more than those of others: they are path segments, not names in DNS. */
const freeNames = new Set(["Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"]);

/** What is in the API server's code and in no schema, as far as it is common. */
function ownProblem(object: Json): Fault | undefined {
  const { name } = metadataOf(object);
  const kind = String(object["kind"]);
  if (!freeNames.has(kind) && !name.includes("⟨") && (!subdomain.test(name) || name.length > 253))
    return { path: "metadata.name", message: `'${name}' is no name in lower case`, names: ["metadata.name"] };
  const spec = (object["spec"] ?? {}) as Json;
  if (["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"].includes(kind)) {
    const template = spec["template"] as { metadata?: { labels?: Json } } | undefined;
    if (spec["selector"] !== undefined && !fits(spec["selector"], template?.metadata?.labels ?? {}))
      return {
        path: "spec.template.metadata.labels",
        message: "the selector does not fit them",
        names: ["`selector` does not match template `labels`"],
      };
  }
  return undefined;
}
