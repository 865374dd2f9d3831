import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { load } from "js-yaml";
import { expect } from "vitest";
import { thisMachine } from "../../../lib/stack/machine.ts";
import { type Ended, run, temporaryFolder, type TestFleet } from "../../support/fleet.ts";
import { stackFleet } from "../../support/stacks.ts";
import { type ControlPlane, type GitServer, startGitServer } from "../control-plane/index.ts";

/** What runs a stack: where one of them is not on PATH, nothing here can run. */
const wanted = ["pulumi", "pulumi-language-nodejs", "pulumi-resource-command", "pulumi-resource-kubernetes"];

/** What of it is missing; says so once, as tests that are skipped in silence look like tests that pass. */
export function missingTools(): readonly string[] {
  const missing = wanted.filter((command) => !thisMachine().has(command));
  if (missing.length > 0)
    console.log(
      `skipped: the stacks against a real API server, as ${missing.join(", ")} ${missing.length === 1 ? "is" : "are"} not on PATH`,
    );
  return missing;
}

/** An object of the sync. */
export const flux = (kind: "GitRepository" | "Kustomization", name = "flux-system") => ({
  apiVersion: kind === "GitRepository" ? "source.toolkit.fluxcd.io/v1" : "kustomize.toolkit.fluxcd.io/v1",
  kind,
  metadata: { name, namespace: "flux-system" },
});

/** An object of Kubernetes' own. */
export const core = (kind: "ConfigMap" | "Secret", name: string, namespace = "flux-system") => ({
  apiVersion: "v1",
  kind,
  metadata: { name, namespace },
});

export const contextOf = (kubeconfig: string) =>
  (load(kubeconfig) as { "current-context": string })["current-context"];

/** What the apps of a platform run as; the small platform of the tests has none of its own. */
export async function appsNamespace({ client }: ControlPlane): Promise<void> {
  const metadata = { name: "apps", namespace: "apps" };
  await client.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: "apps" } });
  await client.apply({ apiVersion: "v1", kind: "ServiceAccount", metadata });
  await client.apply({
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name: "apps" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
    subjects: [{ kind: "ServiceAccount", ...metadata }],
  });
}

/** What `--json` prints of a run. */
export interface Result {
  readonly changes: Readonly<Record<string, number>>;
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly secretOutputs: readonly string[];
}

/** What a run changed: empty where nothing did. */
export const changed = ({ changes }: Result) =>
  Object.keys(changes).filter((operation) => operation !== "same");

const cli = new URL("../../../bin/sluice.js", import.meta.url).pathname;

/** What Pulumi and the stacks are run with whose state is in a folder and whose Flux is that of a control plane. */
export function pulumiEnvironment(state: string): Record<string, string> {
  mkdirSync(join(state, "backend"), { recursive: true });
  return {
    PULUMI_HOME: join(state, "home"),
    PULUMI_BACKEND_URL: `file://${state}/backend`,
    PULUMI_CONFIG_PASSPHRASE: "of a test",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    // The controllers run as processes, not as pods that a chart makes.
    SLUICE_FLUX: "none",
  };
}

/** A git server, a backend of files, and fleets whose cluster `live` is a control plane. */
export class LiveFleets {
  readonly git: GitServer;
  /** What sluice and Pulumi are run with. */
  readonly environment: Readonly<Record<string, string>>;
  readonly #repositories = new Map<string, string>();

  private constructor(git: GitServer) {
    this.git = git;
    this.environment = {
      ...pulumiEnvironment(temporaryFolder()),
      SLUICE_GIT_TOKEN: git.password,
      E2E_VPC: "vpc-of-the-stack",
    };
  }

  static async start(): Promise<LiveFleets> {
    return new LiveFleets(await startGitServer());
  }

  /** A fleet whose cluster `live` is a control plane, pushed to the git server. */
  async fleetOf(plane: ControlPlane): Promise<TestFleet> {
    const name = `fleet-${Math.random().toString(36).slice(2)}`;
    const made = await stackFleet({
      "clusters/live/cluster.ts": `
import { defineCluster, development, Web } from "#fleet";
import { existing } from "#sluice";
export default defineCluster(({ name }) => ({
  type: development,
  provider: existing({ context: ${JSON.stringify(contextOf(plane.kubeconfig))}, kubeconfig: ${JSON.stringify(plane.kubeconfigFile)} }),
  platform: { variables: { domain: \`\${name}.example.com\` } },
  apps: (apps) => { new Web(apps, "web"); },
  flux: "sync",
}));
`,
      "clusters/live/versions.yaml":
        'kubernetes: "1.35"\nplatform:\n  branch: main\napps:\n  web:\n    image: 1.0.0\n',
      "stacks/index.ts": `
import { clusterStack } from ${JSON.stringify(new URL("../../../stacks/cluster-stack.ts", import.meta.url).href)};
import { Platform } from "../clusters/fleet.ts";
export default await clusterStack({ bundles: [Platform], outputs: () => ({ vpc: process.env["E2E_VPC"] || undefined }) });
`,
    });
    const bare = await this.git.create(name);
    this.#repositories.set(made.root, bare);
    const definition = readFileSync(join(made.root, "clusters/fleet.ts"), "utf8");
    made.write({
      "clusters/fleet.ts": definition.replace(
        'url: "https://git.example.com/fleet.git"',
        `url: "${this.git.url}${name}", secret: "flux-system"`,
      ),
    });
    const { code, stderr } = await made.sluice("synth");
    expect(code, stderr).toBe(0);
    made.commit("live");
    this.push(made);
    return made;
  }

  /** Pushes a fleet's main; into the folder, as the server answers from this process. */
  push(fleet: TestFleet): void {
    fleet.git("push", "--quiet", this.#repositories.get(fleet.root)!, "main");
  }

  /** Where Flux reads a fleet. */
  urlOf(fleet: TestFleet): string {
    return /url: "(http[^"]+)"/.exec(readFileSync(join(fleet.root, "clusters/fleet.ts"), "utf8"))![1]!;
  }

  sluice(fleet: TestFleet, args: readonly string[], more: Record<string, string> = {}): Promise<Ended> {
    return run(process.execPath, [cli, ...args], fleet.root, { ...this.environment, ...more });
  }

  /** Runs a command that has to succeed after Pulumi was killed: by its remedy, where that cut off the state. */
  async succeedsAfterKill(fleet: TestFleet, args: readonly string[]): Promise<Result> {
    const { code, stdout, stderr } = await this.sluice(fleet, [...args, "--json"]);
    if (code === 0) return JSON.parse(stdout) as Result;
    expect(stdout + stderr).toContain("delete the empty live.json.attrs");
    const backend = new URL(this.environment["PULUMI_BACKEND_URL"]!).pathname;
    const files = readdirSync(backend, { recursive: true, encoding: "utf8" });
    const attributes = join(
      backend,
      files.find((file) => file.endsWith("/live.json.attrs"))!,
    );
    expect(statSync(attributes).size).toBe(0);
    rmSync(attributes);
    return this.succeeds(fleet, args);
  }

  /** Runs a command that has to succeed. */
  async succeeds(
    fleet: TestFleet,
    args: readonly string[],
    more: Record<string, string> = {},
  ): Promise<Result> {
    const { code, stdout, stderr } = await this.sluice(fleet, [...args, "--json"], more);
    expect(code, stderr + stdout).toBe(0);
    return JSON.parse(stdout) as Result;
  }
}
