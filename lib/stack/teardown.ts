/** The ordered removal of what Flux made in a cluster, before the cluster or its Flux goes. */
export interface Teardown {
  /**
   * Deletes all that Flux made, in order; safe to run again after it ended half way.
   * @param limits `seconds` in all; `signal` ends it early
   * @returns what is left, empty when it is over
   */
  run(report: (line: string) => void, limits: { readonly seconds: number }): Promise<readonly string[]>;
}

/** A Flux object that deletes what it made when it is deleted. */
export interface Owner {
  /** `kind/namespace/name`. */
  readonly id: string;
  readonly kind: "Kustomization" | "HelmRelease";
  readonly namespace: string;
  readonly name: string;
  /** Ids of what has to be there before it. */
  readonly dependsOn: readonly string[];
  /** Id of the Kustomization that applies it. */
  readonly parent: string | undefined;
  readonly suspended: boolean;
}

/** The cluster, as far as a teardown needs it. */
export interface FluxCluster {
  /** Every Kustomization and HelmRelease; empty where Flux is not there. */
  owners(): Promise<readonly Owner[]>;
  /** Whether Flux's own controllers and definitions are among what `owner` applies. */
  appliesFlux(owner: Owner): Promise<boolean>;
  suspend(owner: Owner, suspended: boolean): Promise<void>;
  /** Makes an owner wait for something that never comes, so that it applies nothing and still prunes. */
  hold(owner: Owner): Promise<void>;
  delete(owner: Owner): Promise<void>;
  exists(owner: Owner): Promise<boolean>;
  /** Keeps flux-operator from repairing the sync while it is taken down, and lets it again. */
  operator(active: boolean): Promise<void>;
}

/** Where time comes from. */
export interface Clock {
  now(): number;
  sleep(milliseconds: number): Promise<void>;
}

const realClock: Clock = {
  now: () => Date.now(),
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
};

/** The Kustomization that syncs the cluster's folder. */
const rootId = "Kustomization/flux-system/flux-system";

/**
 * The plain teardown: suspends the root and all Kustomizations, so that nothing heals; then deletes each owner
 * after everything that depends on it, un-suspended just before, as a suspended one would leave behind what it
 * made; and waits until it has gone, which is when its finalizer has run.
 */
export function plainTeardown(cluster: FluxCluster, clock: Clock = realClock): Teardown {
  return {
    async run(report, { seconds }) {
      const end = clock.now() + seconds * 1000;
      const owners = await cluster.owners();
      if (owners.length === 0) {
        report("nothing to take down: Flux applies nothing here");
        return [];
      }
      await cluster.operator(false);
      const kustomizations = owners.filter(({ kind }) => kind === "Kustomization");
      // The root first: from then on nothing comes back that is deleted.
      for (const owner of kustomizations.toSorted(
        (a, b) => Number(b.id === rootId) - Number(a.id === rootId),
      ))
        if (!owner.suspended) await cluster.suspend(owner, true);

      const root = owners.find(({ id }) => id === rootId);
      for (const owner of deletionOrder(owners)) {
        if (owner === root) continue;
        report(`deleting ${owner.id}`);
        if (owner.kind === "Kustomization" || owner.suspended) await cluster.suspend(owner, false);
        await cluster.delete(owner);
        if (!(await gone(cluster, owner, end, clock))) return left(cluster);
      }
      if (root !== undefined) {
        if (await cluster.appliesFlux(root))
          report(`${root.id} stays, suspended: Flux itself is among what it applies`);
        else {
          report(`deleting ${root.id}`);
          // Un-suspended it would apply everything again before it sees that it is deleted.
          await cluster.hold(root);
          await cluster.delete(root);
          if (!(await gone(cluster, root, end, clock))) return left(cluster);
        }
      }
      await cluster.operator(true);
      return left(cluster);
    },
  };
}

/** What is still there, the root where it stays aside. */
async function left(cluster: FluxCluster): Promise<string[]> {
  const owners = await cluster.owners();
  const remaining: string[] = [];
  for (const owner of owners)
    if (owner.id !== rootId || !(await cluster.appliesFlux(owner)))
      remaining.push(owner.suspended ? `${owner.id} (suspended)` : owner.id);
  return remaining;
}

async function gone(cluster: FluxCluster, owner: Owner, end: number, clock: Clock): Promise<boolean> {
  for (let wait = 250; await cluster.exists(owner); wait = Math.min(wait * 1.5, 5000)) {
    if (clock.now() >= end) return false;
    await clock.sleep(wait);
  }
  return true;
}

/**
 * Owners in an order in which each comes after all that depends on it, be it by `dependsOn` or by being applied
 * by it. What waits for a Kustomization should also go before what this one applies; that is an order which is
 * kept unless the fleet says the opposite.
 */
export function deletionOrder(owners: readonly Owner[]): Owner[] {
  const sorted = owners.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const ids = new Set(sorted.map(({ id }) => id));
  const first = new Map<string, Set<string>>(sorted.map(({ id }) => [id, new Set()]));
  /** Whether `id` goes after `other` already. */
  const goesAfter = (id: string, other: string, seen = new Set<string>()): boolean => {
    for (const before of first.get(id)!) {
      if (before === other) return true;
      if (!seen.has(before)) {
        seen.add(before);
        if (goesAfter(before, other, seen)) return true;
      }
    }
    return false;
  };
  const children = Map.groupBy(sorted, ({ parent }) => parent);
  const descendants = (id: string): string[] =>
    (children.get(id) ?? []).flatMap((child) => [child.id, ...descendants(child.id)]);
  for (const { id, parent, dependsOn } of sorted)
    for (const other of [...dependsOn, ...(parent === undefined ? [] : [parent])])
      if (ids.has(other)) first.get(other)!.add(id);
  for (const { id, dependsOn } of sorted)
    for (const source of [id, ...descendants(id)])
      for (const target of dependsOn
        .filter((other) => ids.has(other))
        .flatMap((other) => [other, ...descendants(other)]))
        if (source !== target && !goesAfter(source, target)) first.get(target)!.add(source);

  const byId = new Map(sorted.map((owner) => [owner.id, owner]));
  const order: Owner[] = [];
  const seen = new Set<string>();
  const visit = (id: string) => {
    if (seen.has(id)) return;
    seen.add(id);
    first.get(id)!.forEach(visit);
    order.push(byId.get(id)!);
  };
  sorted.forEach(({ id }) => visit(id));
  return order;
}
