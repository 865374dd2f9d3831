import { providers } from "../check/providers.ts";
import { type EffectiveCluster, objectsOf, rootUnit } from "../effective/cluster.ts";
import { releaseNamespace } from "../effective/order.ts";
import type { SourceContent } from "../effective/source.ts";
import { contractOf, Unit, type UnitDefinition } from "../effective/unit.ts";
import { unitVariables } from "../effective/variables.ts";
import type { KubernetesVersion } from "../flux/schema-files.ts";
import { Agenda } from "./agenda.ts";
import { seconds } from "./duration.ts";
import { fluxKinds } from "./flux-kinds.ts";
import { reconcileKustomization } from "./kustomization.ts";
import type { Latencies } from "./latencies.ts";
import { chartOf, type ReleaseChart, reconcileRelease } from "./release.ts";
import { type Artifact, type ArtifactFinder, reconcileSource, syncId } from "./source.ts";
import { type Assumption, type Context, type FluxStatus, unseen } from "./state.ts";
import { groupOf, metadataOf, World, type WorldObject } from "./world.ts";

type Json = Readonly<Record<string, unknown>>;

export interface SimulationOptions {
  readonly kubernetes: KubernetesVersion;
  readonly latencies: Latencies;
  /** Ids of what fails: `HelmRelease apps/web`. @default nothing */
  readonly failing?: ReadonlySet<string>;
  /** Ids of what something outside of git makes: `ConfigMap flux-system/facts`. @default nothing */
  readonly given?: ReadonlySet<string>;
}

/** A release that was installed or upgraded. */
export interface ReleaseEvent {
  readonly time: number;
  readonly id: string;
  readonly upgrade: boolean;
}

/**
 * One cluster whose Flux is simulated: source-, kustomize- and helm-controller over a virtual clock, from an empty
 * cluster with a sync on, until nothing changes any more. The same inputs give the same course.
 */
export class Simulation implements Context {
  readonly world: World;
  readonly latencies: Latencies;
  failing: ReadonlySet<string>;
  /** What each release was last installed with. */
  readonly installed = new Map<string, string>();
  readonly releases: ReleaseEvent[] = [];
  readonly assumptions = new Map<string, Assumption>();
  /** Objects that several Kustomizations apply, by id in the world. */
  readonly contested = new Map<string, Set<string>>();
  /** How far it had come when git changed. */
  changedFrom = { events: 0, releases: 0, time: 0 };
  /** Kustomizations of which nobody knows what they apply. */
  readonly unknown = new Set<string>();
  readonly #agenda: Agenda;
  readonly #given: ReadonlySet<string>;
  readonly #statuses = new Map<string, FluxStatus>();
  readonly #busy = new Set<string>();
  readonly #readyAt = new Map<string, number>();
  readonly #artifacts = new Map<string, Artifact>();
  readonly #inventories = new Map<string, ReadonlySet<string>>();
  readonly #attempts = new Map<string, { key: string; count: number }>();
  readonly #units = new Map<string, Unit>();
  #effective: EffectiveCluster;
  #finder: ArtifactFinder;
  #inGit: ReadonlySet<string>;

  /** @throws Pending */
  constructor(effective: EffectiveCluster, finder: ArtifactFinder, options: SimulationOptions) {
    this.latencies = options.latencies;
    this.failing = options.failing ?? new Set();
    this.#given = options.given ?? new Set();
    this.#effective = effective;
    this.#finder = finder;
    this.#inGit = namesOf(effective);
    this.world = new World(options.kubernetes, (deleted) => {
      this.#forget(deleted);
    });
    this.#agenda = new Agenda((id) => this.#reconcile(id));
    for (const id of this.#given) this.#give(id);
    const sync = this.failing.has(syncId) ? undefined : finder.root();
    if (sync !== undefined) this.#artifacts.set(syncId, sync);
    const [namespace, name] = rootUnit.split("/") as [string, string];
    const { definition } = effective.units.get(rootUnit)!;
    const spec = definition.parent === undefined ? { interval: "10m", ...definition.spec } : definition.spec;
    const root = {
      apiVersion: "kustomize.toolkit.fluxcd.io/v1",
      kind: "Kustomization",
      metadata: { name, namespace },
      spec,
    };
    this.world.put(root, undefined, 0, 0);
    this.applied(root);
  }

  /** Seconds since the beginning. */
  get now(): number {
    return this.#agenda.now;
  }

  /** Goes on until nothing changes any more. @throws Pending */
  run(): this {
    this.#agenda.run();
    return this;
  }

  /** From now on git has another revision; what reads from it notices at once. @throws Pending */
  change(
    effective: EffectiveCluster,
    finder: ArtifactFinder,
    failing: ReadonlySet<string> = new Set(),
  ): void {
    this.changedFrom = { events: this.world.events.length, releases: this.releases.length, time: this.now };
    this.failing = failing;
    this.#effective = effective;
    this.#finder = finder;
    this.#inGit = namesOf(effective);
    if (!this.failing.has(syncId)) this.#store(syncId, finder.root());
    for (const { object } of [...this.world.objects.values()])
      if (kindOf(object) === "source") this.#agenda.trigger(fluxId(object));
    this.changed();
  }

  #reconcile(id: string): Generator<number, number | undefined> | undefined {
    const found = this.find(id);
    if (found === undefined) return undefined;
    switch (kindOf(found.object)) {
      case "Kustomization":
        return reconcileKustomization(this, id, found);
      case "HelmRelease":
        return reconcileRelease(this, id, found);
      case "source":
        return this.#reconcileSource(id, found);
      case undefined:
        return undefined;
    }
  }

