import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeEach, describe, expect, it } from "vitest";
import { UserError } from "../../../lib/fleet/user-error.ts";
import type { Git } from "../../../lib/git/git.ts";
import { createSandbox } from "../../../lib/sandbox/create.ts";
import { deleteSandbox } from "../../../lib/sandbox/delete.ts";
import { listSandboxes } from "../../../lib/sandbox/list.ts";
import { renderer } from "../../../lib/sandbox/render.ts";
import { showSandbox } from "../../../lib/sandbox/show.ts";
import { runToEnd } from "../../../lib/sandbox/steps.ts";
import { syncSandbox } from "../../../lib/sandbox/sync.ts";
import { returnSandbox } from "../../../lib/sandbox/return.ts";
import type { TestFleet } from "../../support/fleet.ts";
import { folderStacks, lifeSteps, makeStack, synthesiseHere } from "../../support/sandbox-life.ts";
import { sandboxRepository, type SandboxRepository, versionsOf } from "../../support/sandbox-repository.ts";

let fleet: TestFleet;
let backend: string;
let git: Git;
let edit: SandboxRepository["edit"];
const expired = new Date("2026-11-26T00:00:00Z");

beforeEach(async () => {
  ({ fleet, backend, git, edit } = await sandboxRepository());
});

const refused = async (work: Promise<unknown>): Promise<string> => {
  const before = fleet.state();
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(UserError);
  expect(fleet.state()).toBe(before);
  return (error as UserError).message;
};

describe("a delete", () => {
  it("leaves the tree, the stack and the cluster as before the create, byte for byte", async () => {
    makeStack(backend, "sandbox-a");
    writeFileSync(join(fleet.root, "Pulumi.sandbox-a.yaml"), "config: {}\n");
    const { commit, stack } = await runToEnd(
      deleteSandbox(git, { name: "sandbox-a" }, folderStacks(backend)),
    );
    expect(fleet.git("rev-parse", "HEAD")).toBe(commit);
    expect(fleet.git("rev-parse", "HEAD^{tree}")).toBe(fleet.git("rev-parse", "main^{tree}"));
    expect(fleet.git("status", "--porcelain", "--ignored")).toBe("");
    expect(stack!.changes).toEqual({ delete: 1 });
    expect(readdirSync(backend)).toEqual([]);
  });

  it("takes the stack's configuration along, where git has it", async () => {
    makeStack(backend, "sandbox-a");
    fleet.write({ "Pulumi.sandbox-a.yaml": "config: {}\n" });
    fleet.commit("configuration");
    await runToEnd(deleteSandbox(git, { name: "sandbox-a" }, folderStacks(backend)));
    expect(fleet.git("rev-parse", "HEAD^{tree}")).toBe(fleet.git("rev-parse", "main^{tree}"));
    expect(fleet.git("status", "--porcelain")).toBe("");
  });

  it("that finds its credentials expired half way leaves the folder, and goes on from there", async () => {
    makeStack(backend, "sandbox-a");
    writeFileSync(join(backend, "expired"), "");
    const steps = () => runToEnd(deleteSandbox(git, { name: "sandbox-a" }, folderStacks(backend)));
    expect(await refused(steps())).toContain("aws sso login");
    expect(readdirSync(backend).sort()).toEqual(["expired", "sandbox-a.cluster", "sandbox-a.stack"]);
    rmSync(join(backend, "expired"));
    await steps();
    expect(readdirSync(backend)).toEqual([]);
    expect(fleet.git("rev-parse", "HEAD^{tree}")).toBe(fleet.git("rev-parse", "main^{tree}"));
  });

  it("can leave the cluster, and needs no stack", async () => {
    makeStack(backend, "sandbox-a");
    await runToEnd(deleteSandbox(git, { name: "sandbox-a", keepCluster: true }, folderStacks(backend)));
    expect(readdirSync(backend)).toContain("sandbox-a.cluster");
    expect(fleet.git("rev-parse", "HEAD^{tree}")).toBe(fleet.git("rev-parse", "main^{tree}"));
  });

  it("needs no definition that works", async () => {
    fleet.write({ "clusters/sandbox-a/cluster.ts": "no TypeScript at all {{{\n" });
    fleet.commit("broken");
    await runToEnd(deleteSandbox(git, { name: "sandbox-a" }, undefined));
    expect(fleet.git("rev-parse", "HEAD^{tree}")).toBe(fleet.git("rev-parse", "main^{tree}"));
  });

  it("never deletes what is no sandbox", async () => {
    makeStack(backend, "development");
    expect(
      await refused(runToEnd(deleteSandbox(git, { name: "development" }, folderStacks(backend)))),
    ).toContain("is a cluster, and no sandbox");
    expect(readdirSync(backend)).toContain("development.cluster");
  });
});

