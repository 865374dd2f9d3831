import type { World } from "./world.ts";

/** The name of a kind's resource, as roles name it: from its definition, else by English grammar. */
export function pluralOf(world: World, apiVersion: string, kind: string): string {
  const definition = world.served(apiVersion, kind)?.custom?.definition?.object;
  const names = (definition?.["spec"] as { names?: { plural?: string } } | undefined)?.names;
  if (names?.plural !== undefined) return names.plural;
  const lower = kind.toLowerCase();
  if (lower === "endpoints") return lower;
  if (/[^aeiou]y$/.test(lower)) return `${lower.slice(0, -1)}ies`;
  return /(s|x|ch|sh)$/.test(lower) ? `${lower}es` : `${lower}s`;
}