  *#reconcileSource(id: string, found: WorldObject): Generator<number, number | undefined> {
    const spec = (found.object["spec"] ?? {}) as Json;
    // What it has stored stays.
    if (spec["suspend"] === true) return undefined;
    yield this.latencies.fetch;
    const { status, artifact } = reconcileSource(this, id, found, this.#finder);
    this.update(id, status);
    if (artifact !== undefined) this.#store(id, artifact);
    return seconds(spec["interval"]) ?? 600;
  }

  #store(id: string, artifact: Artifact): void {
    const before = this.#artifacts.get(id);
    this.#artifacts.set(id, artifact);
    if (before?.revision === artifact.revision) return;
    this.changed();
    for (const { object } of this.world.objects.values()) {
      const kind = kindOf(object);
      const spec = (object["spec"] ?? {}) as {
        sourceRef?: { kind?: string; name?: string; namespace?: string };
      };
      const within = spec.sourceRef?.namespace ?? metadataOf(object).namespace;
      if (
        (kind === "Kustomization" && `${spec.sourceRef?.kind} ${within}/${spec.sourceRef?.name}` === id) ||
        (kind === "HelmRelease" && chartOf(this, object).source === id)
      )
        this.#agenda.trigger(fluxId(object));
    }
  }

  find(id: string): WorldObject | undefined {
    const [kind, path] = id.split(" ") as [string, string];
    const [namespace, name] = path.split("/") as [string, string];
    const group = groupOfKind.get(kind);
    return group === undefined ? undefined : this.world.get(`${group}/v1`, kind, namespace, name);
  }

  status(id: string): FluxStatus | undefined {
    const status = this.#statuses.get(id);
    return status !== undefined && this.#busy.has(id) ? { ...status, ready: undefined } : status;
  }

  /** What its controller said last, whatever it is doing right now. */
  lastStatus(id: string): FluxStatus | undefined {
    return this.#statuses.get(id);
  }

  /**
   * Whether something that git does not show may come out of a Kustomization whose content is not known here: then it
   * is taken to be there. @param what `namespace apps`
   */
  mayBeUnseen(what: string): boolean {
    const [unit] = [...this.unknown].filter((id) => this.#statuses.get(id)?.ready === true);
    if (unit === undefined) return false;
    this.assume(
      what,
      `${what} comes with ${unit.slice("Kustomization ".length)}, whose content is not known here`,
    );
    return true;
  }

  /** What a source has; undefined where it has nothing. */
  artifact(id: string): Artifact | undefined {
    return this.#artifacts.get(id);
  }

  /** Why a source has nothing. */
  whyNot(id: string): string {
    const spec = this.find(id)?.object["spec"] as Json | undefined;
    if (spec?.["suspend"] === true) return "is suspended";
    return this.#statuses.get(id)?.message ?? "has not been fetched yet";
  }

  /** Seconds from the beginning, or from the change, until something was Ready; undefined where it is not. */
  readyAt(id: string): number | undefined {
    const time = this.#statuses.get(id)?.ready === true ? this.#readyAt.get(id) : undefined;
    return time === undefined ? undefined : Math.max(0, time - this.changedFrom.time);
  }

  inventoryOf(id: string): ReadonlySet<string> {
    return this.#inventories.get(id) ?? new Set();
  }

  /** A controller has begun with it: meanwhile it is not Ready. */
  begin(id: string): void {
    this.#busy.add(id);
  }

  /** What a controller says of it now. */
  update(id: string, status: FluxStatus): void {
    this.#busy.delete(id);
    const before = this.#statuses.get(id);
    if (before !== undefined && JSON.stringify(before) === JSON.stringify(status)) return;
    this.#statuses.set(id, status);
    const anew =
      before?.ready !== true || before.revision !== status.revision || before.observed !== status.observed;
    if (status.ready === true && anew) this.#readyAt.set(id, this.now);
    this.changed();
  }

  /** Something has changed: everyone has to look again before it is over. */
  changed(): void {
    this.#agenda.changed();
  }

  /** An object was made or changed. @param contested whether it only goes back and forth between its owners */
  applied(object: Json, contested = false): void {
    const found = this.world.like(object)!;
    if (!contested) this.#agenda.until(this.now + this.latencies.healthy(found.patience));
    if (kindOf(object) !== undefined) {
      const id = fluxId(object);
      if (!this.#statuses.has(id)) this.#statuses.set(id, unseen);
      this.#agenda.trigger(id);
    }
    if (metadataOf(object).labels?.["reconcile.fluxcd.io/watch"] === "Enabled") this.#triggerReaders(object);
  }

  /** ConfigMaps and Secrets with that label are watched. */
  #triggerReaders(object: Json): void {
    const { namespace, name } = metadataOf(object);
    for (const { object: reader } of this.world.objects.values()) {
      if (metadataOf(reader).namespace !== namespace) continue;
      const spec = (reader["spec"] ?? {}) as Json;
      const { substituteFrom = [] } = (spec["postBuild"] ?? {}) as { substituteFrom?: { name: string }[] };
      const reads = [...substituteFrom, ...((spec["valuesFrom"] ?? []) as { name: string }[])];
      const kind = kindOf(reader);
      if ((kind === "Kustomization" || kind === "HelmRelease") && reads.some((each) => each.name === name))
        this.#agenda.trigger(fluxId(reader));
    }
  }

  /** What a Kustomization has applied; what it had applied before and has no more is pruned. */
  inventory(id: string, applied: readonly string[], prune: boolean): void {
    const now = new Set(applied);
    const stale = [...this.inventoryOf(id)].filter((key) => !now.has(key));
    this.#inventories.set(id, now);
    if (prune) this.#prune(id, stale);
  }

  #prune(id: string, keys: readonly string[]): void {
    const unit = id.slice("Kustomization ".length);
    for (const key of [...keys].reverse()) {
      const found = this.world.objects.get(key);
      // An object that another has taken over is that one's.
      if (found?.unit !== unit || isKept(found.object)) continue;
      this.world.delete(key, unit, this.now);
      this.changed();
    }
  }

  /** Whether a Kustomization still has an object in its inventory. */
  isOwned(unit: string, key: string): boolean {
    return this.inventoryOf(`Kustomization ${unit}`).has(key);
  }

  contest(key: string, ...units: string[]): void {
    const known = this.contested.get(key);
    if (known === undefined) this.changed();
    this.contested.set(key, new Set([...(known ?? []), ...units]));
  }

  #forget({ object }: WorldObject): void {
    const kind = kindOf(object);
    if (kind === undefined) return;
    const id = fluxId(object);
    const spec = (object["spec"] ?? {}) as Json;
    if (kind === "Kustomization" && spec["suspend"] !== true) {
      const policy = spec["deletionPolicy"] ?? "MirrorPrune";
      if (policy === "MirrorPrune" ? spec["prune"] === true : policy !== "Orphan")
        this.#prune(id, [...this.inventoryOf(id)]);
    }
    this.installed.delete(id);
    for (const map of [this.#statuses, this.#artifacts, this.#inventories, this.#readyAt]) map.delete(id);
  }

  /** How often it was tried to install a release like this, with this time. */
  attempt(id: string, digest: string, generation: number): number {
    const key = `${generation} ${digest}`;
    const known = this.#attempts.get(id);
    const count = known?.key === key ? known.count + 1 : 1;
    this.#attempts.set(id, { key, count });
    return count;
  }

  /** A release is in: its chart's kinds are known. */
  install(id: string, object: Json, { name }: ReleaseChart, digest: string, upgrade: boolean): void {
    this.assume("charts", "charts install and their workloads become healthy: they are not rendered");
    this.installed.set(id, digest);
    this.releases.push({ time: this.now, id, upgrade });
    const target = releaseNamespace(object);
    if (!this.world.hasNamespace(target))
      this.world.put(
        { apiVersion: "v1", kind: "Namespace", metadata: { name: target } },
        undefined,
        this.now,
        0,
        "created",
      );
    for (const [group, charts] of Object.entries(providers))
      if (charts.includes(name)) this.world.learn(group);
    this.changed();
  }

  /**
   * A kind that no definition in git has may come with a chart: with the one that is known for it, else with any
   * that nothing is known of.
   */
  assumeKind(object: Json): void {
    const apiVersion = String(object["apiVersion"]);
    const kind = String(object["kind"]);
    const group = groupOf(apiVersion);
    if (!group.includes(".") || this.world.served(apiVersion, kind) !== undefined) return;
    const releases = [...this.world.objects.values()].filter((each) => kindOf(each.object) === "HelmRelease");
    const isKnown = (chart: string) => Object.values(providers).some((charts) => charts.includes(chart));
    const chartsOf = releases.map(({ object: release }) => ({
      id: fluxId(release),
      chart: chartOf(this, release).name,
    }));
    if (chartsOf.some(({ chart }) => providers[group]?.includes(chart))) return;
    const [open] = chartsOf.filter(
      ({ id, chart }) => !isKnown(chart) && this.#statuses.get(id)?.ready === true,
    );
    if (open === undefined) return;
    this.world.learn(group);
    this.assume(
      `${apiVersion} ${kind}`,
      `${kind} (${group}) is defined by a chart that was installed before, such as ${open.chart}`,
    );
  }

  /** Whether health checks ask for more of an object than to be there. */
  hasHealth(object: Json): boolean {
    return (
      kindOf(object) !== undefined ||
      ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Pod", "Job"].includes(String(object["kind"]))
    );
  }

  /** A Kustomization with what it reads from the cluster as that is now. @throws Pending */
  build(definition: UnitDefinition, content: SourceContent): Unit {
    const path = String(definition.spec["path"] ?? "");
    const contract = "tree" in content ? contractOf(content.tree, path) : undefined;
    const find = (kind: string, name: string) =>
      this.world.get("v1", kind, definition.namespace, name)?.object;
    const variables = unitVariables(definition.spec, find, contract);
    const known = this.#effective.units.get(definition.id);
    const fits = (unit: Unit | undefined) =>
      unit?.variables.key === variables.key &&
      treeOf(unit.content) === treeOf(content) &&
      JSON.stringify(unit.definition.spec) === JSON.stringify(definition.spec);
    if (fits(known)) return known!;
    const last = this.#units.get(definition.id);
    if (fits(last)) return last!;
    const unit = new Unit(definition, content, variables);
    this.#units.set(definition.id, unit);
    return unit;
  }

  assume(about: string, message: string): void {
    this.assumptions.set(`${about} ${message}`, { about, message });
  }

  isInGit(kind: string, namespace: string | undefined, name: string): boolean {
    return this.#inGit.has(nameOf(kind, namespace, name));
  }

  isGiven(kind: string, namespace: string | undefined, name: string): boolean {
    return this.#given.has(nameOf(kind, namespace, name));
  }

  #give(id: string): void {
    const [kind, path = ""] = id.split(" ");
    if (kind === "Namespace")
      this.world.put({ apiVersion: "v1", kind, metadata: { name: path } }, undefined, 0, 0);
    else if (kind === "CustomResourceDefinition") this.world.learn(path.slice(path.indexOf(".") + 1));
  }
}

