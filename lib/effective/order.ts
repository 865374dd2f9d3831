import type { EffectiveCluster } from "./cluster.ts";
import type { Unit } from "./unit.ts";

type Json = Readonly<Record<string, unknown>>;

/** The Kustomizations that one waits for, by id. */
export function dependenciesOf({ definition }: Unit): string[] {
  const list = (definition.spec["dependsOn"] ?? []) as readonly { name?: string; namespace?: string }[];
  return list.map(({ name, namespace }) => `${namespace ?? definition.namespace}/${String(name)}`);
}

/** The Kustomizations whose objects include a Kustomization, nearest first. */
export function ancestorsOf(cluster: EffectiveCluster, unit: Unit): Unit[] {
  const found: Unit[] = [];
  for (let id = unit.definition.parent; id !== undefined;) {
    const parent = cluster.units.get(id);
    if (parent === undefined || found.includes(parent)) break;
    found.push(parent);
    id = parent.definition.parent;
  }
  return found;
}

/** Whether a Kustomization is Ready only once all that it applied is. */
export function waits({ definition }: Unit): boolean {
  return (
    definition.spec["wait"] === true || ((definition.spec["healthChecks"] ?? []) as unknown[]).length > 0
  );
}

/**
 * Whether a Kustomization is Ready, with all that it applied, before another begins: because that one waits for
 * it, or comes out of one that does.
 */
export function readyBefore(cluster: EffectiveCluster, first: string, second: Unit): boolean {
  const seen = new Set<string>();
  const isReady = (id: string): boolean => {
    if (seen.has(id)) return false;
    seen.add(id);
    const unit = cluster.units.get(id);
    if (unit === undefined) return false;
    if (id === first) return waits(unit);
    // Ready is also what it waited for itself, and what its own Kustomizations are, if it waits for those.
    if (dependenciesOf(unit).some(isReady)) return true;
    return (
      waits(unit) &&
      [...cluster.units.values()].some((child) => child.definition.parent === id && isReady(child.id))
    );
  };
  return [second, ...ancestorsOf(cluster, second)].some((unit) => dependenciesOf(unit).some(isReady));
}

/** The namespace that a HelmRelease installs into. */
export function releaseNamespace(release: Json): string {
  const spec = (release["spec"] ?? {}) as Json;
  const { namespace } = release["metadata"] as { namespace?: string };
  return String(spec["targetNamespace"] ?? namespace ?? "default");
}
