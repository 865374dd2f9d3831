import type { EffectiveCluster } from "../effective/cluster.ts";
import type { CelProblem } from "../check/cel/rules.ts";
import type { Schema } from "../flux/schema-files.ts";
import { cannotBeChanged, isMadeAnew } from "./dangers.ts";
import { clusterImpact, type ClusterImpact, identityOf, type ObjectChange } from "./impact.ts";

type Json = Readonly<Record<string, unknown>>;

/** A custom object that is new or changes, and whose kind's definition has rules about that. */
export interface RuledChange {
  readonly change: ObjectChange;
  readonly schema: Schema;
  /** Undefined where it is new. */
  readonly old: Json | undefined;
  readonly now: Json;
  /** Whether Flux makes anew what may not be changed. */
  readonly madeAnew: boolean;
}

/** What changes in a cluster, with what the API server will refuse by rules about changes. @throws Pending */
export async function wholeImpact(
  name: string,
  before: EffectiveCluster,
  after: EffectiveCluster,
): Promise<ClusterImpact | undefined> {
  const impact = clusterImpact(name, before, after);
  return impact === undefined ? undefined : withTransitions(impact, ruledChanges(impact, before, after));
}

/** The changes of a cluster that such rules are about: few clusters have any. @throws Pending */
export function ruledChanges(
  { changes }: ClusterImpact,
  before: EffectiveCluster,
  after: EffectiveCluster,
): RuledChange[] {
  return changes.flatMap((change) => {
    const { object, fields, unit } = change;
    if (change.change === "removed" || isOwn(object.apiVersion)) return [];
    const schema = ruledSchema(after, object.apiVersion, object.kind);
    if (schema === undefined) return [];
    const from = fields.find(({ path }) => path === "(applied by)")?.before ?? unit;
    const old = change.change === "added" ? undefined : find(before, String(from), change);
    const now = find(after, unit, change);
    if (now === undefined || (old === undefined && change.change === "changed")) return [];
    const madeAnew = isMadeAnew(now, after.units.get(unit)!.definition.spec["force"] === true);
    return [{ change, schema, old, now, madeAnew }];
  });
}

/** The impact with what the API server will refuse by those rules. */
export async function withTransitions(
  impact: ClusterImpact,
  ruled: readonly RuledChange[],
): Promise<ClusterImpact> {
  if (ruled.length === 0) return impact;
  // What evaluates CEL takes longer to load than most impacts take as a whole.
  const { creationProblems, transitionProblems } = await import("../check/cel/rules.ts");
  const dangers = new Map<ObjectChange, string[]>();
  for (const { change, schema, old, now, madeAnew } of ruled) {
    const say = (problems: readonly CelProblem[]) =>
      problems.map(({ path, message }) => (path === "" ? message : `${path}: ${message}`)).join("; ");
    const changed = old === undefined ? "" : say(transitionProblems(schema, old, now));
    const made = old === undefined || (changed !== "" && madeAnew) ? say(creationProblems(schema, now)) : "";
    if (made !== "")
      dangers.set(change, [
        `cannot be made (${made}): the API server refuses it and its Kustomization fails`,
      ]);
    else if (changed !== "") dangers.set(change, [cannotBeChanged(changed, madeAnew)]);
  }
  return {
    ...impact,
    changes: impact.changes.map((change) => ({
      ...change,
      dangers: [...change.dangers, ...(dangers.get(change) ?? [])],
    })),
  };
}

function find(cluster: EffectiveCluster, unit: string, { object }: ObjectChange): Json | undefined {
  const { apiVersion, kind, namespace, name } = object;
  const wanted = identityOf({ apiVersion, kind, metadata: { namespace, name } });
  return cluster.units
    .get(unit)
    ?.result()
    .objects.find(({ object: each }) => identityOf(each) === wanted)?.object;
}

/** The groups of Kubernetes itself that have a domain. */
const ownGroups = new Set(
  (
    "admissionregistration apiextensions apiregistration authentication authorization certificates coordination " +
    "discovery events flowcontrol.apiserver internal.apiserver networking node rbac.authorization resource scheduling " +
    "storage storagemigration"
  ).split(" "),
);

/** Whether a kind is Kubernetes' own or Flux's, none of which has such a rule: nobody need look for its definition. */
function isOwn(apiVersion: string): boolean {
  const group = apiVersion.slice(0, Math.max(0, apiVersion.indexOf("/")));
  return (
    !group.includes(".") ||
    /\.fluxcd\.io$|\.controlplane\.io$/.test(group) ||
    (group.endsWith(".k8s.io") && ownGroups.has(group.slice(0, -".k8s.io".length)))
  );
}

const known = new WeakMap<EffectiveCluster, Map<string, Schema | undefined>>();

/** The schema of a kind that the cluster itself defines, where it has rules about changes. @throws Pending */
function ruledSchema(cluster: EffectiveCluster, apiVersion: string, kind: string): Schema | undefined {
  let schemas = known.get(cluster);
  if (schemas === undefined) known.set(cluster, (schemas = new Map<string, Schema | undefined>()));
  const key = `${apiVersion} ${kind}`;
  if (!schemas.has(key)) {
    const schema = definedSchema(cluster, apiVersion, key);
    schemas.set(key, JSON.stringify(schema)?.includes("oldSelf") === true ? schema : undefined);
  }
  return schemas.get(key);
}

function definedSchema(cluster: EffectiveCluster, apiVersion: string, key: string): Schema | undefined {
  const group = apiVersion.slice(0, apiVersion.indexOf("/"));
  const like = { kind: "CustomResourceDefinition", metadata: { name: group } };
  for (const unit of cluster.units.values()) {
    if (!unit.mayApply(like)) continue;
    for (const { object } of unit.result().objects)
      if (object["kind"] === like.kind)
        for (const { id, schema } of versionsOf(object)) if (id === key) return schema;
  }
  return undefined;
}

function versionsOf({ spec }: Json): { id: string; schema: Schema | undefined }[] {
  const {
    group,
    names,
    versions = [],
  } = (spec ?? {}) as {
    group?: string;
    names?: { kind?: string };
    versions?: readonly { name: string; schema?: { openAPIV3Schema?: Schema } }[];
  };
  return versions.map(({ name, schema }) => ({
    id: `${group}/${name} ${names?.kind}`,
    schema: schema?.openAPIV3Schema,
  }));
}
