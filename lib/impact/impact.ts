import type { EffectiveCluster } from "../effective/cluster.ts";
import { isContent } from "../effective/source.ts";
import type { EffectiveObject, Unit } from "../effective/unit.ts";
import type { FieldChange } from "../flux/field-changes.ts";
import { forEachOrPending } from "../flux/tree.ts";
import { dangersOf } from "./dangers.ts";
import { objectChanges } from "./object-changes.ts";
import { shownObject, withoutSecrets } from "./secrets.ts";
import { strayReads } from "./untouched.ts";

type Json = Readonly<Record<string, unknown>>;

/** What makes an object one and the same for a cluster. */
export interface ObjectId {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string | undefined;
  readonly name: string;
}

/** What happens to one object of a cluster. No value of a Secret is in it. */
export interface ObjectChange {
  readonly object: ObjectId;
  readonly change: "added" | "changed" | "removed";
  /** Field by field, where it is changed. */
  readonly fields: readonly FieldChange[];
  /** The Kustomization that applies it, or did. */
  readonly unit: string;
  /** Its manifest, relative to its source's root. */
  readonly file: string;
  /** Why somebody should look twice. */
  readonly dangers: readonly string[];
}

/** A Kustomization that cannot be told about. */
export interface UnitNote {
  readonly unit: string;
  readonly message: string;
}

/** What a change does to one cluster. */
export interface ClusterImpact {
  readonly cluster: string;
  /** Whether the cluster itself is new or gone. */
  readonly clusterChange: "added" | "removed" | undefined;
  readonly changes: readonly ObjectChange[];
  /** Kustomizations that Flux will fail: what they applied stays as it was. */
  readonly failures: readonly UnitNote[];
  /** What cannot be seen from here, and why. */
  readonly unknown: readonly UnitNote[];
}

/** Whether a Kustomization fails that did not: what it had applied before is then still there. @throws Pending */
export function failsAnew(before: EffectiveCluster, after: EffectiveCluster): boolean {
  let found = false;
  forEachOrPending(after.units.values(), (unit) => {
    const old = before.units.get(unit.id);
    found ||= old !== undefined && old.key !== unit.key && unit.result().error !== undefined;
  });
  return found;
}

/**
 * Compares what Flux applies to a cluster before and after. Kustomizations of equal inputs are not looked into.
 * @returns undefined where nothing changes. @throws Pending
 */
export function clusterImpact(
  name: string,
  before: EffectiveCluster | undefined,
  after: EffectiveCluster | undefined,
): ClusterImpact | undefined {
  if (before?.key === after?.key) return undefined;
  const ids = new Set([...(before?.units.keys() ?? []), ...(after?.units.keys() ?? [])]);
  const touched: { id: string; old: Unit | undefined; now: Unit | undefined }[] = [];
  for (const id of ids) {
    const old = before?.units.get(id);
    const now = after?.units.get(id);
    if (old === undefined || old.key !== now?.key) touched.push({ id, old, now });
  }
  forEachOrPending(touched, ({ old, now }) => {
    old?.result();
    now?.result();
  });
  const failures: UnitNote[] = [];
  const unknown: UnitNote[] = [];
  const olds = new Map<string, EffectiveObject>();
  const nows = new Map<string, EffectiveObject>();
  for (const { id, old, now } of touched) {
    const lostVariables = now === undefined ? undefined : removedVariables(before, now);
    if (lostVariables !== undefined) {
      if (old?.result().error === undefined) failures.push({ unit: id, message: lostVariables });
      continue;
    }
    for (const message of now === undefined ? [] : notesOf(now)) unknown.push({ unit: id, message });
    for (const path of now === undefined ? [] : strayReads(after!.root, now))
      unknown.push({
        unit: id,
        message: `reads ${path === "" ? "the whole repository" : path}, which is not this cluster's: later changes there are not told of this cluster`,
      });
    const lost = now !== undefined && !isContent(now.content) && now.content.reason !== "missing";
    if (lost) continue;
    const error = now?.result().error;
    if (error !== undefined && now !== undefined) {
      // One that fails already goes on failing, whatever it says.
      if (old?.result().error === undefined) failures.push({ unit: id, message: error });
      continue;
    }
    if (old !== undefined && (isContent(old.content) || old.content.reason === "missing"))
      for (const object of old.result().objects) olds.set(identityOf(object.object), object);
    else if (old !== undefined) {
      unknown.push({ unit: id, message: `what it applies now: ${messageOf(old)}` });
      continue;
    }
    for (const object of now?.result().objects ?? []) nows.set(identityOf(object.object), object);
  }
  const changes = changesBetween(olds, nows, before, after, new Set(touched.map(({ id }) => id)));
  for (const { object, unit } of changes)
    if (object.kind.startsWith("ResourceSet") && object.apiVersion.startsWith("fluxcd.controlplane.io/"))
      unknown.push({
        unit,
        message: `what flux-operator makes of the ${object.kind} '${object.name}' is not taken into account`,
      });
  const change = before === undefined ? "added" : after === undefined ? "removed" : undefined;
  if (changes.length + failures.length + unknown.length === 0 && change === undefined) return undefined;
  return { cluster: name, clusterChange: change, changes, failures, unknown };
}

