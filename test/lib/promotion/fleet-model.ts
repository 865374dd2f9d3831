import { best, parseRange } from "../../../lib/fleet/semver.ts";
import type { Action } from "../../../lib/promotion/action.ts";
import { decide, type Decision, type PromotionOf } from "../../../lib/promotion/decide.ts";
import { type Evidence, withObservation } from "../../../lib/promotion/evidence.ts";
import { compare, historyStack, newest, nextPatch, type Pipeline } from "../../../lib/promotion/pipeline.ts";
import { decideRollback } from "../../../lib/promotion/rollback.ts";
import { trackFor } from "../../../lib/promotion/track.ts";
import { trackKind, type Track } from "../../../lib/fleet/tracks.ts";

const minute = 60_000;
/** How long a cluster takes to be Ready with another version. */
const rollout = 2 * minute;

interface Cluster {
  readonly name: string;
  readonly type: string;
  readonly protected: boolean;
  track: Track;
  /** Every version that it had, as its versions.yaml had them. */
  values: string[];
  content: string;
  /** When it began to have the content. */
  begun: number;
  broken: boolean;
  /** Since when it has been Ready without a break. */
  readySince: number | undefined;
}

/**
 * A fleet that is lived, minute by minute, with nothing of the library's own idea of it: what really ran where, and
 * for how long.
 */
export class FleetModel {
  now = 1_000_000 * minute;
  readonly stages: Pipeline["stages"];
  readonly clusters: Cluster[];
  readonly tags = new Map<string, string>();
  head = "c0";
  #commits = 0;
  readonly bad = new Set<string>();
  readonly evidence = new Map<string, Evidence>();
  /** The longest time that a cluster really was Ready with a content. */
  readonly truth = new Map<string, number>();
  /** What protected clusters came to have, and how. */
  readonly reached: { cluster: string; content: string; by: "promotion" | "override" | "rollback" }[] = [];

  constructor(stages: Pipeline["stages"], tracks: readonly (readonly [type: string, track: Track])[]) {
    this.stages = stages;
    this.tags.set("1.0.0", "c0");
    this.clusters = tracks.map(([type, track], index) => ({
      name: `${type}-${index}`,
      type,
      protected: type === "production",
      track,
      values: ["tag" in track ? track.tag : ""].filter((value) => value !== ""),
      content: "c0",
      begun: this.now,
      broken: false,
      readySince: undefined,
    }));
    this.pass(3 * minute);
  }

  cluster(name: string): Cluster {
    return this.clusters.find((cluster) => cluster.name === name)!;
  }

  /** Time goes by: what follows a branch or a range comes to run what is there. */
  pass(duration: number): void {
    const end = this.now + duration;
    while (this.now < end) {
      this.now = Math.min(end, this.now + minute);
      for (const cluster of this.clusters) this.#live(cluster);
    }
  }

