import type { EffectiveCluster } from "../effective/cluster.ts";
import type { SourceContent } from "../effective/source.ts";
import { contractOf } from "../effective/contract.ts";
import { Unit, type UnitDefinition } from "../effective/unit.ts";
import { unitVariables } from "../effective/variables.ts";
import type { World } from "./world.ts";

/** Builds Kustomizations with what they read from the cluster as it is at that moment. */
export class Units {
  readonly #world: World;
  readonly #last = new Map<string, Unit>();
  #effective: EffectiveCluster;

  /** @param effective whose units are taken as they are where nothing differs */
  constructor(world: World, effective: EffectiveCluster) {
    this.#world = world;
    this.#effective = effective;
  }

  /** From now on git has another revision. */
  read(effective: EffectiveCluster): void {
    this.#effective = effective;
  }

  /** @throws Pending */
  build(definition: UnitDefinition, content: SourceContent): Unit {
    const path = String(definition.spec["path"] ?? "");
    const contract = "tree" in content ? contractOf(content.tree, path) : undefined;
    const find = (kind: string, name: string) =>
      this.#world.get("v1", kind, definition.namespace, name)?.object;
    const variables = unitVariables(definition.spec, find, contract);
    const fits = (unit: Unit | undefined) =>
      unit?.variables.key === variables.key &&
      treeOf(unit.content) === treeOf(content) &&
      JSON.stringify(unit.definition.spec) === JSON.stringify(definition.spec);
    for (const known of [this.#effective.units.get(definition.id), this.#last.get(definition.id)])
      if (fits(known)) return known!;
    const unit = new Unit(definition, content, variables);
    this.#last.set(definition.id, unit);
    return unit;
  }
}

const treeOf = (content: SourceContent): string | undefined =>
  "tree" in content ? content.tree.entry("")?.id : undefined;