/** Variables that git held before, and does not any more: they are not merely given by somebody else. */
function removedVariables(before: EffectiveCluster | undefined, { definition, variables }: Unit) {
  const units = [...(before?.units.values() ?? [])];
  const gone = variables.missing.find(({ kind, name }) =>
    units.some((unit) => unit.variableSource(kind, definition.namespace, name) !== undefined),
  );
  return gone && `the ${gone.kind} '${gone.name}' with its variables goes with this change`;
}

const messageOf = (unit: Unit): string => (isContent(unit.content) ? "" : unit.content.message);

function notesOf(unit: Unit): string[] {
  const { content, definition, variables } = unit;
  const notes = [
    ...variables.notes,
    ...unit.result().unsupported.map((what) => `not taken into account: ${what}`),
  ];
  if (!isContent(content)) {
    if (content.reason !== "missing") notes.push(content.message);
  } else notes.push(...(content.unsupported ?? []).map((what) => `not taken into account: ${what}`));
  if (definition.spec["suspend"] === true)
    notes.push("suspended: Flux applies nothing of it until it is resumed");
  if (definition.spec["kubeConfig"] !== undefined)
    notes.push("its objects are of another cluster (spec.kubeConfig)");
  return notes;
}

function changesBetween(
  olds: ReadonlyMap<string, EffectiveObject>,
  nows: ReadonlyMap<string, EffectiveObject>,
  before: EffectiveCluster | undefined,
  after: EffectiveCluster | undefined,
  touched: ReadonlySet<string>,
): ObjectChange[] {
  const changes: ObjectChange[] = [];
  const force = (unit: string) => after?.units.get(unit)?.definition.spec["force"] === true;
  for (const [identity, now] of nows) {
    const old = olds.get(identity) ?? appliedElsewhere(before, touched, identity, now);
    if (old === undefined) changes.push(describe("added", undefined, now, force(now.unit)));
    else if (old.object !== now.object || old.unit !== now.unit) {
      const change = describe("changed", old, now, force(now.unit));
      if (change.fields.length > 0) changes.push(change);
    }
  }
  for (const [identity, old] of olds) {
    if (nows.has(identity)) continue;
    const still = appliedElsewhere(after, touched, identity, old);
    if (still === undefined) changes.push(describe("removed", old, undefined, false));
    else {
      const change = describe("changed", old, still, force(still.unit));
      if (change.fields.length > 0) changes.push(change);
    }
  }
  return changes;
}

/** The same object from a Kustomization that has not changed: two owners of one object. */
function appliedElsewhere(
  cluster: EffectiveCluster | undefined,
  touched: ReadonlySet<string>,
  identity: string,
  like: EffectiveObject,
): EffectiveObject | undefined {
  for (const unit of cluster?.units.values() ?? []) {
    if (touched.has(unit.id) || !unit.mayApply(like.object)) continue;
    const found = unit.result().objects.find(({ object }) => identityOf(object) === identity);
    if (found !== undefined) return found;
  }
  return undefined;
}

function describe(
  change: ObjectChange["change"],
  old: EffectiveObject | undefined,
  now: EffectiveObject | undefined,
  force: boolean,
): ObjectChange {
  const some = (now ?? old)!;
  let fields: FieldChange[] = [];
  if (old !== undefined && now !== undefined) {
    fields = withoutSecrets(objectChanges(old.object, now.object), old, now);
    if (old.unit !== now.unit) fields.push({ path: "(applied by)", before: old.unit, after: now.unit });
  }
  return {
    object: objectId(shownObject(some)),
    change,
    fields,
    unit: some.unit,
    file: some.file,
    dangers: dangersOf(old && shownObject(old), now && shownObject(now), fields, force),
  };
}

export function objectId(object: Json): ObjectId {
  const { namespace, name } = object["metadata"] as { namespace?: string; name: string };
  return { apiVersion: String(object["apiVersion"]), kind: String(object["kind"]), namespace, name };
}

const identities = new WeakMap<Json, string>();

/** Text that is equal for what a cluster takes for the same object: whatever version of its group it is written in. */
export function identityOf(object: Json): string {
  let identity = identities.get(object);
  if (identity === undefined) {
    const { apiVersion, kind, namespace, name } = objectId(object);
    const slash = apiVersion.indexOf("/");
    identity = `${slash < 0 ? "" : apiVersion.slice(0, slash)} ${kind} ${namespace ?? ""}/${name}`;
    identities.set(object, identity);
  }
  return identity;
}
