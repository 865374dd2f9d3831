import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  type ControlPlane,
  type GitServer,
  type KubeObject,
  type OciRegistry,
  startControlPlane,
  startGitServer,
  startRegistry,
} from "../control-plane/index.ts";
import { ChartMirror } from "../stand-ins/index.ts";
import type { AgreementFleet } from "./catalogue.ts";

/** What a real controller has said of an object of Flux. */
export interface Seen {
  readonly object: KubeObject;
  /** Its last Ready condition that was True or False, with what it said in turn. */
  readonly ready:
    { readonly is: boolean; readonly reason: string; readonly messages: readonly string[] } | undefined;
  /** Which of all objects it was to become Ready first, as a number that grows; undefined for never. */
  readonly order: number | undefined;
}

/** What is in the real cluster, once it has come to rest. */
export interface Reality {
  /** Objects of Flux by `Kind namespace/name`. */
  readonly flux: ReadonlyMap<string, Seen>;
  /** All objects that a Kustomization of the fleets has applied. */
  readonly objects: readonly KubeObject[];
}

interface Watched {
  object: KubeObject;
  ready: Seen["ready"];
  order: number | undefined;
  /** When what is known of it changed last. */
  changed: number;
}

const kinds = [
  ["kustomize.toolkit.fluxcd.io/v1", "Kustomization"],
  ["helm.toolkit.fluxcd.io/v2", "HelmRelease"],
] as const;
/** Nothing has changed for as long as this, in milliseconds, which is longer than an interval: it has come to rest. */
const rest = 17_000;

/** A control plane with the real controllers, on which fleets run side by side, each with a root of its own. */
export class AgreementPlane {
  readonly #plane: ControlPlane;
  readonly #git: GitServer;
  readonly #registry: OciRegistry;
  readonly #watched = new Map<string, Watched>();
  readonly #ending = new AbortController();
  #orders = 0;
  /** The commit that was applied last. */
  head = "";
  /** The clone that fleets are committed in. */
  readonly clone: string;

  private constructor(plane: ControlPlane, git: GitServer, registry: OciRegistry, clone: string) {
    this.#plane = plane;
    this.#git = git;
    this.#registry = registry;
    this.clone = clone;
  }

  static async start(): Promise<AgreementPlane> {
    const [plane, git, registry] = await Promise.all([
      startControlPlane({ nodes: 1, flux: ["source-controller", "kustomize-controller", "helm-controller"] }),
      startGitServer(),
      startRegistry(),
    ]);
    const remote = await git.create("fleet.git");
    const clone = mkdtempSync(join(tmpdir(), "sluice-agreement-"));
    execFileSync("git", ["clone", "--quiet", remote, clone], { stdio: ["ignore", "ignore", "ignore"] });
    await new ChartMirror(registry.host).push("plain", "1.0.0", {});
    const started = new AgreementPlane(plane, git, registry, clone);
    await started.#begin();
    return started;
  }

  /** Where the stand-in charts are. */
  get charts(): string {
    return `oci://${this.#registry.host}/charts`;
  }

