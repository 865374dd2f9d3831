import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { kind, kwok } from "../../lib/fleet/providers.ts";
import type { PlannedResource } from "../../lib/stack/planned-resource.ts";
import { ExistingCluster } from "../../stacks/existing.ts";
import { KindCluster } from "../../stacks/kind.ts";
import { KwokCluster } from "../../stacks/kwok.ts";
import { temporaryFolder } from "../support/fleet.ts";
import { mockedStack, only, settled, types, valueOf, versionsOf } from "./mocked-stack.ts";

const tags = { "sluice.dev/owner": "ann@example.com", "sluice.dev/expires": "2026-12-01T00:00:00Z" };
let resources: readonly PlannedResource[];
const kindOf = (name: string, kubernetes: string, options: Parameters<typeof kind>[0] = {}) =>
  new KindCluster(name, {
    cluster: { name, type: types.development, versions: versionsOf(kubernetes), provider: kind(options) },
    tags,
  });
const kwokOf = (name: string, nodes?: number) =>
  new KwokCluster(name, {
    cluster: {
      name,
      type: types.production,
      versions: versionsOf("1.35"),
      provider: kwok(nodes === undefined ? {} : { nodes }),
    },
    tags,
  });
let first: KindCluster, newer: KindCluster, mirrored: KindCluster;
let existing: ExistingCluster;
beforeAll(async () => {
  resources = await mockedStack();
  first = kindOf("first", "1.34");
  newer = kindOf("newer", "1.35");
  mirrored = kindOf("mirrored", "1.35", {
    workers: 0,
    ports: { 8080: 30080 },
    registryMirror: "http://localhost:5000",
  });
  kwokOf("simulated");
  kwokOf("large", 1000);
  existing = new ExistingCluster("mine", { context: "docker-desktop" });
  await settled(resources);
});
interface CommandInputs {
  readonly create: string;
  readonly update: string;
  readonly delete: string;
  readonly stdin: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly triggers: readonly string[];
  readonly logging: string;
}
const command = (name: string) =>
  only(resources, "command:local:Command", new RegExp(`^${name}$`)) as PlannedResource & {
    inputs: CommandInputs;
  };

describe("a kind cluster", () => {
  it("has the image of its version, by digest, and as many workers as its type", () => {
    const { inputs } = command("first");
    expect(inputs.environment["IMAGE"]).toMatch(/^kindest\/node:v1\.34\.\d+@sha256:[0-9a-f]{64}$/);
    expect(inputs.stdin.match(/role: worker/g)).toHaveLength(1);
    expect(inputs.stdin).toContain("name: first\n");
  });

  it("is another cluster when its version changes", async () => {
    expect(command("newer").inputs.triggers).not.toEqual(command("first").inputs.triggers);
    expect(await valueOf(newer.identity)).not.toBe(await valueOf(first.identity));
  });

  it("maps ports on this machine alone, and pulls through the mirror that it is given", () => {
    const { inputs } = command("mirrored");
    expect(inputs.stdin).toContain("hostPort: 8080");
    expect(inputs.stdin).toContain("listenAddress: 127.0.0.1");
    expect(inputs.stdin).not.toContain("role: worker");
    expect(inputs.environment["HOSTS"]).toContain('[host."http://SLUICE_HOST:5000"]');
    expect(command("first").inputs.create).not.toContain("hosts.toml");
    expect(mirrored.facts).toEqual({ provider: "kind" });
  });

  it("keeps its kubeconfig as a secret, and never shows what prints it", async () => {
    expect(await pulumi.isSecret(first.kubeconfig)).toBe(true);
    expect(await valueOf(first.kubeconfig)).toBe("output of first\nsecond line");
    expect(command("first").secrets).toContain("stdout");
    expect(command("first").inputs.logging).toBe("stderr");
  });

  it("says whose it is and until when", () => {
    for (const name of ["first", "simulated"])
      expect(JSON.parse(command(name).inputs.environment["TAGS"]!)).toEqual(tags);
  });

  it("is never made again by an update", () => {
    expect(command("first").inputs.update).toBe('kind get kubeconfig --name "$NAME"');
  });
});

