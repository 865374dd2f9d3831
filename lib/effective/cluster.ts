import type { Json } from "../flux/kustomize/resource.ts";
import { forEachOrPending } from "../flux/tree.ts";
import { isContent, type SourceContent, type SourceObject, type Sources } from "./source.ts";
import { contractOf } from "./contract.ts";
import { type EffectiveObject, Unit, type UnitDefinition } from "./unit.ts";
import { type UnitVariables, unitVariables } from "./variables.ts";

/** Where a cluster's Flux begins. */
export interface ClusterRoot {
  readonly name: string;
  /** The folder that its sync applies, relative to the tree. */
  readonly path: string;
}

/** What Flux applies to one cluster, at one side of a comparison. */
export interface EffectiveCluster {
  readonly root: ClusterRoot;
  /** The Kustomizations, by id, the root first. */
  readonly units: ReadonlyMap<string, Unit>;
  /** The sources, by `Kind namespace/name`. */
  readonly sources: ReadonlyMap<string, SourceObject>;
  /** Equal for two clusters whose every Kustomization has equal inputs. */
  readonly key: string;
}

/** The Kustomization that syncs a cluster's folder, and its source. */
export const rootUnit = "flux-system/flux-system";
const syncName = "flux-system";
/** More layers of Kustomizations that make Kustomizations than anyone has. */
const deepest = 20;

/**
 * Finds all Kustomizations of a cluster from its folder on: each with what its source has, and with the variables
 * that the cluster's own ConfigMaps and Secrets give. @throws Pending
 */
export function effectiveCluster(root: ClusterRoot, sources: Sources): EffectiveCluster {
  return new ClusterEvaluation(root, sources).result();
}

/** The same, to be asked again: what was found before something had to be waited for is kept. */
export class ClusterEvaluation {
  readonly #root: ClusterRoot;
  #world: World;
  #passes = 0;

  /** @param former the cluster before: what a Kustomization that fails now had applied is still there */
  constructor(root: ClusterRoot, sources: Sources, former?: EffectiveCluster) {
    this.#root = root;
    this.#world = new World(root, sources, new Map(), former);
  }

  /** @throws Pending */
  result(): EffectiveCluster {
    while (this.#passes < deepest) {
      const next = this.#world.next();
      if (next === undefined) break;
      this.#world = next;
      this.#passes++;
    }
    const { units, sources } = this.#world;
    const key = JSON.stringify([...units.values()].map((unit) => [unit.id, unit.key]));
    return { root: this.#root, units, sources, key };
  }
}

/** One pass: the units as they are, given what the units of the pass before apply. */
class World {
  readonly #root: ClusterRoot;
  readonly #provider: Sources;
  readonly units: ReadonlyMap<string, Unit>;
  readonly sources: ReadonlyMap<string, SourceObject>;
  readonly #definitions: ReadonlyMap<string, UnitDefinition>;
  readonly #former: EffectiveCluster | undefined;

  constructor(
    root: ClusterRoot,
    provider: Sources,
    units: ReadonlyMap<string, Unit>,
    former?: EffectiveCluster,
  ) {
    this.#root = root;
    this.#provider = provider;
    this.#former = former;
    this.units = units;
    const sources = new Map<string, SourceObject>();
    const definitions = new Map<string, UnitDefinition>([
      [
        rootUnit,
        { id: rootUnit, namespace: "flux-system", name: syncName, spec: rootSpec(root), parent: undefined },
      ],
    ]);
    for (const unit of units.values())
      for (const found of this.#applied(unit).fluxObjects()) this.#take(found, sources, definitions);
    this.sources = sources;
    this.#definitions = definitions;
  }

  #take(
    { object, shown, unit }: EffectiveObject,
    sources: Map<string, SourceObject>,
    definitions: Map<string, UnitDefinition>,
  ): void {
    const { namespace = "default", name } = object["metadata"] as { namespace?: string; name: string };
    const kind = String(object["kind"]);
    const spec = (object["spec"] ?? {}) as Json;
    if (String(object["apiVersion"]).startsWith("kustomize.toolkit.fluxcd.io/") && kind === "Kustomization") {
      const id = `${namespace}/${name}`;
      const parent = id === rootUnit ? undefined : unit;
      if (!definitions.has(id) || id === rootUnit)
        definitions.set(id, {
          id,
          namespace,
          name,
          spec,
          parent,
          shown: shown?.["spec"] as Json | undefined,
        });
    } else if (kind === "FluxInstance" && isMapWithUrl(spec["sync"])) {
      const { sync } = spec as { sync: Json };
      const own = String(sync["name"] ?? syncName);
      sources.set(`GitRepository ${namespace}/${own}`, {
        kind: String(sync["kind"] ?? "GitRepository"),
        namespace,
        name: own,
        spec: { url: sync["url"], ref: { name: sync["ref"] } },
      });
    } else sources.set(`${kind} ${namespace}/${name}`, { kind, namespace, name, spec });
  }

