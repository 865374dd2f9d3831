import { applierKinds, type Applier, releasePatch, readApplier } from "./appliers.ts";
import type { Clock, ClusterApi } from "./cluster-api.ts";
import { isFluxDefinition } from "./kinds.ts";
import { describeName, fields, groupKind, parseKey, text } from "./objects.ts";
import type { Plan } from "./plan.ts";

/**
 * Removes the syncs of a cluster whose contents are gone: for a cluster that stays while its fleet goes. One that
 * applies Flux itself stays, suspended, as its deletion would take Flux away under itself; so does one that an
 * operator keeps, which goes with the operator's instance.
 * @returns the plan of what is then there
 */
export async function removeSyncs(
  api: ClusterApi,
  plan: Plan,
  { clock, deadline, note }: { clock: Clock; deadline: number; note: (message: string) => void },
  look: () => Promise<Plan>,
): Promise<Plan> {
  const { scope, ownership, snapshot } = plan;
  for (const key of scope.kept) {
    const applier = ownership.appliers.get(key);
    if (applier?.object === undefined) continue;
    const { namespace, name } = parseKey(key);
    const reason = staysBecause(applier, plan);
    if (reason !== undefined) {
      note(`${describeName(parseKey(key))} stays, suspended: ${reason}`);
      continue;
    }
    const kind = snapshot.kinds.get(groupKind(parseKey(key)))!;
    const object = await api.get(kind, namespace, name, { whole: true });
    if (object === undefined) continue;
    await api.patch(kind, namespace, name, releasePatch(readApplier(object)));
    await api.delete(kind, namespace, name);
    while ((await api.get(kind, namespace, name)) !== undefined && clock.now() < deadline)
      await clock.sleep(250);
    const source = fields(fields(applier.object, "spec"), "sourceRef");
    const sourceKind = snapshot.kinds.get(`source.toolkit.fluxcd.io/${text(source, "kind")}`);
    if (sourceKind !== undefined)
      await api.delete(sourceKind, text(source, "namespace") ?? namespace, text(source, "name") ?? "");
  }
  return look();
}

function staysBecause(
  { key, object, inventory }: Applier,
  { ownership, snapshot }: Plan,
): string | undefined {
  if (!key.startsWith("kustomize.toolkit.fluxcd.io/")) return "it keeps Flux";
  if (object!.metadata.labels?.["fluxcd.controlplane.io/name"] !== undefined)
    return "Flux's operator keeps it";
  const contents = [...inventory, ...(ownership.contents.get(key) ?? [])];
  if (contents.some(isFluxDefinition)) return "Flux itself is among what it applies";
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