describe("two runs at once", () => {
  it.each(["return", "delete", "extend"] as const)(
    "of %s: one is done, the other says why not",
    async (command) => {
      await edit({ "clusters/sandbox-a/versions.yaml": versionsOf("1.35", "2.0.0") });
      const both = await Promise.all([
        lifeSteps(command, fleet.root, backend),
        lifeSteps(command, fleet.root, backend),
      ]);
      for (const { plan } of both) for (const step of plan) await step.run(() => undefined);
      const [first, second] = both.map(({ act }) => act);
      for (const step of first!) await step.run(() => undefined);
      // Commits carry a time: within one second the two would be one and the same.
      await sleep(1100);
      const late = (async () => {
        for (const step of second!) await step.run(() => undefined);
      })();
      expect(await refused(late)).toContain("has moved on since this began");
    },
  );
});

describe("a sync", () => {
  it("merges main and the source's changes, and what is returned then is what would have been without", async () => {
    await edit({ "clusters/sandbox-a/versions.yaml": versionsOf("1.35", "2.0.0") });
    fleet.git("switch", "--quiet", "main");
    await edit({ "clusters/development/versions.yaml": versionsOf("1.36", "1.0.0") });
    const main = fleet.git("rev-parse", "main");
    fleet.git("switch", "--quiet", "NOM-1");
    const render = renderer(git, synthesiseHere);
    const { files, base, merged } = await runToEnd(syncSandbox(git, "sandbox-a", render));
    expect({ files, base, merged }).toEqual({
      files: ["clusters/sandbox-a/versions.yaml"],
      base: main,
      merged: true,
    });
    expect(fleet.git("show", "HEAD:clusters/sandbox-a/versions.yaml")).toBe(
      versionsOf("1.36", "2.0.0").trimEnd(),
    );
    expect(fleet.git("show", "HEAD:clusters/sandbox-a/sandbox.yaml")).toContain(`base: ${main}`);
    const again = await runToEnd(syncSandbox(git, "sandbox-a", render));
    expect(again).toMatchObject({ merged: false, files: [] });
    expect(again.commit).toBeUndefined();
    await runToEnd(returnSandbox(git, { name: "sandbox-a" }, render));
    expect(fleet.git("show", "HEAD:clusters/development/versions.yaml")).toBe(
      versionsOf("1.36", "2.0.0").trimEnd(),
    );
  });

  it("makes manifests anew that both sides changed, and shows a real conflict as git shows it", async () => {
    await edit({ "clusters/development/versions.yaml": versionsOf("1.35", "1.0.1") });
    fleet.git("switch", "--quiet", "main");
    await edit({ "clusters/development/versions.yaml": versionsOf("1.35", "1.0.2") });
    fleet.git("switch", "--quiet", "NOM-1");
    const said = await refused(runToEnd(syncSandbox(git, "sandbox-a", renderer(git, synthesiseHere))));
    expect(said).toContain("clusters/development/versions.yaml: CONFLICT with main");
    expect(said).toMatch(/<<<<<<< [^]*image: 1\.0\.1[^]*=======[^]*image: 1\.0\.2/);
    expect(said).not.toContain("manifests/");
  });
});

