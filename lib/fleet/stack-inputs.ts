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