  /** The next pass, or undefined where nothing changes any more. */
  next(): World | undefined {
    const units = new Map<string, Unit>();
    let changed = this.#definitions.size !== this.units.size;
    forEachOrPending(this.#definitions, ([id, definition]) => {
      const content = this.#content(definition);
      const variables = this.#variables(definition, content);
      const before = this.units.get(id);
      const same =
        before?.variables.key === variables.key &&
        sameContent(before.content, content) &&
        (before.definition.spec === definition.spec ||
          JSON.stringify(before.definition.spec) === JSON.stringify(definition.spec));
      units.set(id, same ? before : new Unit(definition, content, variables));
      changed ||= !same;
    });
    return changed ? new World(this.#root, this.#provider, units, this.#former) : undefined;
  }

  /** The Kustomization whose objects are in the cluster: the one before, where this one fails. */
  #applied(unit: Unit): Unit {
    const former = this.#former?.units.get(unit.id);
    if (former === undefined || former.key === unit.key) return unit;
    return unit.result().error === undefined ? unit : former;
  }

  #content({ id, namespace, spec }: UnitDefinition): SourceContent {
    const reviewed = { tree: this.#provider.root, revision: "", reviewed: true };
    if (id === rootUnit) return reviewed;
    const reference = (spec["sourceRef"] ?? {}) as { kind?: string; name?: string; namespace?: string };
    const kind = String(reference.kind);
    const within = reference.namespace ?? namespace;
    const sync = this.sources.get(`GitRepository flux-system/${syncName}`);
    const source = this.sources.get(`${kind} ${within}/${String(reference.name)}`);
    // The root's own source need not be in git: flux bootstrap or an operator makes it.
    if (kind === "GitRepository" && within === "flux-system" && reference.name === syncName) return reviewed;
    if (source === undefined)
      return {
        reason: "missing",
        message: `source ${kind} ${within}/${String(reference.name)} does not exist`,
      };
    return this.#provider.content(source, sync);
  }

  #variables({ namespace, spec, shown }: UnitDefinition, content: SourceContent): UnitVariables {
    if (spec["postBuild"] === undefined) return unitVariables(spec, () => undefined, undefined);
    const contract = isContent(content) ? contractOf(content.tree, String(spec["path"] ?? "")) : undefined;
    const find = (kind: string, name: string) => {
      for (const unit of this.units.values()) {
        const found = this.#applied(unit).variableObject(kind, namespace, name);
        if (found !== undefined) return found;
      }
      return undefined;
    };
    return unitVariables(spec, (kind, name) => find(kind, name)?.object, contract, {
      spec: shown,
      find: (kind, name) => find(kind, name)?.shown,
    });
  }
}

const rootSpec = ({ path }: ClusterRoot): Json => ({
  path: `./${path}`,
  prune: true,
  sourceRef: { kind: "GitRepository", name: syncName },
});

const isMapWithUrl = (value: unknown): boolean =>
  typeof value === "object" && value !== null && "url" in value;

const sameContent = (a: SourceContent, b: SourceContent): boolean =>
  isContent(a) && isContent(b) ? a.tree === b.tree : JSON.stringify(a) === JSON.stringify(b);

/** All objects of a cluster. */
export function objectsOf({ units }: EffectiveCluster): EffectiveObject[] {
  return [...units.values()].flatMap((unit) => unit.result().objects);
}