describe("a look", () => {
  it("shows how what Flux applies differs from a fresh clone, and nothing of the identity", async () => {
    const render = renderer(git, synthesiseHere);
    expect(await showSandbox(git, "sandbox-a", render)).toMatchObject({
      differences: undefined,
      sourceMoved: false,
      sandbox: { from: "development" },
    });
    // A comment makes no difference to Flux, and an image does.
    await edit({ "clusters/sandbox-a/versions.yaml": `# tried\n${versionsOf("1.35", "2.0.0")}` });
    const { differences } = await showSandbox(git, "sandbox-a", render);
    expect(differences!.changes.map(({ object, fields }) => [object.name, fields])).toEqual([
      ["web", [{ path: "data.image", before: "1.0.0", after: "2.0.0" }]],
    ]);
  });

  it("at the list finds what any branch or the backend has", async () => {
    fleet.git("switch", "--quiet", "main");
    makeStack(backend, "sandbox-a");
    makeStack(backend, "forgotten");
    makeStack(backend, "development");
    const { sandboxes, strays } = await listSandboxes(git, folderStacks(backend), expired);
    expect(sandboxes).toMatchObject([
      {
        name: "sandbox-a",
        ref: "refs/heads/NOM-1",
        stack: { name: "sandbox-a" },
        expired: true,
        cost: undefined,
      },
    ]);
    expect(strays.map(({ name }) => name)).toEqual(["forgotten"]);
    fleet.git("branch", "--quiet", "-D", "NOM-1");
    const later = await listSandboxes(git, folderStacks(backend), expired);
    expect(later.sandboxes).toEqual([]);
    expect(later.strays.map(({ name }) => name)).toEqual(["forgotten", "sandbox-a"]);
  });

  it("says what a paid one costs a day", async () => {
    fleet.git("switch", "--quiet", "main");
    const { code, stderr } = await fleet.sluice(
      ...[
        "sandbox",
        "create",
        "perf",
        "--from",
        "production",
        "--branch",
        "perf",
        "--purpose",
        "performance",
      ],
    );
    expect(code, stderr).toBe(0);
    makeStack(backend, "perf");
    const { sandboxes } = await listSandboxes(git, folderStacks(backend), expired);
    const { cost } = sandboxes.find(({ name }) => name === "perf")!;
    expect(cost!.low).toBeGreaterThan(2.4);
    expect(cost!.high).toBeGreaterThanOrEqual(cost!.low);
  });

  it("tells that the backend could not be asked, and still what git has", async () => {
    const stacks = {
      ...folderStacks(backend),
      list: () => Promise.reject(new UserError({ message: "the backend does not answer" })),
    };
    const { sandboxes, notices } = await listSandboxes(git, stacks, expired);
    expect(sandboxes).toMatchObject([{ name: "sandbox-a", stack: undefined }]);
    expect(notices).toMatchObject([{ message: "the backend does not answer" }]);
  });
});

it("a performance sandbox changes no byte of production, at any step of its life", async () => {
  fleet.git("switch", "--quiet", "main");
  const bytes = () =>
    ["clusters/production", "manifests/clusters/production"]
      .map((path) => fleet.git("rev-parse", `HEAD:${path}`))
      .join();
  const production = bytes();
  const request = {
    name: "perf",
    from: "production",
    branch: "perf",
    purpose: "performance",
    expires: "3d",
  } as const;
  const { cluster, source } = await runToEnd(createSandbox(git, request, new Date("2026-11-21T09:00:00Z")));
  expect(bytes()).toBe(production);
  // The same release and scale, under another name and DNS zone.
  expect(cluster.bundles[0]!.track).toEqual(source.bundles[0]!.track);
  expect(cluster.type).toMatchObject({
    scaling: source.type.scaling,
    availability: source.type.availability,
  });
  expect(cluster.bundles[0]!.variables["domain"]).toBe("perf.example.com");
  await edit({
    "clusters/perf/versions.yaml": fleet
      .git("show", "HEAD:clusters/perf/versions.yaml")
      .replace("image: 1.0.0", "image: 2.0.0\n"),
  });
  expect(bytes()).toBe(production);
  expect(
    await refused(runToEnd(returnSandbox(git, { name: "perf" }, renderer(git, synthesiseHere)))),
  ).toContain("is a performance sandbox");
  await runToEnd(syncSandbox(git, "perf", renderer(git, synthesiseHere)));
  expect(bytes()).toBe(production);
  makeStack(backend, "perf");
  await runToEnd(deleteSandbox(git, { name: "perf" }, folderStacks(backend)));
  expect(bytes()).toBe(production);
  expect(fleet.git("rev-parse", "HEAD^{tree}")).toBe(fleet.git("rev-parse", "main^{tree}"));
});
