import { objectChanges } from "../impact/object-changes.ts";

type Json = Readonly<Record<string, unknown>>;

/** The objects that Flux applies to a cluster, by what makes each one and the same. */
export type Objects = ReadonlyMap<string, Json>;

/** Objects before and after a change. */
export interface Change {
  readonly before: Objects;
  readonly after: Objects;
}

/** Where a return would not do to its target what was done to the sandbox. No value is told. */
export interface ProofDifference {
  readonly object: string;
  /** Fields, empty where it is about the whole object. */
  readonly fields: readonly string[];
  readonly message: string;
}

/**
 * Compares what a sandbox's edits change with what the return changes, both under the target's identity: the
 * proof of a return, which holds where nothing is told. What was edited is in the target afterwards, as it was
 * edited, and nothing else has changed there; an edit that the target had already is one that it has.
 */
export function proofDifferences(edits: Change, returned: Change): ProofDifference[] {
  const differences: ProofDifference[] = [];
  const tell = (object: string, message: string, fields: readonly string[] = []) =>
    differences.push({ object, fields, message });
  const all = [edits.before, edits.after, returned.before, returned.after];
  for (const id of new Set(all.flatMap((objects) => [...objects.keys()]))) {
    const [x0, x1, s0, s1] = all.map((objects) => objects.get(id));
    if (equal(x0, x1)) {
      if (!equal(s0, s1))
        tell(id, "the return would change it, and the sandbox did not", changedFields(s0, s1));
    } else if (x1 === undefined) {
      if (s1 !== undefined) tell(id, "the sandbox removed it, and the return would not");
    } else if (s1 === undefined)
      tell(id, "the sandbox changed it, and after the return it would not be there");
    else if (x0 === undefined) {
      if (!equal(x1, s1))
        tell(id, "the sandbox added it, and the return would add it otherwise", changedFields(x1, s1));
    } else if (s0 === undefined) tell(id, "the return would add it, and the sandbox only changed it");
    else fieldDifferences(id, { x0, x1, s0, s1 }, tell);
  }
  return differences;
}

function fieldDifferences(
  id: string,
  { x0, x1, s0, s1 }: Readonly<Record<"x0" | "x1" | "s0" | "s1", Json>>,
  tell: (object: string, message: string, fields: readonly string[]) => void,
): void {
  const edits = new Map(objectChanges(x0, x1).map(({ path, after }) => [path, JSON.stringify(after)]));
  const surplus: string[] = [];
  for (const { path, after } of objectChanges(s0, s1))
    if (edits.get(path) !== JSON.stringify(after) || !edits.has(path)) surplus.push(path);
  if (surplus.length > 0) tell(id, "the return would change of it what the sandbox did not", surplus);
  // What the edits gave has to be there, whoever changed it.
  const apart = objectChanges(x1, s1).map(({ path }) => path);
  const lost = [...edits.keys()].filter((path) => apart.some((other) => overlaps(path, other)));
  if (lost.length > 0) tell(id, "the sandbox changed of it what the return would not", lost);
}

const overlaps = (a: string, b: string): boolean => a === b || isBelow(a, b) || isBelow(b, a);
const isBelow = (path: string, of: string): boolean =>
  path.startsWith(of) && /^[.[]/.test(path.slice(of.length));

const changedFields = (a: Json | undefined, b: Json | undefined): string[] =>
  a === undefined || b === undefined ? [] : objectChanges(a, b).map(({ path }) => path);

const equal = (a: unknown, b: unknown): boolean =>
  a === b || (a !== undefined && b !== undefined && objectChanges(a, b).length === 0);
