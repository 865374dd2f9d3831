import { createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadAll } from "js-yaml";
import { packBundle, pushArtifact } from "../../../lib/artifact/push.ts";
import { keySigner } from "../../../lib/artifact/signature.ts";
import type { Cluster } from "../../../lib/fleet/cluster.ts";
import type { Fleet } from "../../../lib/fleet/fleet.ts";
import { Git } from "../../../lib/git/git.ts";
import { copyFiles, type Files } from "../../../lib/synth/files.ts";
import { loadFleet, type LoadedFleet } from "../../../lib/synth/load.ts";
import { bundleFolder, manifestsFolder } from "../../../lib/synth/paths.ts";
import { printYaml } from "../../../lib/synth/print.ts";
import { synthesise } from "../../../lib/synth/synthesise.ts";
import {
  type GitServer,
  type KubeObject,
  type OciRegistry,
  startGitServer,
  startRegistry,
} from "../control-plane/index.ts";
import { ChartMirror, usedCharts } from "../stand-ins/index.ts";
import { withLocalUrls } from "./local-urls.ts";

const root = new URL("../../../", import.meta.url).pathname;

/** What a test changes before it publishes. */
export interface Changes {
  /** In the definitions. */
  readonly change?: (loaded: LoadedFleet) => LoadedFleet;
  /** In the platform's objects: what it gives back as it was stays as it was printed. */
  readonly edit?: (object: KubeObject) => KubeObject;
}

/** An edit by which one object says which release it is of: elsewhere releases are alike. */
export function marked(release: string): (object: KubeObject) => KubeObject {
  return (object) => {
    const { kind, metadata } = object;
    if (kind !== "PriorityClass" || metadata.name !== "important") return object;
    return { ...object, metadata: { ...metadata, annotations: { ...metadata.annotations, release } } };
  };
}

function editText(text: string, edit: (object: KubeObject) => KubeObject): string {
  const objects = loadAll(text) as KubeObject[];
  const edited = objects.map(edit);
  return edited.every((object, index) => object === objects[index])
    ? text
    : edited.map(printYaml).join("---\n");
}

/**
 * The reference fleet on servers of loopback: its repository on a git server, its releases and all charts that it
 * uses, as stand-ins, in a registry.
 */
export class ReferenceFleet {
  /** The definitions as they are in this repository. */
  readonly loaded: LoadedFleet;
  readonly git: GitServer;
  readonly registry: OciRegistry;
  readonly mirror: ChartMirror;
  /** Signs releases. */
  readonly key: KeyObject;
  /** The same with nothing but URLs changed. */
  readonly local: LoadedFleet;
  /** The digests of the releases, by version. */
  readonly released = new Map<string, string>();
  readonly #clone: string;
  #files: Files = new Map();

  private constructor(loaded: LoadedFleet, git: GitServer, registry: OciRegistry, clone: string) {
    this.loaded = loaded;
    this.git = git;
    this.registry = registry;
    this.mirror = new ChartMirror(registry.host);
    this.key = generateKeyPairSync("ec", { namedCurve: "prime256v1" }).privateKey;
    this.local = withLocalUrls(loaded, {
      repository: `${git.url}fleet.git`,
      artifacts: `oci://${registry.guarded.host}/fleet`,
      mirror: this.mirror.mirror,
    });
    this.#clone = clone;
  }

  /** Starts the servers, and publishes the fleet with a release 1.0.0 and one 1.1.0. */
  static async start(): Promise<ReferenceFleet> {
    const [loaded, git, registry] = await Promise.all([loadFleet(root), startGitServer(), startRegistry()]);
    const remote = await git.create("fleet.git");
    const clone = mkdtempSync(join(tmpdir(), "sluice-fleet-"));
    const fleet = new ReferenceFleet(loaded, git, registry, clone);
    fleet.#run("clone", "--quiet", remote, ".");
    fleet.#run("config", "user.name", "Test");
    fleet.#run("config", "user.email", "test@example.com");
    fleet.#run("checkout", "--quiet", "-B", "main");
    for (const version of ["1.0.0", "1.1.0"]) {
      await fleet.publish(`platform ${version}`, { edit: marked(version) });
      await fleet.release(version);
    }
    await fleet.publish("reference fleet");
    return fleet;
  }

  /** The manifests that were published last. */
  get files(): Files {
    return this.#files;
  }

  /** The commit that main is at. */
  get head(): string {
    return this.#run("rev-parse", "HEAD");
  }

  /** The fleet's settings. */
  get fleet(): Fleet {
    return this.local.fleet;
  }

  /** One cluster. */
  cluster(name: string): Cluster {
    return this.local.clusters.find((cluster) => cluster.name === name)!;
  }

  /** Synthesises, commits and pushes to main. */
  async publish(
    message: string,
    { change = (loaded) => loaded, edit = (object) => object }: Changes = {},
  ): Promise<void> {
    const { files } = await synthesise(change(this.local));
    const edited = new Map<string, string>();
    for (const [path, text] of files) {
      const isOfPlatform = path.startsWith(`${bundleFolder("platform")}/`) && path.endsWith(".yaml");
      edited.set(path, isOfPlatform ? editText(text, edit) : text);
    }
    this.#files = edited;
    await this.mirror.pushAll(usedCharts([...files.values()]));
    rmSync(join(this.#clone, manifestsFolder), { recursive: true, force: true });
    copyFiles(this.#clone, edited);
    this.#run("add", "--all");
    this.#run("commit", "--quiet", "--allow-empty", "--message", message);
    this.#run("push", "--quiet", "origin", "HEAD:main");
  }

  /** Releases what is on main: a git tag, and the platform's artifact, signed unless told otherwise. @returns its digest */
  async release(version: string, signed = true): Promise<string> {
    this.#run("tag", version);
    this.#run("push", "--quiet", "origin", version);
    const { fleet, registry } = this;
    const request = {
      bundle: "platform",
      tag: version,
      url: `${fleet.artifacts.url}/platform`,
      source: fleet.repository.url,
    };
    const packed = await packBundle(new Git(this.#clone), request);
    const { username, password } = registry.guarded;
    await pushArtifact(request, packed, {
      insecure: true,
      credentials: () => Promise.resolve({ username, password }),
      signer: signed ? keySigner(this.key) : undefined,
    });
    this.released.set(version, packed.image.digest);
    return packed.image.digest;
  }

  /** The public half of the key that releases are signed with. */
  get publicKey(): string {
    return createPublicKey(this.key).export({ type: "spki", format: "pem" }).toString();
  }

  #run(...args: string[]): string {
    return execFileSync("git", args, {
      cwd: this.#clone,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    }).trim();
  }

  async stop(): Promise<void> {
    rmSync(this.#clone, { recursive: true, force: true });
    await Promise.all([this.git.stop(), this.registry.stop()]);
  }
}
