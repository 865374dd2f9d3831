import { teardownLabel } from "../flux/teardown-label.ts";
import { type Applier, heldAnnotation, isApplier, isHelmRelease } from "./appliers.ts";
import { definedKind, holdsExternalState, isFluxDefinition, isFluxItself, isPartOfFlux } from "./kinds.ts";
import { fields, nameOf, type ObjectKey, text } from "./objects.ts";
import { appliersAbove, type Ownership } from "./ownership.ts";
import { scopeIndex } from "./scope-index.ts";
import type { Snapshot } from "./snapshot.ts";

/** What a teardown removes, and what it leaves as a bootstrap has made it. */
export interface Scope {
  /** What goes, and why it is known to be the fleet's. */
  readonly going: ReadonlyMap<ObjectKey, Reason>;
  /** Appliers that stay: the sync of the cluster, and what keeps Flux itself. */
  readonly kept: ReadonlySet<ObjectKey>;
  /** Of what goes, that of which nobody could tell any more once something else has gone. */
  readonly unnamed: ReadonlySet<ObjectKey>;
  /** What holds something outside the cluster and was made by nobody that is known: it stays unless told otherwise. */
  readonly strangers: ReadonlySet<ObjectKey>;
}

/** What to decide by. */
export interface ScopeOptions {
  /** The Kustomizations that sync the cluster, as keys. @default found out */
  readonly roots?: readonly ObjectKey[];
  /**
   * Whether what holds something outside the cluster goes whoever made it, as the cluster itself is to go.
   * @default false
   */
  readonly allExternal?: boolean;
}

/** Why an object goes. */
export type Reason =
  | "applied by Flux"
  | "came of something that goes"
  | "of a kind whose definition goes"
  | "in a namespace that goes"
  | "served from a namespace that goes"
  | "holds something outside the cluster"
  | "labelled for teardown"
  | "marked by a teardown";

/** Namespaces that Kubernetes itself makes. */
const builtInNamespaces = ["default", "kube-system", "kube-public", "kube-node-lease"];
/** The sync's key, as every bootstrap names it. */
const usualSync = "kustomize.toolkit.fluxcd.io/Kustomization/flux-system/flux-system";

/**
 * Decides what goes. Without any label it follows from what Flux applied: all of it, what came of it, and what is
 * of its kinds and in its namespaces.
 */
export function decideScope(
  snapshot: Snapshot,
  ownership: Ownership,
  { roots = [], allExternal = false }: ScopeOptions = {},
): Scope {
  const { objects } = snapshot;
  const { appliers, contents, childrenOf } = ownership;
  const syncs = roots.length > 0 ? roots : findSyncs(ownership);
  const bootstrap = bootstrapObjects(objects, appliers, syncs);
  const kept = new Set<ObjectKey>(syncs);
  for (const { key, object } of appliers.values()) {
    const content = contents.get(key) ?? [];
    if (object === undefined || kept.has(key)) continue;
    if (!content.some((each) => isFluxItself(each, objects.get(each)))) continue;
    for (const each of [key, ...appliersAbove(key, ownership)]) kept.add(each);
    // What keeps Flux stays as a whole: half an operator is none.
    if (isHelmRelease(key)) for (const each of content) bootstrap.add(each);
  }
  for (const key of kept) bootstrap.add(key);

  const going = new Map<ObjectKey, Reason>();
  const open: ObjectKey[] = [];
  const add = (key: ObjectKey, reason: Reason) => {
    if (going.has(key) || bootstrap.has(key) || !objects.has(key)) return;
    going.set(key, reason);
    open.push(key);
  };
  for (const { key, object } of appliers.values()) {
    if (object !== undefined) add(key, "applied by Flux");
    for (const each of contents.get(key) ?? []) add(each, "applied by Flux");
  }
  for (const [key, object] of objects) {
    const { labels, annotations } = object.metadata;
    if (labels?.[teardownLabel] !== undefined) add(key, "labelled for teardown");
    if (annotations?.[heldAnnotation] !== undefined && !isApplier(object)) add(key, "marked by a teardown");
    if (allExternal && holdsExternalState(object)) add(key, "holds something outside the cluster");
  }
  const unnamed = new Set<ObjectKey>();
  const addUnnamed = (key: ObjectKey, reason: Reason) => {
    if (going.has(key) || bootstrap.has(key) || !objects.has(key)) return;
    unnamed.add(key);
    add(key, reason);
  };
  const index = scopeIndex(snapshot);
  for (const key of open) {
    const object = objects.get(key)!;
    const { kind } = object;
    for (const each of childrenOf.get(key) ?? []) add(each, "came of something that goes");
    for (const each of index.cameOf(object)) addUnnamed(each, "came of something that goes");
    const defined = definedKind(object);
    if (defined !== undefined)
      for (const each of index.ofKind(defined)) {
        // Even what a bootstrap has made: without its definition nothing of a kind can be.
        bootstrap.delete(each);
        add(each, "of a kind whose definition goes");
      }
    if (kind === "Namespace")
      for (const each of index.inNamespace(object.metadata.name)) add(each, "in a namespace that goes");
    if (kind === "Namespace" || kind === "Service")
      for (const each of index.servedFrom(object)) addUnnamed(each, "served from a namespace that goes");
  }
  const strangers = [...objects].filter(
    ([key, object]) => holdsExternalState(object) && !going.has(key) && !bootstrap.has(key),
  );
  return { going, kept, unnamed, strangers: new Set(strangers.map(([key]) => key)) };
}

/** The Kustomizations that sync the cluster: what applies itself, or is Flux's own by its name or its operator. */
function findSyncs({ appliers }: Ownership): ObjectKey[] {
  return [...appliers.values()]
    .filter(
      ({ key, object, inventory }) =>
        object?.kind === "Kustomization" &&
        (key === usualSync ||
          inventory.includes(key) ||
          object.metadata.labels?.["fluxcd.controlplane.io/name"] !== undefined),
    )
    .map(({ key }) => key);
}

/** What a bootstrap makes: Flux itself, its operator's objects, the syncs' sources and their namespaces. */
function bootstrapObjects(
  objects: Snapshot["objects"],
  appliers: ReadonlyMap<ObjectKey, Applier>,
  syncs: readonly ObjectKey[],
): Set<ObjectKey> {
  const bootstrap = new Set<ObjectKey>(builtInNamespaces.map((name) => `/Namespace//${name}`));
  for (const [key, object] of objects) {
    const { labels = {} } = object.metadata;
    const { group, kind } = nameOf(object);
    if (
      isFluxDefinition(key) ||
      isPartOfFlux(object) ||
      labels["fluxcd.controlplane.io/name"] !== undefined ||
      (group === "fluxcd.controlplane.io" && (kind === "FluxInstance" || kind === "FluxReport"))
    )
      bootstrap.add(key);
  }
  for (const sync of syncs) {
    const object = appliers.get(sync)?.object;
    if (object === undefined) continue;
    const { namespace } = object.metadata;
    const source = fields(fields(object, "spec"), "sourceRef");
    bootstrap.add(`/Namespace//${namespace}`);
    bootstrap.add(
      `source.toolkit.fluxcd.io/${text(source, "kind")}/${text(source, "namespace") ?? namespace}/${text(source, "name")}`,
    );
  }
  return bootstrap;
}
