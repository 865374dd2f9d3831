import { best, parseRange } from "../fleet/semver.ts";
import { goExpression } from "../flux/go-expression.ts";

/** What a range of versions takes of some tags. */
export interface Taken {
  readonly tag: string;
  /** What it would take if that tag were taken away; undefined where no other is in it. */
  readonly fallback: string | undefined;
}

/**
 * Takes the best tag of a range, as source-controller does. @param filter its `semverFilter`
 * @returns undefined where none is in the range @throws Error if it is no range, or the filter no expression
 */
export function takeFrom(tags: readonly string[], range: string, filter?: string): Taken | undefined {
  const fitting = filter ? tags.filter((tag) => goExpression(filter).test(tag)) : tags;
  const parsed = parseRange(range);
  const tag = best(parsed, fitting);
  if (tag === undefined) return undefined;
  const others = fitting.filter((other) => other !== tag);
  return { tag, fallback: best(parsed, others) };
}
