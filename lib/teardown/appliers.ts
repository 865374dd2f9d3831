import {
  fields,
  groupKind,
  groupOf,
  keyOf,
  keyOfName,
  type KubeObject,
  list,
  type ObjectKey,
  text,
} from "./objects.ts";

/** An object of Flux that applies others and removes them when it goes: a Kustomization, HelmRelease or ResourceSet. */
export interface Applier {
  readonly key: ObjectKey;
  /** Undefined for one that has gone and left objects that still name it. */
  readonly object: KubeObject | undefined;
  /** Those that must be ready before this one is applied. */
  readonly dependsOn: readonly ObjectKey[];
  /** What it says that it has applied. */
  readonly inventory: readonly ObjectKey[];
  /** The ServiceAccount in whose name it acts. Where that is missing, Flux leaves everything behind, silently. */
  readonly serviceAccount: ObjectKey | undefined;
  /** The Secret or ConfigMap with which it reaches another cluster: what it applied is not in this one. */
  readonly remote: ObjectKey | undefined;
  /** Whether its deletion removes what it applied. */
  readonly prunes: boolean;
  readonly suspended: boolean;
  /** Seconds that its own specification allows for a step. */
  readonly timeout: number;
}

const kustomization = "kustomize.toolkit.fluxcd.io/Kustomization";
const helmRelease = "helm.toolkit.fluxcd.io/HelmRelease";
const resourceSet = "fluxcd.controlplane.io/ResourceSet";

/** The kinds of appliers, `group/Kind`, with the prefix of the labels that name them on what they applied. */
export const applierKinds: ReadonlyMap<string, string> = new Map([
  [helmRelease, "helm.toolkit.fluxcd.io"],
  [resourceSet, "resourceset.fluxcd.controlplane.io"],
  [kustomization, "kustomize.toolkit.fluxcd.io"],
]);

export const isApplier = (object: KubeObject): boolean =>
  applierKinds.has(`${groupOf(object.apiVersion)}/${object.kind}`);

/** Whether it is a HelmRelease, whose release is kept in Secrets beside its objects. */
export const isHelmRelease = (key: ObjectKey): boolean => key.startsWith(`${helmRelease}/`);

/** With this annotation the operator of ResourceSets leaves one alone. */
const reconcile = "fluxcd.controlplane.io/reconcile";

/** Reads an applier. */
export function readApplier(object: KubeObject): Applier {
  const { apiVersion, kind, metadata } = object;
  const id = { group: groupOf(apiVersion), kind };
  const type = groupKind(id);
  const namespace = metadata.namespace ?? "";
  const spec = fields(object, "spec");
  const account = text(spec, "serviceAccountName");
  const remote = fields(spec, "kubeConfig");
  const [remoteKind, reference] =
    remote["configMapRef"] === undefined
      ? (["Secret", fields(remote, "secretRef")] as const)
      : (["ConfigMap", fields(remote, "configMapRef")] as const);
  const name = text(reference, "name");
  const own = [text(fields(spec, "uninstall"), "timeout"), text(spec, "timeout")].find(
    (value) => value !== undefined,
  );
  return {
    key: keyOf(object),
    object,
    dependsOn: list(spec, "dependsOn").map((on) =>
      keyOfName({
        group: groupOf(text(on, "apiVersion") ?? apiVersion),
        kind: text(on, "kind") ?? kind,
        namespace: text(on, "namespace") ?? namespace,
        name: text(on, "name") ?? "",
      }),
    ),
    inventory: list(fields(fields(object, "status"), "inventory"), "entries").flatMap((entry) => {
      const key = inventoryKey(text(entry, "id") ?? "");
      return key === undefined ? [] : [key];
    }),
    serviceAccount:
      account === undefined
        ? undefined
        : keyOfName({ group: "", kind: "ServiceAccount", namespace, name: account }),
    remote: name === undefined ? undefined : keyOfName({ group: "", kind: remoteKind, namespace, name }),
    prunes: prunes(type, spec),
    suspended:
      type === resourceSet ? metadata.annotations?.[reconcile] === "disabled" : spec["suspend"] === true,
    timeout: own === undefined ? 300 : seconds(own),
  };
}

/** An applier that has gone: nothing but its name is known. */
export const goneApplier = (key: ObjectKey): Applier => ({
  key,
  object: undefined,
  dependsOn: [],
  inventory: [],
  serviceAccount: undefined,
  remote: undefined,
  prunes: false,
  suspended: true,
  timeout: 0,
});

