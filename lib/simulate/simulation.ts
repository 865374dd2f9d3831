import { providers } from "../check/providers.ts";
import { type EffectiveCluster, rootUnit } from "../effective/cluster.ts";
import { releaseNamespace } from "../effective/order.ts";
import type { KubernetesVersion } from "../flux/schema-files.ts";
import { Agenda } from "./agenda.ts";
import { seconds } from "./duration.ts";
import { fluxId, groupOfKind, kindOf } from "./flux-kinds.ts";
import { reconcileKustomization } from "./kustomization.ts";
import type { Latencies } from "./latencies.ts";
import { chartOf, type ReleaseChart, reconcileRelease } from "./release.ts";
import { type Artifact, type ArtifactFinder, reconcileSource, syncId } from "./source.ts";
import { Inventories } from "./inventories.ts";
import { Knowledge } from "./knowledge.ts";
import { type Context, type FluxStatus, unseen } from "./state.ts";
import { Units } from "./units.ts";
import { metadataOf, World, type WorldObject } from "./world.ts";

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
  readonly inventories: Inventories;
  readonly knowledge: Knowledge;
  readonly units: Units;
  /** How far it had come when git changed. */
  changedFrom = { events: 0, releases: 0, time: 0 };
  readonly #agenda: Agenda;
  readonly #statuses = new Map<string, FluxStatus>();
  readonly #busy = new Set<string>();
  readonly #readyAt = new Map<string, number>();
  readonly #artifacts = new Map<string, Artifact>();
  readonly #attempts = new Map<string, { key: string; count: number }>();
  #finder: ArtifactFinder;

  /** @throws Pending */
  constructor(effective: EffectiveCluster, finder: ArtifactFinder, options: SimulationOptions) {
    this.latencies = options.latencies;
    this.failing = options.failing ?? new Set();
    this.#finder = finder;
    this.world = new World(options.kubernetes, (deleted) => {
      this.#forget(deleted);
    });
    this.units = new Units(this.world, effective);
    this.inventories = new Inventories(this.world, () => {
      this.changed();
    });
    this.knowledge = new Knowledge(
      effective,
      options.given ?? new Set(),
      (id) => this.#statuses.get(id)?.ready === true,
    );
    this.#agenda = new Agenda((id) => this.#reconcile(id));
    for (const id of options.given ?? []) this.#give(id);
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
    this.units.read(effective);
    this.#finder = finder;
    this.knowledge.read(effective);
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

  #forget({ object }: WorldObject): void {
    const kind = kindOf(object);
    if (kind === undefined) return;
    const id = fluxId(object);
    const spec = (object["spec"] ?? {}) as Json;
    if (kind === "Kustomization") {
      const policy = spec["deletionPolicy"] ?? "MirrorPrune";
      const prunes = policy === "MirrorPrune" ? spec["prune"] === true : policy !== "Orphan";
      this.inventories.forget(id, prunes && spec["suspend"] !== true, this.now);
    }
    this.installed.delete(id);
    for (const map of [this.#statuses, this.#artifacts, this.#readyAt]) map.delete(id);
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
    this.knowledge.assume(
      "charts",
      "charts install and their workloads become healthy: they are not rendered",
    );
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

  #give(id: string): void {
    const [kind, path = ""] = id.split(" ");
    if (kind === "Namespace")
      this.world.put({ apiVersion: "v1", kind, metadata: { name: path } }, undefined, 0, 0);
    else if (kind === "CustomResourceDefinition") this.world.learn(path.slice(path.indexOf(".") + 1));
  }
}
