/** Something that waits for others before Flux applies it. */
export interface Dependent {
  readonly id: string;
  readonly dependsOn: readonly string[];
}

/**
 * The dependents in an order in which each comes after what it depends on, by their given order where that
 * leaves a choice; and the cycles that prevent one, each as the ids along it, the first repeated at the end.
 * What is not in the list is taken to exist elsewhere.
 */
export function dependencyOrder<T extends Dependent>(
  dependents: readonly T[],
): { order: T[]; cycles: string[][] } {
  const byId = new Map(dependents.map((dependent) => [dependent.id, dependent]));
  const state = new Map<string, "open" | "done">();
  const path: string[] = [];
  const order: T[] = [];
  const cycles: string[][] = [];
  const visit = (dependent: T) => {
    const { id } = dependent;
    if (state.get(id) === "done") return;
    if (state.get(id) === "open") {
      cycles.push([...path.slice(path.indexOf(id)), id]);
      return;
    }
    state.set(id, "open");
    path.push(id);
    for (const next of dependent.dependsOn) {
      const found = byId.get(next);
      if (found !== undefined) visit(found);
    }
    path.pop();
    state.set(id, "done");
    order.push(dependent);
  };
  dependents.forEach(visit);
  return { order, cycles };
}