  async #begin(): Promise<void> {
    const { client } = this.#plane;
    const metadata = { name: "flux-system", namespace: "flux-system" };
    const { username, password } = this.#git;
    this.#commit();
    await client.apply({ apiVersion: "v1", kind: "Secret", metadata, stringData: { username, password } });
    await client.apply({
      apiVersion: "source.toolkit.fluxcd.io/v1",
      kind: "GitRepository",
      metadata,
      spec: {
        interval: "1h",
        ref: { branch: "main" },
        url: `${this.#git.url}fleet.git`,
        secretRef: { name: "flux-system" },
      },
    });
    for (const [apiVersion, kind] of kinds)
      void client.watch(
        await client.path(apiVersion, kind),
        ({ type, object }) => {
          const id = `${kind} ${object.metadata.namespace}/${object.metadata.name}`;
          if (type === "DELETED") this.#watched.delete(id);
          else if (type === "ADDED" || type === "MODIFIED") this.#see(id, { ...object, apiVersion, kind });
        },
        this.#ending.signal,
      );
  }

  #see(id: string, object: KubeObject): void {
    const before = this.#watched.get(id);
    const condition = object.status?.conditions?.find(({ type }) => type === "Ready");
    const { status, reason = "", message = "" } = condition ?? {};
    const said = before?.ready;
    const goesOn = said?.is === (status === "True") && said.reason === reason;
    const definite =
      status === undefined || status === "Unknown"
        ? said
        : // Of several reasons of one kind each is told at some time.
          { is: status === "True", reason, messages: [...(goesOn ? said.messages.slice(-20) : []), message] };
    const current = object.status?.["observedGeneration"] === object.metadata.generation;
    const isReady = condition?.status === "True" && current;
    const same = before?.ready?.is === definite?.is && before?.ready?.reason === definite?.reason;
    this.#watched.set(id, {
      object,
      ready: definite,
      order: before?.order ?? (isReady ? ++this.#orders : undefined),
      changed: same && before !== undefined ? before.changed : Date.now(),
    });
  }

  /** Whether the controllers are through with something: it says the same again and again, or nothing for good. */
  #rests({ object, ready, changed }: Watched): boolean {
    if (Date.now() - changed < rest) return false;
    if (object.spec?.["suspend"] === true) return true;
    const now = object.status?.conditions?.find(({ type }) => type === "Ready")?.status;
    if (ready === undefined) return false;
    // With a worker to spare it would have looked again.
    const awaited = /dependency '([^']+)' is not ready$/.exec(ready.messages.at(-1) ?? "")?.[1];
    const other = awaited === undefined ? undefined : this.#watched.get(`${object.kind} ${awaited}`);
    if (ready.reason === "DependencyNotReady" && other?.ready?.is === true) {
      const { observedGeneration } = (other.object.status ?? {}) as { observedGeneration?: number };
      if (observedGeneration === other.object.metadata.generation && other.object.spec?.["suspend"] !== true)
        return false;
    }
    // A health check that failed is begun again, and lasts as long as before.
    return now !== "Unknown" || ready.reason === "HealthCheckFailed" || Date.now() - changed > 75_000;
  }

  /** Commits fleets, and lets Flux apply each. Returns when all has come to rest. */
  async apply(fleets: readonly AgreementFleet[], changed: boolean): Promise<Reality> {
    for (const { name, files, change } of fleets) {
      rmSync(join(this.clone, "fleets", name), { recursive: true, force: true });
      for (const [path, text] of (changed ? change : undefined) ?? files) {
        const file = join(this.clone, path);
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, text);
      }
    }
    const head = this.#commit();
    this.head = head;
    // What was at rest has to come to rest anew.
    for (const watched of this.#watched.values()) watched.changed = Date.now();
    const { client } = this.#plane;
    for (const { name } of fleets)
      await client.apply({
        apiVersion: "kustomize.toolkit.fluxcd.io/v1",
        kind: "Kustomization",
        metadata: { name, namespace: "flux-system" },
        spec: {
          interval: "15s",
          retryInterval: "2s",
          path: `./fleets/${name}/cluster`,
          prune: true,
          sourceRef: { kind: "GitRepository", name: "flux-system" },
        },
      });
    const source = {
      apiVersion: "source.toolkit.fluxcd.io/v1",
      kind: "GitRepository",
      metadata: { name: "flux-system", namespace: "flux-system" },
    };
    await client.merge(source, {
      metadata: { annotations: { "reconcile.fluxcd.io/requestedAt": new Date().toISOString() } },
    });
    const names = new Set(fleets.map(({ name }) => name));
    const isOurs = ({ metadata: { name, namespace = "" } }: KubeObject) =>
      [name, namespace].some((text) => names.has(text.split("-")[0]!));
    const end = Date.now() + 300_000;
    for (;;) {
      await sleep(500);
      const ours = [...this.#watched.values()].filter(({ object }) => isOurs(object));
      const revision = (await client.get(source))?.status?.["artifact"] as { revision?: string } | undefined;
      const roots = fleets.every(({ name }) => this.#watched.has(`Kustomization flux-system/${name}`));
      if (roots && revision?.revision?.endsWith(head) === true && ours.every((each) => this.#rests(each)))
        break;
      if (Date.now() > end) {
        const restless = ours.filter((each) => !this.#rests(each)).map(({ object }) => object.metadata.name);
        throw new Error(`not at rest within 300 s: ${restless.join(", ")}`);
      }
    }
    const flux = new Map<string, Seen>();
    for (const [id, seen] of this.#watched) if (isOurs(seen.object)) flux.set(id, seen);
    // What Kubernetes derives from an object carries its labels as well.
    const objects = (await client.everything()).filter(
      ({ kind, metadata }) =>
        kind !== "Endpoints" &&
        kind !== "EndpointSlice" &&
        names.has((metadata.labels?.["kustomize.toolkit.fluxcd.io/name"] ?? "").split("-")[0]!),
    );
    return { flux, objects };
  }

  /** Removes the roots of fleets, and with them what they have made, as far as Flux prunes it. */
  async remove(fleets: readonly AgreementFleet[]): Promise<void> {
    const { client } = this.#plane;
    for (const { name } of fleets)
      for (const { object } of [...this.#watched.values()])
        if (object.kind === "Kustomization" && object.metadata.name.split("-")[0] === name)
          // Suspended ones go without anything else: what is left of them is in nobody's way.
          await client.merge(object, { spec: { suspend: true } }).catch(() => undefined);
  }

  #commit(): string {
    const git = (...args: string[]) =>
      execFileSync("git", ["-c", "user.name=Test", "-c", "user.email=test@example.com", ...args], {
        cwd: this.clone,
        encoding: "utf8",
        stdio: ["ignore", "pipe", "pipe"],
      }).trim();
    git("checkout", "--quiet", "-B", "main");
    git("add", "--all");
    git("commit", "--quiet", "--allow-empty", "--message", "fleets");
    git("push", "--quiet", "--force", "origin", "HEAD:main");
    return git("rev-parse", "HEAD");
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    rmSync(this.clone, { recursive: true, force: true });
    await Promise.all([this.#plane.stop(), this.#git.stop(), this.#registry.stop()]);
  }
}