describe("a kwok cluster", () => {
  it("has the version and as many simulated nodes as asked for, by its type where nobody asks", () => {
    expect(command("simulated").inputs.environment).toMatchObject({
      NODES: "3",
      KWOK_KUBE_VERSION: expect.stringMatching(/^v1\.35\.\d+$/) as string,
    });
    expect(command("large").inputs.environment["NODES"]).toBe("1000");
  });

  it("changes its number of nodes without being made again", () => {
    expect(command("large").inputs.triggers).toEqual(command("simulated").inputs.triggers);
    expect(command("large").inputs.update).toContain("kwokctl scale node");
    expect(command("large").inputs.update).not.toContain("create cluster");
  });
});

it("an existing cluster makes nothing, needs no kubeconfig for a plan, and keeps it as a secret", async () => {
  expect(resources.filter(({ name, component }) => name === "mine" && !component)).toEqual([]);
  expect(await pulumi.isSecret(existing.kubeconfig)).toBe(true);
  expect(await valueOf(existing.kubeconfig)).toBe("context docker-desktop");
});

describe("the commands of a kind cluster, with a kind that only pretends", () => {
  let home: string;
  beforeEach(() => {
    home = temporaryFolder();
    mkdirSync(join(home, "bin"));
    // Remembers its clusters as files; `fail` in the folder makes it die half way through a create.
    writeFileSync(
      join(home, "bin/kind"),
      `#!/bin/sh
set -eu
mkdir -p "$HOME/clusters"; echo "$@" >> "$HOME/log"
case "$1 $2" in
  "get clusters") ls "$HOME/clusters";;
  "get kubeconfig") cat "$HOME/clusters/$4";;
  "delete cluster") rm -f "$HOME/clusters/$4";;
  "create cluster") cat > /dev/null; echo "kubeconfig of $4 with $6" > "$HOME/clusters/$4"; [ ! -f "$HOME/fail" ] || kill -9 $PPID;;
esac
`,
    );
    chmodSync(join(home, "bin/kind"), 0o755);
  });
  const run = (
    which: "create" | "delete" | "update",
    name = "first",
    path = `${home}/bin:${process.env["PATH"]}`,
  ) => {
    const { inputs } = command(name);
    return spawnSync("/bin/sh", ["-c", inputs[which]], {
      input: inputs.stdin,
      env: { PATH: path, HOME: home, TMPDIR: home, ...inputs.environment },
      encoding: "utf8",
    });
  };

  it("make the cluster, print its kubeconfig and nothing else, and delete it", () => {
    const made = run("create");
    expect(made.stderr).toBe("");
    expect(made.stdout).toMatch(/^kubeconfig of first with kindest\/node:v1\.34/);
    expect(run("update").stdout).toBe(made.stdout);
    expect(run("delete").status).toBe(0);
    expect(existsSync(join(home, "clusters/first"))).toBe(false);
  });

  it("complete a cluster that a killed run had begun", () => {
    writeFileSync(join(home, "fail"), "");
    expect(run("create").signal).toBe("SIGKILL");
    expect(existsSync(join(home, "clusters/first"))).toBe(true);
    rmSync(join(home, "fail"));
    const again = run("create");
    expect(again.stdout).toMatch(/^kubeconfig of first/);
    expect(again.stderr).toContain("which an interrupted run had begun");
  });

  it("take a cluster that was finished before the state was written", () => {
    const made = run("create");
    expect(run("create").stdout).toBe(made.stdout);
    expect(readFileSync(join(home, "log"), "utf8").match(/create cluster/g)).toHaveLength(1);
  });

  it("never touch a cluster of that name that the stack did not make", () => {
    mkdirSync(join(home, "clusters"));
    writeFileSync(join(home, "clusters/first"), "someone's");
    const refused = run("create");
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain("there is a kind cluster 'first' that this stack did not make");
    expect(refused.stderr).toContain("kind delete cluster --name first");
    expect(readFileSync(join(home, "clusters/first"), "utf8")).toBe("someone's");
  });

  it("say where to get a kind that is missing", () => {
    const refused = run("create", "first", "/usr/bin:/bin");
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain("kind is missing: https://kind.sigs.k8s.io");
  });
});
