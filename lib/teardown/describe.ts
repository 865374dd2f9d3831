import { describeName } from "../flux/object-name.ts";
import { isHelmRelease } from "./appliers.ts";
import { type ObjectKey, parseKey } from "./objects.ts";
import type { Phase, Plan, Step } from "./plan.ts";
import type { TeardownResult } from "./result.ts";

/** A plan as people read it: what is suspended, and then what goes, each step after those that it waits for. */
export function describePlan(plan: Plan): string {
  const { going, kept } = plan.scope;
  const lines: string[] = [];
  const suspended = plan.suspend.flat();
  lines.push(
    suspended.length === 0
      ? "1. Suspend nothing: Flux applies nothing here."
      : `1. Suspend ${count(suspended.length, "Kustomization or release", "Kustomizations and releases")}, so that nothing comes back: ${some(suspended)}.`,
  );
  const waves = wavesOf(plan.steps);
  const implied = ancestors(plan.steps);
  const numbers = new Map<string, number>();
  let number = 1;
  let phase: Phase | undefined;
  for (const step of [...plan.steps].sort((a, b) => waves.get(a.id)! - waves.get(b.id)!)) {
    numbers.set(step.id, ++number);
    if (step.phase !== phase) lines.push("", `${headings[step.phase]}:`);
    phase = step.phase;
    lines.push(`${number}. ${describeStep(step)}${describeAfter(step, numbers, implied)}`);
  }
  const staying = [...kept].filter((key) => plan.ownership.appliers.get(key)?.object !== undefined);
  lines.push(
    "",
    `${count(going.size, "object goes", "objects go")}. ${staying.length === 0 ? "" : `${some(staying)} ${staying.length === 1 ? "stays" : "stay"}, suspended.`}`.trim(),
  );
  return lines.join("\n");
}

const headings: Readonly<Record<Phase, string>> = {
  apps: "Apps",
  "custom objects": "What needs its controller, or stands for something outside the cluster",
  controllers: "Controllers, and what they run in",
  definitions: "Definitions",
};

/** What a step does, in one line. */
export function describeStep({ part, objects, awaits, leftovers, applier }: Step): string {
  const where = applier === undefined || part === "applier" ? "" : ` of ${describeName(parseKey(applier))}`;
  const also =
    leftovers.length === 0 ? "" : `, then ${count(leftovers.length, "object", "objects")} that it leaves`;
  switch (part) {
    case "applier": {
      const [key] = objects;
      const what = isHelmRelease(key!) ? "uninstalls" : "removes";
      const content =
        awaits.length === 0 ? "" : `, which ${what} ${count(awaits.length, "object", "objects")}`;
      return `delete ${describeName(parseKey(key!))}${content}${also}`;
    }
    case "finalizers":
      return `delete ${some(objects)}${where}, with a finalizer`;
    case "custom":
      return `delete ${some(objects)}${where}`;
    case "external":
      return `delete ${some(objects)}${where}, and wait for what is outside`;
    case "volumes":
      return `delete ${some(objects)}, and wait for the volumes${also}`;
    case "direct":
      return `delete ${some(objects)}${where}, which nothing else would remove${also}`;
    case "namespaces":
      return `delete ${some(objects)}`;
    case "definitions":
      return `delete ${count(objects.length, "definition", "definitions")}, those that are left: ${some(objects)}`;
  }
}

/** The steps before it, without those that come before another of them. */
function describeAfter(
  { after }: Step,
  numbers: ReadonlyMap<string, number>,
  implied: (id: string) => ReadonlySet<string>,
): string {
  const less = new Set(after.flatMap((id) => [...implied(id)]));
  const all = after
    .filter((id) => !less.has(id))
    .map((id) => numbers.get(id)!)
    .sort((a, b) => a - b);
  if (all.length === 0) return "";
  return ` (after ${ranges(all)})`;
}