/** A Kustomization's deletion policy follows `prune` unless it says something else. */
function prunes(type: string, spec: Readonly<Record<string, unknown>>): boolean {
  if (type !== kustomization) return true;
  const policy = text(spec, "deletionPolicy") ?? "MirrorPrune";
  return policy === "MirrorPrune" ? spec["prune"] === true : policy !== "Orphan";
}

/** The name in an entry of an inventory: `namespace_name_group_Kind`, a colon in a name written as two underscores. */
function inventoryKey(id: string): ObjectKey | undefined {
  const match = /^([^_]*)_(.+)_([^_]*)_([^_]+)$/.exec(id);
  if (match === null) return undefined;
  const [, namespace, name, group, kind] = match;
  return keyOfName({ group: group!, kind: kind!, namespace: namespace!, name: name!.replaceAll("__", ":") });
}

/** The appliers that an object's labels name, those that know it best first. */
export function labelledAppliers(object: KubeObject): ObjectKey[] {
  const labels = object.metadata.labels ?? {};
  return [...applierKinds].flatMap(([type, prefix]) => {
    const name = labels[`${prefix}/name`];
    const namespace = labels[`${prefix}/namespace`];
    return name === undefined || namespace === undefined ? [] : [`${type}/${namespace}/${name}`];
  });
}

/** Seconds of a Go duration: `1h2m3s`, `1.5m`, `500ms`. Zero where it is none. */
export function seconds(duration: string): number {
  const units: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600 };
  let sum = 0;
  for (const [, number, unit] of duration.matchAll(/([\d.]+)(ms|s|m|h)/g))
    sum += Number(number) * units[unit!]!;
  return sum;
}

/**
 * The annotation on what a teardown has suspended: what its specification said before, as JSON. By it a second
 * run knows what the first one did, and what to give back.
 */
export const heldAnnotation = "sluice.dev/teardown-held";

/** Nothing has this name: what depends on it is never applied. */
const never = "teardown-in-progress";

/** The patch that suspends an applier, unless it has changed meanwhile. */
export function suspendPatch({ key, object }: Applier): object {
  const { annotations, resourceVersion } = object!.metadata;
  const spec = fields(object, "spec");
  const held = annotations?.[heldAnnotation] ?? JSON.stringify(before(object!, spec));
  const metadata = { resourceVersion, annotations: { [heldAnnotation]: held } };
  if (key.startsWith(`${resourceSet}/`))
    return { metadata: { ...metadata, annotations: { ...metadata.annotations, [reconcile]: "disabled" } } };
  return { metadata, spec: { suspend: true } };
}

function before(object: KubeObject, spec: Readonly<Record<string, unknown>>): object {
  const value = object.metadata.annotations?.[reconcile];
  return {
    ...(spec["suspend"] === true ? { suspend: true } : {}),
    ...(spec["dependsOn"] === undefined ? {} : { dependsOn: spec["dependsOn"] }),
    ...(value === undefined ? {} : { reconcile: value }),
  };
}

/**
 * The patch just before an applier's deletion: not suspended any more, as Flux would then leave behind what it
 * applied, but waiting for something that never comes, so that it applies nothing in the moment between.
 */
export function releasePatch({ key, object }: Applier): object {
  const { namespace } = object!.metadata;
  if (key.startsWith(`${resourceSet}/`))
    return {
      metadata: { annotations: { [reconcile]: null } },
      spec: { dependsOn: [{ apiVersion: "v1", kind: "ConfigMap", name: never, namespace, ready: false }] },
    };
  return { spec: { suspend: null, dependsOn: [{ name: never }] } };
}

/** The patch that gives an applier back as it was before a teardown suspended it, or undefined if none did. */
export function resumePatch({ key, object }: Applier): object | undefined {
  const held = object?.metadata.annotations?.[heldAnnotation];
  if (held === undefined) return undefined;
  let was: { suspend?: boolean; dependsOn?: unknown; reconcile?: string };
  try {
    was = JSON.parse(held) as typeof was;
  } catch {
    was = {};
  }
  const annotations = { [heldAnnotation]: null };
  if (key.startsWith(`${resourceSet}/`))
    return {
      metadata: { annotations: { ...annotations, [reconcile]: was.reconcile ?? null } },
      spec: { dependsOn: was.dependsOn ?? null },
    };
  return {
    metadata: { annotations },
    spec: { suspend: was.suspend ?? null, dependsOn: was.dependsOn ?? null },
  };
}
