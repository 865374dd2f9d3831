import { contractOf } from "../../effective/contract.ts";
import type { EffectiveObject } from "../../effective/unit.ts";
import { isContent } from "../../effective/source.ts";
import { metadataOf } from "../fleet.ts";
import type { Finding, Rule } from "../rule.ts";

/** Whether values that have to tell clusters apart do. */
export const unique: Rule = {
  name: "unique",
  description: "no two clusters give the same value for a variable that its bundle declares unique",
  severity: "error",
  check: ({ clusters }) => {
    const owners = new Map<string, string>();
    const found: Finding[] = [];
    for (const cluster of clusters) {
      const told = new Set<string>();
      for (const unit of cluster.effective.units.values()) {
        const { content } = unit;
        const contract = isContent(content) ? contractOf(content.tree, unit.folder ?? "") : undefined;
        for (const [name, variable] of Object.entries(contract?.variables ?? {})) {
          const value = unit.variables.values.get(name);
          if (variable.unique !== true || typeof value !== "string") continue;
          const key = `${contract!.bundle} ${name} ${value}`;
          const owner = owners.get(key);
          if (owner === undefined) owners.set(key, cluster.name);
          if (owner === undefined || owner === cluster.name || told.has(key)) continue;
          told.add(key);
          const object = giverOf(cluster.objects, name, value);
          found.push({
            cluster: cluster.name,
            ...(object === undefined ? { unit } : { object, field: `data.${name}` }),
            message: `gives '${value}' for '${name}' of the ${contract!.bundle}, as cluster ${owner} does`,
            remedy: "make it a function of the cluster's name",
          });
        }
      }
    }
    return found;
  },
};

/** The ConfigMap that a value stands in. */
export function giverOf(
  objects: readonly EffectiveObject[],
  name: string,
  value: string,
): EffectiveObject | undefined {
  return objects.find(
    (object) =>
      object.object["kind"] === "ConfigMap" &&
      metadataOf(object).namespace === "flux-system" &&
      (object.object["data"] as Record<string, unknown> | undefined)?.[name] === value,
  );
}
