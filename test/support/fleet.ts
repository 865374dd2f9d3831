import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll } from "vitest";

/** The repository of Sluice itself, which the generated fleets import. */
const sluice = new URL("../../", import.meta.url);

/** What a command printed, and how it ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A fleet of its own in a git repository of its own. */
export class TestFleet {
  readonly root: string;
  readonly #cli: string;

  /** @param cli the launcher of the CLI that {@link sluice} runs. @default this repository's */
  constructor(root: string, cli = new URL("bin/sluice.js", sluice).pathname) {
    this.root = root;
    this.#cli = cli;
  }

  /** Writes files; undefined removes one. */
  write(files: Readonly<Record<string, string | undefined>>): void {
    for (const [path, text] of Object.entries(files)) {
      const file = join(this.root, path);
      if (text === undefined) rmSync(file);
      else {
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, text);
      }
    }
  }

  git(...args: string[]): string {
    return execFileSync("git", args, {
      cwd: this.root,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    }).trimEnd();
  }

  commit(message = "change"): void {
    this.git("add", "--all");
    this.git("commit", "--quiet", "--message", message);
  }

  /** All that a command could have changed: refs, HEAD, index and working tree. */
  state(): string {
    return [
      this.git("for-each-ref"),
      this.git("symbolic-ref", "-q", "HEAD"),
      this.git("status", "--porcelain", "--ignored"),
      this.git("stash", "list"),
    ].join("\n--\n");
  }

  /** Runs the CLI in the fleet. */
  sluice(...args: string[]): Promise<Ended> {
    return run(process.execPath, [this.#cli, ...args], this.root);
  }
}

/** Runs a command to its end, whatever that is. */
export function run(
  command: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(
      command,
      [...args],
      { cwd, maxBuffer: 1 << 26, env: { ...process.env, NO_COLOR: "1", ...env } },
      (error, stdout, stderr) => {
        resolve({
          code: error === null ? 0 : typeof error.code === "number" ? error.code : -1,
          stdout,
          stderr,
        });
      },
    );
  });
}

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A folder that is removed when the test file is done. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "sluice-test-"));
  folders.push(folder);
  return folder;
}

/** A small fleet, committed and synthesised: development on main, production pinned, with an app each. */
export async function testFleet(
  files: Readonly<Record<string, string | undefined>> = {},
): Promise<TestFleet> {
  const fleet = new TestFleet(temporaryFolder());
  fleet.git("init", "--quiet", "--initial-branch=main");
  fleet.git("config", "user.name", "Test");
  fleet.git("config", "user.email", "test@example.com");
  fleet.git("config", "commit.gpgSign", "false");
  fleet.write({ ...smallFleet, ...files });
  const { code, stderr } = await fleet.sluice("synth");
  if (code !== 0) throw new Error(stderr);
  fleet.commit("fleet");
  return fleet;
}

const from = (path: string) => JSON.stringify(new URL(path, sluice).href);

/** A cluster.ts of the small fleet. @param body what the definition returns */
export const clusterFile = (body: string, parameter = "{ name }"): string => `
import { defineCluster, development, production, Web } from "#fleet";
import { eks, existing, kind } from "#sluice";
import { HelmApp } from "#constructs/apps";
export default defineCluster((${parameter}) => (${body}));
`;

const smallFleet: Readonly<Record<string, string>> = {
  "package.json": JSON.stringify({
    type: "module",
    imports: {
      "#fleet": "./clusters/fleet.ts",
      "#environment-types": "./clusters/fleet.ts",
      "#sluice": "./sluice.ts",
      "#constructs/apps": "./apps.ts",
    },
  }),
  ".gitignore": "node_modules\n",
  "sluice.ts": `export * from ${from("lib/index.ts")};\n`,
  "apps.ts": `export * from ${from("constructs/apps/index.ts")};\n`,
  "clusters/fleet.ts": `
import { Bundle, Layer } from ${from("constructs/bundle/index.ts")};
import { KubeObject } from ${from("constructs/kube-object.ts")};
import { App } from ${from("constructs/apps/index.ts")};
import { versionsOf } from ${from("constructs/apps/app.ts")};
import { defineEnvironmentType, defineFleet, defineVariables, number, text } from "#sluice";

export class Platform extends Bundle {
  static variables = defineVariables({ domain: text({ unique: true }), log_level: text({ default: "info" }), size: number({ default: 1 }), vpc: text({ from: "stack", default: "none" }) });
  static options = [];
  constructor(scope, id) {
    super(scope, id, Platform.variables);
    const services = new Layer(this, "services");
    new KubeObject(services, "settings", { apiVersion: "v1", kind: "ConfigMap", metadata: { namespace: "default" }, data: { domain: this.variables.domain, level: this.variables.log_level, vpc: this.variables.vpc } });
    const configs = new Layer(this, "configs", { dependsOn: [services] });
    new KubeObject(configs, "priority", { apiVersion: "scheduling.k8s.io/v1", kind: "PriorityClass", value: 1000 });
  }
}

/** An app of one ConfigMap. */
export class Web extends App {
  constructor(scope, id, props = {}) {
    super(scope, id, props);
    const { image = "none" } = versionsOf(this);
    new KubeObject(this, "settings", { apiVersion: "v1", kind: "ConfigMap", metadata: { name: props.name ?? id }, data: { image, color: props.color ?? "blue" } });
  }
}

const common = { scaling: { nodes: { min: 1, max: 3 } }, capacity: "spot", protected: false };
export const development = defineEnvironmentType({ ...common, name: "development", availability: { zones: 1, replicas: 1 }, alerting: "never", track: { branch: "main" } });
export const production = defineEnvironmentType({ ...common, name: "production", availability: { zones: 3, replicas: 3 }, protected: true, alerting: "always" });
export const { fleet, defineCluster, defineClusters } = defineFleet({
  name: "test",
  repository: { url: "https://git.example.com/fleet.git" },
  artifacts: { url: "oci://registry.example.com/fleet" },
  platform: Platform,
  types: { development, production },
});
`,
  "clusters/development/cluster.ts": clusterFile(
    '{ type: development, provider: kind(), platform: { variables: { domain: `${name}.example.com` } }, apps: (apps) => { new Web(apps, "web"); } }',
  ),
  "clusters/development/versions.yaml": 'kubernetes: "1.35"\napps:\n  web:\n    image: 1.0.0\n',
  "clusters/production/cluster.ts": clusterFile(
    '{ type: production, provider: eks({ region: "eu-west-2" }), platform: { variables: { domain: `${name}.example.com` } }, apps: (apps) => { new Web(apps, "web", { color: "green" }); } }',
  ),
  "clusters/production/versions.yaml":
    'kubernetes: "1.34"\nplatform:\n  tag: 1.0.0\napps:\n  web:\n    image: 1.0.0\n',
};
