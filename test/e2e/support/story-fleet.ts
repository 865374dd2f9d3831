import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { dump, load } from "js-yaml";
import type { Fleet } from "../../../lib/fleet/fleet.ts";
import { loadFleet, type LoadedFleet } from "../../../lib/synth/load.ts";
import { cloneOfReference } from "../../support/clone.ts";
import { run, type Ended, type TestFleet } from "../../support/fleet.ts";
import {
  type ControlPlane,
  type GitServer,
  type OciRegistry,
  startGitServer,
  startRegistry,
} from "../control-plane/index.ts";
import { pulumiEnvironment } from "../pulumi/live-fleets.ts";
import { ChartMirror, usedCharts } from "../stand-ins/index.ts";
import type { PublishedFleet } from "./bootstrap.ts";

interface Kubeconfig {
  readonly clusters: readonly { name: string; cluster: unknown }[];
  readonly users: readonly { name: string; user: unknown }[];
}

/**
 * A whole fleet repository, this one's copy, on servers of loopback: definitions and all, so that everything that
 * happens to it is done by the command, as a platform team would.
 */
export class StoryFleet implements PublishedFleet {
  readonly git: GitServer;
  readonly registry: OciRegistry;
  readonly repository: TestFleet;
  readonly keyFile: string;
  readonly publicKey: string;
  /** What the command is run with: everything that a platform team's machine has. */
  readonly environment: Readonly<Record<string, string>>;
  readonly #mirror: ChartMirror;
  #loaded: LoadedFleet | undefined;

