import { dependenciesOf } from "../../effective/order.ts";
import { dependencyOrder } from "../../flux/dependency-order.ts";
import type { Unit } from "../../effective/unit.ts";
import { metadataOf, specOf } from "../fleet.ts";
import type { Finding, Rule } from "../rule.ts";

/** Whether what Kustomizations and releases wait for can ever be Ready. */
export const dependsOn: Rule = {
  name: "depends-on",
  description: "what a Kustomization or HelmRelease waits for exists and does not wait for it in turn",
  severity: "error",
  check: ({ clusters }) =>
    clusters.flatMap((cluster) => {
      const { name, effective } = cluster;
      const found: Finding[] = [];
      const units = [...effective.units.values()];
      for (const unit of units)
        for (const id of dependenciesOf(unit))
          if (cluster.isWhole && !effective.units.has(id))
            found.push({
              cluster: name,
              unit,
              message: `waits for Kustomization ${id}, which does not exist`,
            });
      const nodes = units.map((unit) => ({
        id: unit.id,
        dependsOn: withParents(unit, effective.units),
        unit,
      }));
      for (const cycle of dependencyOrder(nodes).cycles)
        found.push({
          cluster: name,
          unit: effective.units.get(cycle[0]!)!,
          message: `Kustomizations wait for one another: ${cycle.join(" → ")}`,
          remedy: "remove one of these dependsOn",
        });
      const releases = cluster.ofKind("HelmRelease").map((object) => {
        const { name: own, namespace = "" } = metadataOf(object);
        const list = (specOf(object)["dependsOn"] ?? []) as readonly { name: string; namespace?: string }[];
        return {
          id: `${namespace}/${own}`,
          object,
          dependsOn: list.map((other) => `${other.namespace ?? namespace}/${other.name}`),
        };
      });
      const known = new Set(releases.map(({ id }) => id));
      for (const { object, dependsOn: others } of releases)
        others.forEach((id, index) => {
          if (cluster.isWhole && !known.has(id))
            found.push({
              cluster: name,
              object,
              field: `spec.dependsOn[${index}]`,
              message: `waits for HelmRelease ${id}, which does not exist`,
            });
        });
      for (const cycle of dependencyOrder(releases).cycles)
        found.push({
          cluster: name,
          object: releases.find(({ id }) => id === cycle[0])!.object,
          field: "spec.dependsOn",
          message: `HelmReleases wait for one another: ${cycle.join(" → ")}`,
          remedy: "remove one of these dependsOn",
        });
      return found;
    }),
};

/** One that waits for what it applied waits for its own Kustomizations too. */
function withParents(unit: Unit, units: ReadonlyMap<string, Unit>): string[] {
  const own = dependenciesOf(unit);
  const children =
    unit.definition.spec["wait"] === true
      ? [...units.values()].filter(({ definition }) => definition.parent === unit.id).map(({ id }) => id)
      : [];
  return [...own, ...children];
}
