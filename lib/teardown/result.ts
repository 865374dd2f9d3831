import { describeName } from "../flux/object-name.ts";
import type { StepResult } from "./execute.ts";
import { type KubeObject, type ObjectKey, parseKey } from "./objects.ts";
import type { Plan } from "./plan.ts";
import { remedyFor, whyLeft } from "./why.ts";

/** How a teardown ended. */
export interface TeardownResult {
  /** `clean`: nothing is left but what a bootstrap makes. Everything else is a failure. */
  readonly outcome: "clean" | "incomplete" | "interrupted";
  readonly server: string;
  readonly seconds: number;
  /** How many objects are gone. */
  readonly removed: number;
  /** What is left, and why. */
  readonly left: readonly LeftObject[];
  /** What went wrong beside that. */
  readonly failures: readonly string[];
  /** What Flux does not reconcile as long as it is suspended. */
  readonly suspended: readonly string[];
  /** What was given back to Flux, as nothing had been deleted yet. */
  readonly resumed: readonly string[];
  readonly notes: readonly string[];
}

export interface LeftObject {
  /** `Kafka apps/kafka`. */
  readonly object: string;
  readonly why: string;
  readonly remedy?: string;
}

interface Ending {
  readonly server: string;
  readonly plan: Plan;
  readonly results: readonly StepResult[];
  readonly clean: boolean;
  readonly interrupted: boolean;
  readonly failure: string | undefined;
  readonly removed: number;
  readonly seconds: number;
  readonly resumed: readonly ObjectKey[];
  readonly notes: readonly string[];
}

/** Says of each object that is left why it is, as far as anybody knows. */
export function summarise(ending: Ending): TeardownResult {
  const { server, plan, results, clean, interrupted, failure, removed, seconds, resumed, notes } = ending;
  const failures = [
    ...(failure === undefined ? [] : [failure]),
    ...results.flatMap(({ outcome, message }) =>
      outcome === "failed" && message !== undefined ? [message] : [],
    ),
    ...plan.snapshot.unreadable.map(({ what, message }) => `${what} cannot be looked at: ${message}`),
  ];
  const back = new Set(resumed);
  const suspended = [...plan.ownership.appliers.values()].filter(
    ({ key, object, suspended: is }) => object !== undefined && is && !back.has(key),
  );
  return {
    outcome: clean ? "clean" : interrupted ? "interrupted" : "incomplete",
    server,
    seconds,
    removed,
    left: clean ? [] : leftObjects(plan, results, resumed.length > 0),
    failures: [...new Set(failures)],
    suspended: suspended.map(({ key }) => describeName(parseKey(key))).sort(),
    resumed: [...resumed].map((key) => describeName(parseKey(key))).sort(),
    notes,
  };
}

function leftObjects(
  { scope: { going }, snapshot: { objects } }: Plan,
  results: readonly StepResult[],
  given: boolean,
): LeftObject[] {
  const reasons = new Map<ObjectKey, Omit<LeftObject, "object">>();
  for (const result of results) {
    const { step, outcome, left, message, because } = result;
    for (const each of left) reasons.set(each.key, { why: whyLeft(each), remedy: remedyFor(each) });
    const why =
      outcome === "failed"
        ? `the server refused: ${message}`
        : outcome === "not begun"
          ? because === undefined
            ? "its turn had not come"
            : `its turn did not come: it waits for ${causes(
                results,
                because.map(({ id }) => id),
              ).join(", ")}`
          : undefined;
    if (why !== undefined)
      for (const key of [...step.objects, ...step.awaits, ...step.leftovers])
        if (!reasons.has(key)) reasons.set(key, { why });
  }
  const reasonOf = (key: ObjectKey): Omit<LeftObject, "object"> => {
    if (given) return { why: "nothing was deleted" };
    const namespace = reasons.get(`/Namespace//${parseKey(key).namespace}`);
    return reasons.get(key) ?? namespace ?? { why: guess(objects.get(key)!) };
  };
  return [...going.keys()].sort().map((key) => ({ object: describeName(parseKey(key)), ...reasonOf(key) }));
}

const guess = (object: KubeObject): string => whyLeft({ object, refusal: undefined, returned: 0 });

/** The objects at which the steps that others wait for have ended, through those that were not begun either. */
function causes(results: readonly StepResult[], ids: readonly string[]): string[] {
  const byId = new Map(results.map((result) => [result.step.id, result]));
  const found = new Set<string>();
  const seen = new Set<string>();
  const open = [...ids];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (seen.has(id)) continue;
    seen.add(id);
    const { step, left, because, outcome } = byId.get(id)!;
    if (because !== undefined) open.push(...because.map((each) => each.id));
    else
      for (const key of outcome === "stuck" || outcome === "ended"
        ? left.map((each) => each.key)
        : step.objects)
        found.add(describeName(parseKey(key)));
  }
  const names = [...found].sort();
  return names.length > 3 ? [...names.slice(0, 3), `${names.length - 3} more`] : names;
}