  private constructor(git: GitServer, registry: OciRegistry, repository: TestFleet) {
    this.git = git;
    this.registry = registry;
    this.repository = repository;
    this.#mirror = new ChartMirror(registry.host);
    const own = join(repository.root, ".git/story");
    mkdirSync(own, { recursive: true });
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
    this.keyFile = join(own, "release.key");
    writeFileSync(this.keyFile, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
    this.publicKey = createPublicKey(privateKey).export({ type: "spki", format: "pem" }).toString();
    const { host, username, password } = registry.guarded;
    const auth = Buffer.from(`${username}:${password}`).toString("base64");
    writeFileSync(join(own, "config.json"), JSON.stringify({ auths: { [host]: { auth } } }));
    this.environment = {
      ...pulumiEnvironment(join(own, "pulumi")),
      DOCKER_CONFIG: own,
      KUBECONFIG: join(own, "kubeconfig"),
      SLUICE_GIT_TOKEN: git.password,
      SLUICE_REGISTRY_USERNAME: username,
      SLUICE_REGISTRY_PASSWORD: password,
      SLUICE_RELEASE_KEYS: this.publicKey,
    };
  }

  /**
   * Starts the servers and publishes the fleet as it is.
   * @param soak how long a release has to run on staging: a time that a test can wait for
   */
  static async start(soak = "1d"): Promise<StoryFleet> {
    const [git, registry] = await Promise.all([startGitServer(), startRegistry()]);
    const remote = await git.create("fleet.git");
    const fleet = new StoryFleet(git, registry, cloneOfReference());
    const { charts } = fleet.#mirror.mirror;
    fleet.edit("clusters/fleet.ts", (text) =>
      text
        .replace("https://git.example.com/platform/fleet.git", `${git.url}fleet.git`)
        .replace(
          '"oci://registry.example.com/fleet",',
          `"oci://${registry.guarded.host}/fleet", insecure: true,`,
        )
        .replace('soak: "1d"', `soak: "${soak}"`)
        .replace(
          "platform: Platform,",
          `platform: Platform, mirror: { charts: "${charts}", insecure: true },`,
        ),
    );
    fleet.repository.git("remote", "add", "origin", remote);
    await fleet.publish("a fleet of our own");
    await fleet.load();
    return fleet;
  }

  /** Changes one file of the definitions. @throws Error if that changes nothing */
  edit(path: string, change: (text: string) => string): void {
    const before = readFileSync(join(this.repository.root, path), "utf8");
    const after = change(before);
    if (after === before) throw new Error(`${path} stays as it is`);
    this.repository.write({ [path]: after });
  }

  /** Changes what the platform's class says, which every cluster that runs it shows. */
  describePlatform(as: string): void {
    this.edit("constructs/platform/priority-classes/priority-classes.ts", (text) =>
      text.replace(/(important: \{\s+value: 100_000,\s+description: )"[^"]*"/, `$1"${as}"`),
    );
  }

  /** Synthesises, commits and pushes the branch that is checked out, with stand-ins of all charts. */
  async publish(message: string): Promise<void> {
    await this.sluice("synth");
    await this.#mirror.pushAll(usedCharts([...this.files.values()]));
    this.repository.commit(message);
    this.push();
  }

  /** Merges a branch into the one that is checked out. */
  mergeBranch(branch: string): void {
    this.repository.git("merge", "--quiet", "--ff-only", branch);
    this.push();
  }

  push(): void {
    this.repository.git("push", "--quiet", "--set-upstream", "origin", "HEAD");
    this.repository.git("fetch", "--quiet", "origin");
  }

  /** Releases what main has, all by the command. @param signed whether the artifact gets a signature */
  async release(version: string, signed = true): Promise<{ digest: string; notes: string }> {
    const notes = await this.sluice("release", "create", version);
    this.repository.git("push", "--quiet", "origin", version);
    const key = signed ? ["--key", this.keyFile] : [];
    const pushed = await this.sluice("artifact", "push", "--tag", version, ...key, "--json");
    return { digest: (JSON.parse(pushed) as { digest: string }).digest, notes };
  }

  /** Runs the command. @throws Error if it fails */
  async sluice(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.ended(...args);
    if (code !== 0) throw new Error(`sluice ${args.join(" ")}: ${code}\n${stderr}${stdout}`);
    return stdout;
  }

  /** Runs the command to whatever end. */
  ended(...args: string[]): Promise<Ended> {
    const { root } = this.repository;
    return run(process.execPath, [join(root, "bin/sluice.js"), ...args], root, this.environment);
  }

  /** One kubeconfig with a context for each cluster, by which the command finds it. */
  reachable(planes: ReadonlyMap<string, ControlPlane>): void {
    const contexts = [...planes].map(([name, { kubeconfig }]) => {
      const { clusters, users } = load(kubeconfig) as Kubeconfig;
      const context = name === "development" ? `kind-${name}` : name;
      return { context, cluster: clusters[0]!.cluster, user: users[0]!.user };
    });
    const named = <T>(of: (each: (typeof contexts)[number]) => T) =>
      contexts.map((each) => ({ name: each.context, ...of(each) }));
    writeFileSync(
      this.environment["KUBECONFIG"]!,
      dump({
        apiVersion: "v1",
        kind: "Config",
        clusters: named(({ cluster }) => ({ cluster })),
        users: named(({ user }) => ({ user })),
        contexts: named(({ context }) => ({ context: { cluster: context, user: context } })),
        "current-context": contexts[0]!.context,
      }),
      { mode: 0o600 },
    );
  }

  /** The manifests as they are now. */
  get files(): Map<string, string> {
    const { root } = this.repository;
    const files = readdirSync(join(root, "manifests"), { recursive: true, withFileTypes: true });
    return new Map(
      files
        .filter((entry) => entry.isFile() && entry.name.endsWith(".yaml"))
        .map((entry) => {
          const path = join(entry.parentPath, entry.name);
          return [path.slice(root.length + 1), readFileSync(path, "utf8")] as const;
        }),
    );
  }

  /** The definitions, as they were at the first look. */
  async load(): Promise<LoadedFleet> {
    this.#loaded ??= await loadFleet(this.repository.root);
    return this.#loaded;
  }

  get fleet(): Fleet {
    return this.#loaded!.fleet;
  }

  async stop(): Promise<void> {
    await Promise.all([this.git.stop(), this.registry.stop()]);
  }
}
