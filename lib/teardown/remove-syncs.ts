import { describeName } from "../flux/object-name.ts";
import { applierKinds, type Applier, releasePatch, readApplier } from "./appliers.ts";
import { ApiError, type Clock, type ClusterApi } from "./cluster-api.ts";
import { isFluxItself } from "./kinds.ts";
import { fields, groupKind, keyOfName, type ObjectKey, parseKey, text } from "./objects.ts";
import type { Plan } from "./plan.ts";
import { whyLeft } from "./why.ts";

/**
 * Removes the syncs of a cluster whose contents are gone: for a cluster that stays while its fleet goes. One that
 * applies Flux itself stays, suspended, as its deletion would take Flux away under itself; so does one that an
 * operator keeps, which goes with the operator's instance.
 * @returns the plan of what is then there
 * @throws ApiError if one does not go
 */
export async function removeSyncs(
  api: ClusterApi,
  plan: Plan,
  { clock, limit, signal, note }: RemovalContext,
  look: () => Promise<Plan>,
): Promise<Plan> {
  const { scope, ownership, snapshot } = plan;
  const syncs = [...scope.kept].flatMap((key) => {
    const applier = ownership.appliers.get(key);
    return applier?.object === undefined ? [] : [{ applier, stays: staysBecause(applier, plan) }];
  });
  const needed = new Set(
    syncs.flatMap(({ applier, stays }) => (stays === undefined ? [] : sourceOf(applier))),
  );
  for (const { applier, stays } of syncs) {
    const { key } = applier;
    if (stays !== undefined) {
      note(`${describeName(parseKey(key))} stays, suspended: ${stays}`);
      continue;
    }
    const kind = snapshot.kinds.get(groupKind(parseKey(key)))!;
    const { namespace, name } = parseKey(key);
    const object = await api.get(kind, namespace, name, { whole: true });
    if (object === undefined) continue;
    // Its source goes before it: with the sync, whoever comes after an interruption would forget whose it was.
    for (const source of sourceOf(applier)) {
      const of = parseKey(source);
      const sourceKind = snapshot.kinds.get(groupKind(of));
      if (sourceKind !== undefined && !needed.has(source))
        await api.delete(sourceKind, of.namespace, of.name);
    }
    await api.patch(kind, namespace, name, releasePatch(readApplier(object)));
    await api.delete(kind, namespace, name);
    const end = clock.now() + limit;
    for (;;) {
      const left = await api.get(kind, namespace, name, { whole: true });
      if (left === undefined) break;
      if (clock.now() >= end || signal.aborted)
        throw new ApiError(
          409,
          `${describeName(parseKey(key))}, the sync itself, does not go: ${whyLeft({ object: left, refusal: undefined, returned: 0 })}`,
        );
      await clock.sleep(250, signal);
    }
  }
  return look();
}

interface RemovalContext {
  readonly clock: Clock;
  /** Milliseconds that a sync may take to go. */
  readonly limit: number;
  readonly signal: AbortSignal;
  readonly note: (message: string) => void;
}

/** The source that an applier reads, as a key; none where it names none. */
function sourceOf({ object }: Applier): ObjectKey[] {
  const source = fields(fields(object, "spec"), "sourceRef");
  const [kind, name] = [text(source, "kind"), text(source, "name")];
  if (object === undefined || kind === undefined || name === undefined) return [];
  const namespace = text(source, "namespace") ?? object.metadata.namespace ?? "";
  return [keyOfName({ group: "source.toolkit.fluxcd.io", kind, namespace, name })];
}

function staysBecause(
  { key, object, inventory }: Applier,
  { ownership, snapshot }: Plan,
): string | undefined {
  if (!key.startsWith("kustomize.toolkit.fluxcd.io/")) return "it keeps Flux";
  if (object!.metadata.labels?.["fluxcd.controlplane.io/name"] !== undefined)
    return "Flux's operator keeps it";
  const contents = [...inventory, ...(ownership.contents.get(key) ?? [])];
  if (contents.some((each) => isFluxItself(each, snapshot.objects.get(each))))
    return "Flux itself is among what it applies";
  const { namespace } = object!.metadata;
  if (contents.includes(`/Namespace//${namespace}`))
    return `the namespace ${namespace} is among what it applies`;
  const instance = contents.find(
    (each) =>
      each.startsWith("fluxcd.controlplane.io/FluxInstance/") &&
      snapshot.objects.get(each)?.metadata.annotations?.["kustomize.toolkit.fluxcd.io/prune"] !== "disabled",
  );
  if (instance !== undefined) return "Flux's own instance would go with it";
  return contents.some(
    (each) =>
      [...applierKinds.keys()].some((type) => each.startsWith(`${type}/`)) &&
      each !== key &&
      snapshot.objects.has(each),
  )
    ? "it applies another Kustomization that stays"
    : undefined;
}