  #live(cluster: Cluster): void {
    const wanted = this.#given(cluster);
    // What is gone from the registry stays as it was in the cluster.
    if (wanted !== undefined && wanted !== cluster.content) {
      cluster.content = wanted;
      cluster.begun = this.now;
      cluster.readySince = undefined;
    }
    const ready = !cluster.broken && !this.bad.has(cluster.content) && this.now >= cluster.begun + rollout;
    if (!ready) cluster.readySince = undefined;
    else {
      cluster.readySince ??= this.now;
      const key = `${cluster.name} ${cluster.content}`;
      this.truth.set(key, Math.max(this.truth.get(key) ?? 0, this.now - cluster.readySince));
    }
  }

  #given({ track }: Cluster): string | undefined {
    if ("branch" in track) return this.head;
    const version = this.#version(track);
    return version === undefined ? undefined : this.tags.get(version);
  }

  #version(track: Track): string | undefined {
    if ("semver" in track) return best(parseRange(track.semver), [...this.tags.keys()]);
    return "tag" in track ? track.tag : undefined;
  }

  commit(isBad: boolean): void {
    this.head = `c${++this.#commits}`;
    if (isBad) this.bad.add(this.head);
  }

  release(version: string): void {
    const last = newest(this.pipeline().releases);
    if (this.tags.has(version) || (last !== undefined && compare(version, last.version)! <= 0)) return;
    this.tags.set(version, this.head);
  }

  /** Looks at a cluster, once what it does is over. */
  attest(name: string): void {
    if (this.now < this.cluster(name).begun + rollout) this.pass(rollout + minute);
    const { content, readySince, track } = this.cluster(name);
    const said = this.#version(track);
    const version = said !== undefined && this.tags.get(said) === content ? said : content;
    const key = `${name} ${content}`;
    const observation = {
      cluster: name,
      what: "platform",
      version,
      content,
      state: readySince === undefined ? ("not ready" as const) : ("ready" as const),
      since: readySince ?? this.now,
      at: this.now,
    };
    this.evidence.set(key, withObservation(this.evidence.get(key), observation));
  }

  pipeline(): Pipeline {
    const releases = [...this.tags].map(([version, content]) => ({ version, content }));
    return {
      what: "platform",
      kind: "bundle",
      now: this.now,
      stages: this.stages,
      releases,
      evidence: [...this.evidence.values()],
      clusters: this.clusters.map((cluster) => {
        const { name, type, track, values } = cluster;
        const kind = trackKind(track);
        const version = this.#version(track);
        const content = this.#given(cluster);
        return {
          name,
          type,
          protected: cluster.protected,
          follows: { kind, value: Object.values(track)[0]! },
          runs: content === undefined ? undefined : { version: version ?? content, content },
          before: historyStack(values).slice(0, -1),
        };
      }),
    };
  }

  promote(request: PromotionOf): Decision {
    const pipeline = this.pipeline();
    const decision = decide(pipeline, request);
    if (decision.outcome !== "allowed") return decision;
    const target = pipeline.clusters.find(({ name }) => name === request.cluster)!;
    this.#set(request.cluster, trackFor(pipeline, target, request.version), request.version);
    if (target.protected)
      this.reached.push({
        cluster: request.cluster,
        content: this.tags.get(request.version)!,
        by: decision.overridden.length > 0 ? "override" : "promotion",
      });
    return decision;
  }

  rollback(name: string): boolean {
    const decision = decideRollback(this.pipeline(), name);
    if (decision.outcome === "refused") return false;
    this.#set(name, { tag: decision.version }, decision.version);
    if (this.cluster(name).protected)
      this.reached.push({ cluster: name, content: this.tags.get(decision.version)!, by: "rollback" });
    return true;
  }

  #set(name: string, track: Track, version: string): void {
    const cluster = this.cluster(name);
    cluster.track = track;
    cluster.values.push(version);
    this.pass(minute);
  }

  /** Does what a refusal names. @returns the request that follows from it */
  act(action: Action, request: PromotionOf, depth: number): PromotionOf {
    switch (action.do) {
      case "release":
        if (this.tags.has(action.version)) throw new Error(`${action.version} cannot be released`);
        this.release(action.version);
        if (!this.tags.has(action.version)) throw new Error(`${action.version} is too low to be released`);
        this.pass(minute);
        return { ...request, version: action.version };
      case "choose":
        return { ...request, version: action.version };
      case "promote":
        this.follow({ cluster: action.to, version: action.version }, depth + 1);
        this.pass(rollout + minute);
        return request;
      case "wait":
        this.pass(action.until - this.now);
        this.attest(action.cluster);
        return request;
      case "attest":
        // Its Flux looks for what is new each minute.
        this.pass(minute);
        this.attest(action.cluster);
        return request;
      case "mend":
        this.cluster(action.cluster).broken = false;
        this.bad.delete(this.cluster(action.cluster).content);
        this.pass(minute);
        this.attest(action.cluster);
        return request;
      case "rollback":
        if (!this.rollback(action.cluster)) throw new Error("the rollback that it names is refused");
        return request;
      case "pin":
        this.#set(action.cluster, { tag: action.version }, action.version);
        return request;
      case "override":
        return { ...request, override: "it has to" };
      case "machines":
      case "replace":
        throw new Error(`${action.do} is no action for a bundle`);
    }
  }

  /** Takes what the refusals name until the version is there. @throws Error if that leads nowhere */
  follow(request: PromotionOf, depth = 0): void {
    if (depth > this.stages.length) throw new Error("one promotion names another for ever");
    let asked = request;
    const told: string[] = [];
    for (let step = 0; step < 12; step++) {
      const decision = this.promote(asked);
      if (decision.outcome !== "refused") return;
      const [open] = decision.open;
      told.push(`${asked.version} to ${asked.cluster}: ${open!.message} -> ${JSON.stringify(open!.action)}`);
      const before = asked;
      asked = this.act(open!.action, asked, depth);
      if (before === asked) {
        const again = decide(this.pipeline(), asked);
        const still =
          again.outcome === "refused" &&
          again.open.some(
            (each) =>
              JSON.stringify(each.action) === JSON.stringify(open!.action) &&
              each.condition === open!.condition,
          );
        if (still) throw new Error(`what it named changed nothing:\n${told.join("\n")}`);
      }
    }
    throw new Error(`the actions lead nowhere:\n${told.join("\n")}`);
  }

  /** Whether a content really ran, Ready, long enough on the stage before a cluster's. */
  reallyRan(cluster: string, content: string): boolean {
    const index = this.stages.findIndex(({ type }) => type === this.cluster(cluster).type);
    const stage = this.stages[index - 1]!;
    return this.clusters.some(
      ({ name, type }) => type === stage.type && (this.truth.get(`${name} ${content}`) ?? -1) >= stage.soak,
    );
  }

  nextVersion(size: "patch" | "minor" | "major"): string {
    const last = newest(this.pipeline().releases)!.version;
    const [major, minor] = last.split(".").map(Number);
    return size === "patch"
      ? nextPatch(last)
      : size === "minor"
        ? `${major}.${minor! + 1}.0`
        : `${major! + 1}.0.0`;
  }
}