/** `2–5, 8`. */
function ranges(numbers: readonly number[]): string {
  const parts: string[] = [];
  for (let index = 0; index < numbers.length;) {
    let end = index;
    while (numbers[end + 1] === numbers[end]! + 1) end++;
    parts.push(
      end - index > 1 ? `${numbers[index]}–${numbers[end]}` : numbers.slice(index, end + 1).join(", "),
    );
    index = end + 1;
  }
  return parts.join(", ");
}

/** All steps before a step, be it through others. */
function ancestors(steps: readonly Step[]): (id: string) => ReadonlySet<string> {
  const all = new Map<string, Set<string>>();
  for (const { id, after } of steps) all.set(id, new Set(after.flatMap((each) => [each, ...all.get(each)!])));
  return (id) => all.get(id)!;
}

/** How many steps there are before a step, one after the other. */
function wavesOf(steps: readonly Step[]): Map<string, number> {
  const waves = new Map<string, number>();
  for (const { id, after } of steps) waves.set(id, Math.max(0, ...after.map((each) => waves.get(each)! + 1)));
  return waves;
}

/** A plan as data. */
export function planData(plan: Plan) {
  return {
    suspend: plan.suspend.flat().map(named),
    steps: plan.steps.map(({ id, phase, part, objects, awaits, leftovers, after }) => ({
      id,
      phase,
      part,
      delete: objects.map(named),
      waitFor: awaits.map(named),
      thenDelete: leftovers.map(named),
      after,
    })),
    goes: [...plan.scope.going].map(([key, why]) => ({ object: named(key), why })),
    stays: [...plan.scope.kept].map(named),
  };
}

/** How a teardown ended, as people read it. */
export function describeResult(result: TeardownResult, context: string): string {
  const { outcome, left, suspended, resumed, removed, seconds } = result;
  const time = seconds < 100 ? `${seconds.toFixed(1)} s` : `${Math.round(seconds / 60)} min`;
  const lines: string[] = [];
  if (outcome === "clean") {
    lines.push(
      `Nothing is left but what a bootstrap makes: ${count(removed, "object", "objects")} removed in ${time}.`,
    );
    if (suspended.length > 0)
      lines.push(
        `${suspended.join(", ")} stays suspended. To have it all again: sluice teardown --context ${context} --resume`,
      );
    return lines.join("\n");
  }
  lines.push(
    `The teardown ${outcome === "interrupted" ? "was ended early" : "is not complete"}: ${count(removed, "object", "objects")} removed in ${time}, ${count(left.length, "object", "objects")} left.`,
  );
  lines.push(...describeLeft(result));
  if (resumed.length > 0) lines.push("Nothing had been deleted: what was suspended is given back to Flux.");
  else if (suspended.length > 0)
    lines.push(
      `Suspended, so that nothing comes back: ${suspended.join(", ")}.`,
      `Run it again to go on: sluice teardown --context ${context}`,
      `Or give it back to Flux, which makes again what was removed: sluice teardown --context ${context} --resume`,
    );
  return lines.join("\n");
}

/** What is left after a teardown, why, and what to do about it; what else went wrong first. */
export function describeLeft({ left, failures }: TeardownResult): string[] {
  const lines = failures.map((failure) => `  ${failure}`);
  for (const [why, objects] of Map.groupBy(left, (each) => each.why)) {
    const names = objects.map(({ object }) => object);
    const shown =
      names.length > 12 ? [...names.slice(0, 10), `and ${names.length - 10} more (--json has all)`] : names;
    lines.push(`  ${why}:`, ...shown.map((name) => `    ${name}`));
    for (const remedy of new Set(objects.flatMap((each) => each.remedy ?? []))) lines.push(`    → ${remedy}`);
  }
  return lines;
}

const named = (key: ObjectKey): string => describeName(parseKey(key));

const count = (number: number, one: string, many: string): string => `${number} ${number === 1 ? one : many}`;

/** The first few by name. */
function some(keys: readonly ObjectKey[], most = 4): string {
  const names = keys.slice(0, most).map(named);
  return keys.length > most ? `${names.join(", ")} and ${keys.length - most} more` : names.join(", ");
}
