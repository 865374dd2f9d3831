import { dependencyOrder } from "../flux/dependency-order.ts";
import type { Outcome } from "./outcome.ts";

/** One reason why something never becomes Ready, and all that it holds up. */
export interface Trouble {
  /** What it is about: one object of Flux, or those that wait for one another in a circle. */
  readonly ids: readonly string[];
  readonly kind: "failure" | "deadlock";
  readonly reason: string;
  readonly message: string;
  /** Ids of what does not become Ready for it, itself left out. */
  readonly stops: readonly string[];
}

/** The reasons at the bottom of everything that does not become Ready. Suspended objects are reasons, not troubled. */
export function troublesOf(outcomes: readonly Outcome[]): Trouble[] {
  const open = outcomes.filter(({ verdict }) => verdict !== "ready");
  const byId = new Map(open.map((outcome) => [outcome.id, outcome]));
  const blockers = (outcome: Outcome) => outcome.blockedBy.filter((id) => byId.has(id));
  const stopped = (roots: ReadonlySet<string>): string[] => {
    const found = new Set(roots);
    for (let size = 0; size !== found.size;) {
      size = found.size;
      for (const outcome of open) if (blockers(outcome).some((id) => found.has(id))) found.add(outcome.id);
    }
    return [...found].filter((id) => !roots.has(id));
  };
  const nodes = open.map((outcome) => ({ id: outcome.id, dependsOn: blockers(outcome) }));
  const inCycle = new Set<string>();
  const troubles: Trouble[] = [];
  for (const cycle of dependencyOrder(nodes).cycles) {
    const ids = cycle.slice(0, -1);
    if (ids.every((id) => inCycle.has(id))) continue;
    for (const id of ids) inCycle.add(id);
    troubles.push({
      ids,
      kind: "deadlock",
      reason: byId.get(ids[0]!)!.reason,
      message: ids.map((id) => `${short(id)}: ${byId.get(id)!.message}`).join("\n"),
      stops: stopped(new Set(ids)),
    });
  }
  for (const outcome of open) {
    const { id, reason, message } = outcome;
    if (inCycle.has(id) || blockers(outcome).length > 0) continue;
    const stops = stopped(new Set([id]));
    // What is left alone on purpose is told only if others miss it.
    if (outcome.verdict === "suspended" && stops.length === 0) continue;
    troubles.push({ ids: [id], kind: "failure", reason, message, stops });
  }
  return troubles;
}

/** The name without the kind, where it is a Kustomization. */
export const short = (id: string): string => id.replace(/^Kustomization /, "");
