import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { dump } from "js-yaml";
import { connect } from "../../../lib/teardown/connect.ts";
import { resume } from "../../../lib/teardown/teardown.ts";
import {
  type ControlPlane,
  type GitServer,
  type ObjectName,
  type OciRegistry,
  startControlPlane,
  startGitServer,
  startRegistry,
} from "../control-plane/index.ts";
import { ChartMirror, type External, startStandIns } from "../stand-ins/index.ts";
import { type Manifests, sharedNamespace, widgetChart } from "./small-fleet.ts";

/** A cluster with real controllers, to which small fleets are applied one after the other. */
export class SmallCluster {
  readonly plane: ControlPlane;
  readonly external: External;
  /** Names of all objects that are there before a fleet is. */
  readonly bootstrap: ReadonlySet<string>;
  readonly #git: GitServer;
  readonly #registry: OciRegistry;
  readonly #clone: string;
  #path = 0;

  private constructor(
    plane: ControlPlane,
    external: External,
    bootstrap: ReadonlySet<string>,
    git: GitServer,
    registry: OciRegistry,
    clone: string,
  ) {
    this.plane = plane;
    this.external = external;
    this.bootstrap = bootstrap;
    this.#git = git;
    this.#registry = registry;
    this.#clone = clone;
  }

  /** @param cleaning seconds that an operator or the cloud takes to clean up after one object */
  static async start(cleaning = 0.3): Promise<SmallCluster> {
    const [plane, git, registry] = await Promise.all([
      startControlPlane({ nodes: 1, flux: ["source-controller", "kustomize-controller", "helm-controller"] }),
      startGitServer(),
      startRegistry(),
    ]);
    const remote = await git.create("fleet.git");
    const clone = mkdtempSync(join(tmpdir(), "sluice-small-"));
    execFileSync("git", ["clone", "--quiet", remote, clone], { stdio: ["ignore", "ignore", "ignore"] });
    await new ChartMirror(registry.host).push("widgets", "1.0.0", widgetChart);
    const external = await startStandIns(plane, cleaning);
    const { client } = plane;
    const namespace = "flux-system";
    await client.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: sharedNamespace } });
    await client.apply({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "flux-system", namespace },
      stringData: { username: git.username, password: git.password },
    });
    await client.apply({
      apiVersion: "source.toolkit.fluxcd.io/v1",
      kind: "GitRepository",
      metadata: { name: "flux-system", namespace },
      spec: {
        interval: "1m",
        ref: { branch: "main" },
        url: `${git.url}fleet.git`,
        secretRef: { name: "flux-system" },
      },
    });
    await client.apply({
      apiVersion: "kustomize.toolkit.fluxcd.io/v1",
      kind: "Kustomization",
      metadata: { name: "flux-system", namespace },
      spec: {
        interval: "10m",
        retryInterval: "1s",
        path: "./0",
        prune: true,
        suspend: true,
        sourceRef: { kind: "GitRepository", name: "flux-system" },
      },
    });
    await untilThere(plane, {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name: "default", namespace: sharedNamespace },
    });
    await untilThere(plane, {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "kube-root-ca.crt", namespace: sharedNamespace },
    });
    const bootstrap = new Set(await namesIn(plane));
    return new SmallCluster(plane, external, bootstrap, git, registry, clone);
  }

  /** Commits a fleet and lets Flux apply it. Returns when all of it is there, also what it makes outside. */
  async apply(fleet: (charts: string, folder: string) => Manifests, seconds = 90): Promise<Manifests> {
    const path = String(++this.#path);
    const manifests = fleet(`oci://${this.#registry.host}/charts`, path);
    const { files, widgets, balancers, helmReleases } = manifests;
    for (const [name, objects] of files) {
      const file = join(this.#clone, path, name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, objects.map((object) => dump(object)).join("---\n"));
    }
    const git = (...args: string[]) =>
      execFileSync("git", ["-c", "user.name=Test", "-c", "user.email=test@example.com", ...args], {
        cwd: this.#clone,
        stdio: ["ignore", "ignore", "pipe"],
      });
    git("add", "--all");
    git("commit", "--quiet", "--message", `fleet ${path}`);
    git("push", "--quiet", "origin", "HEAD:main");
    const { client, kubeconfig } = this.plane;
    const metadata = { name: "flux-system", namespace: "flux-system" };
    const root = { apiVersion: "kustomize.toolkit.fluxcd.io/v1", kind: "Kustomization", metadata };
    await client.merge(root, { spec: { path: `./${path}` } });
    await client.merge(
      { apiVersion: "source.toolkit.fluxcd.io/v1", kind: "GitRepository", metadata },
      { metadata: { annotations: { "reconcile.fluxcd.io/requestedAt": new Date().toISOString() } } },
    );
    // As after a teardown: given back to Flux.
    await resume(await connect({ kubeconfig }));
    await client.merge(root, { spec: { suspend: false } });
    const expected = widgets + balancers;
    const end = Date.now() + 1000 * seconds;
    for (;;) {
      const releases = await client.list("helm.toolkit.fluxcd.io/v2", "HelmRelease");
      const ready = releases.filter(({ status }) =>
        status?.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True"),
      );
      if (ready.length === helmReleases && this.external.list().length === expected) return manifests;
      if (Date.now() > end)
        throw new Error(
          `the fleet is not there: ${ready.length} of ${helmReleases} releases, ${this.external.list().length} of ${expected} external things`,
        );
      await sleep(100);
    }
  }

  /** What is there beside what the bootstrap has made. */
  async left(): Promise<string[]> {
    return (await namesIn(this.plane)).filter((name) => !this.bootstrap.has(name)).sort();
  }

  async stop(): Promise<void> {
    rmSync(this.#clone, { recursive: true, force: true });
    await Promise.all([this.plane.stop(), this.#git.stop(), this.#registry.stop()]);
  }
}

/** Waits for what Kubernetes makes by itself. */
async function untilThere({ client }: ControlPlane, name: ObjectName): Promise<void> {
  const end = Date.now() + 30_000;
  while ((await client.get(name)) === undefined) {
    if (Date.now() > end) throw new Error(`${name.kind} ${name.metadata.name} does not come`);
    await sleep(50);
  }
}

/** All that exists, by kind and name; without what only tells of the past, or of who is alive. */
export async function namesIn({ client }: ControlPlane): Promise<string[]> {
  const fleeting = new Set(["Event", "Lease", "ComponentStatus"]);
  for (let attempt = 0; ; attempt++)
    try {
      return (await client.everything())
        .filter(({ kind }) => !fleeting.has(kind))
        .map(({ kind, metadata: { namespace = "", name } }) => `${kind} ${namespace}/${name}`);
    } catch (error) {
      // While definitions come and go, their storage begins anew.
      if (attempt === 60) throw error;
      await sleep(250);
    }
}
