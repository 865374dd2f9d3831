import { concerns, setField } from "./fields.ts";
import { type FieldSpec, isClusterScoped, kustomizeKnows } from "./knowledge.ts";
import {
  apiVersionOf,
  BuildError,
  currentId,
  groupVersion,
  isMap,
  type Json,
  kindOf,
  metadataOf,
  type Resource,
} from "./resource.ts";

/** Gives what refers to renamed objects their new names. @throws BuildError where a reference fits several */
export function fixReferences(resources: readonly Resource[]): void {
  const renamed = resources.filter(({ previous }) => previous.length > 0);
  if (renamed.length === 0) return;
  const kinds = new Set(
    renamed.flatMap(({ object, previous }) => [kindOf(object), ...previous.map(({ kind }) => kind)]),
  );
  for (const target of kustomizeKnows().fields.nameReference) {
    if (target.kind !== undefined && !kinds.has(target.kind)) continue;
    for (const spec of target.fieldSpecs)
      for (const referrer of resources)
        if (concerns(spec, referrer.object)) fixField(referrer, spec, target, renamed);
  }
}

function fixField(
  referrer: Resource,
  spec: FieldSpec,
  target: Omit<FieldSpec, "path">,
  resources: readonly Resource[],
): void {
  const candidates = referable(referrer, resources);
  const visit = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(visit);
    if (isMap(value)) return fixMapping(value, referrer, spec, target, candidates);
    if (typeof value !== "string") return value;
    const found = choose(value, referrer, spec, target, candidates, (r) => metadataOf(r.object).name ?? "");
    return found === undefined ? value : (metadataOf(found.object).name ?? value);
  };
  referrer.object = setField(referrer.object, { ...spec, create: false }, visit);
}

/** Such as a subject of a RoleBinding: its namespace follows too. */
function fixMapping(
  value: Json,
  referrer: Resource,
  spec: FieldSpec,
  target: Omit<FieldSpec, "path">,
  candidates: readonly Resource[],
): Json {
  const { name, namespace } = value;
  if (typeof name !== "string") throw new BuildError("path config error; no 'name' field in node");
  let within = candidates;
  if (typeof namespace === "string") {
    const original = candidates.filter(
      (r) => (r.previous[0]?.namespace ?? currentId(r.object).namespace) === namespace,
    );
    within =
      original.length > 0 ? original : candidates.filter((r) => currentId(r.object).namespace === namespace);
  }
  const found = choose(name, referrer, spec, target, within, (r) =>
    JSON.stringify([metadataOf(r.object).name, metadataOf(r.object).namespace]),
  );
  if (found === undefined) return value;
  const own = metadataOf(found.object);
  return { ...value, name: own.name, ...(own.namespace === undefined ? {} : { namespace: own.namespace }) };
}

/** What an object can refer to at all: what is in its own namespace, in none, or the accounts that it names. */
function referable(referrer: Resource, resources: readonly Resource[]): readonly Resource[] {
  const { object } = referrer;
  if (isClusterScoped(apiVersionOf(object), kindOf(object))) return resources;
  const { namespace } = currentId(object);
  const further = new Set<string>();
  if (kindOf(object) === "RoleBinding")
    for (const subject of (object["subjects"] as Json[] | undefined) ?? [])
      if (subject["kind"] === "ServiceAccount" && typeof subject["namespace"] === "string")
        further.add(subject["namespace"]);
  return resources.filter((other) => {
    const id = currentId(other.object);
    return (
      id.namespace === "" ||
      id.namespace === namespace ||
      further.has(metadataOf(other.object).namespace ?? "")
    );
  });
}

function choose(
  name: string,
  referrer: Resource,
  spec: FieldSpec,
  target: Omit<FieldSpec, "path">,
  candidates: readonly Resource[],
  sameness: (resource: Resource) => string,
): Resource | undefined {
  const role = spec.path.endsWith("roleRef/name")
    ? (referrer.object["roleRef"] as Json | undefined)
    : undefined;
  const own = currentId(referrer.object);
  const clusterScoped = own.namespace === "";
  let found = candidates.filter(({ object, previous }) => {
    const { group, version } = groupVersion(apiVersionOf(object));
    const fits = (wanted: { group?: string; version?: string; kind?: string }, kind: string) =>
      (!wanted.group || wanted.group === group) &&
      (!wanted.version || wanted.version === version) &&
      (!wanted.kind || wanted.kind === kind);
    if (!previous.some((id) => id.name === name) || !previous.some((id) => fits(target, id.kind)))
      return false;
    if (role?.["apiGroup"] !== undefined && role["kind"] !== undefined) {
      const wanted = { group: String(role["apiGroup"]), kind: String(role["kind"]) };
      if (!previous.some((id) => fits(wanted, id.kind))) return false;
    }
    const { namespace } = currentId(object);
    return (
      clusterScoped || namespace === "" || kindOf(object) === "ServiceAccount" || namespace === own.namespace
    );
  });
  if (found.length <= 1) return found[0];
  found = found.filter((other) => sameAffixes(referrer, other, true));
  if (found.length > 1) found = found.filter((other) => sameAffixes(referrer, other, false));
  if (found.length <= 1) return found[0];
  if (new Set(found.map(sameness)).size === 1) return found[0];
  throw new BuildError(`found multiple possible referrals for '${name}' in ${own.kind} ${own.name}`);
}

function sameAffixes(a: Resource, b: Resource, allowEmpty: boolean): boolean {
  const ending = (left: readonly string[], right: readonly string[]) => {
    if (allowEmpty && (left.length === 0 || right.length === 0)) return true;
    const length = Math.min(left.length, right.length);
    return left.slice(left.length - length).join("\0") === right.slice(right.length - length).join("\0");
  };
  return ending(a.prefixes, b.prefixes) && ending(a.suffixes, b.suffixes);
}
