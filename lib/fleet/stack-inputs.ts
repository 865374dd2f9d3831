import type { Cluster } from "./cluster.ts";

/**
 * The annotation beside {@link protectedAnnotation} that says what a protected cluster's stack makes it from, as JSON:
 * a change of it is then in the manifests like any other, though the stack and not Flux makes it.
 */
export const stackAnnotation = "sluice.dev/stack";

/** What of a cluster's definition decides what its stack makes, as JSON in one order. */
export function stackInputs({
  type: { scaling, availability, capacity },
  provider,
  versions: { kubernetes },
}: Pick<Cluster, "type" | "provider" | "versions">): string {
  return JSON.stringify(inOrder({ kubernetes, provider, scaling, zones: availability.zones, capacity }));
}

function inOrder(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, inOrder(item)]),
  );
}

/** What differs between two of these, one line each: `provider.nodes.max 12 → 20`. */
export function stackInputDifferences(before: string, after: string): string[] {
  const [old, now] = [flat(parsed(before)), flat(parsed(after))];
  return [...new Set([...old.keys(), ...now.keys()])]
    .sort()
    .filter((path) => old.get(path) !== now.get(path))
    .map((path) => `${path} ${old.get(path) ?? "nothing"} → ${now.get(path) ?? "nothing"}`);
}

/** It may have been edited by hand. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function flat(value: unknown, path = "", found = new Map<string, string>()): Map<string, string> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    found.set(path, JSON.stringify(value));
  else
    for (const [key, item] of Object.entries(value)) flat(item, path === "" ? key : `${path}.${key}`, found);
  return found;
}