const groupOfKind = new Map([...fluxKinds.keys()].map((key) => key.split(" ").reverse() as [string, string]));

const treeOf = (content: SourceContent): string | undefined =>
  "tree" in content ? content.tree.entry("")?.id : undefined;

/** What acts on an object of Flux, if anything does that is simulated. */
export function kindOf(object: Json): "Kustomization" | "HelmRelease" | "source" | undefined {
  return fluxKinds.get(`${groupOf(String(object["apiVersion"]))} ${String(object["kind"])}`);
}

/** `Kustomization flux-system/apps`. */
export function fluxId(object: Json): string {
  const { namespace = "default", name } = metadataOf(object);
  return `${String(object["kind"])} ${namespace}/${name}`;
}

const nameOf = (kind: string, namespace: string | undefined, name: string): string =>
  `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;

function namesOf(effective: EffectiveCluster): Set<string> {
  return new Set(
    objectsOf(effective).map(({ object }) => {
      const { namespace, name } = metadataOf(object);
      return nameOf(String(object["kind"]), namespace, name);
    }),
  );
}

function isKept(object: Json): boolean {
  const { labels, annotations } = metadataOf(object);
  const has = (key: string, value: string) => labels?.[key] === value || annotations?.[key] === value;
  return (
    has("kustomize.toolkit.fluxcd.io/prune", "disabled") ||
    has("kustomize.toolkit.fluxcd.io/reconcile", "disabled") ||
    has("kustomize.toolkit.fluxcd.io/ssa", "Ignore")
  );
}
