import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { UserError } from "../../../lib/fleet/user-error.ts";
import type { Git } from "../../../lib/git/git.ts";
import { createSandbox } from "../../../lib/sandbox/create.ts";
import { type Notice, notifier } from "../../../lib/sandbox/notify.ts";
import { reap } from "../../../lib/sandbox/reap-run.ts";
import { runToEnd } from "../../../lib/sandbox/steps.ts";
import type { TestFleet } from "../../support/fleet.ts";
import { folderStacks, lifeSteps, makeStack } from "../../support/sandbox-life.ts";
import { sandboxRepository, type SandboxRepository } from "../../support/sandbox-repository.ts";

let fleet: TestFleet;
let backend: string;
let git: Git;
let edit: SandboxRepository["edit"];
const expired = new Date("2026-11-26T00:00:00Z");
const rules = { now: expired, grace: 86_400, max: 5, main: "main" };

beforeEach(async () => {
  ({ fleet, backend, git, edit } = await sandboxRepository());
});

describe("a reap", () => {
  const run = (more: Partial<Parameters<typeof reap>[0]> = {}) =>
    reap({ git, stacks: folderStacks(backend), rules, really: true, progress: () => undefined, ...more });
  const actions = async (...args: Parameters<typeof run>) =>
    (await run(...args)).sandboxes.map(({ sandbox, action }) => `${action} ${sandbox.name}`);

  it("keeps, then tells, then deletes; and does nothing unless it is told to", async () => {
    makeStack(backend, "sandbox-a");
    const told: Notice[] = [];
    const notify = (notice: Notice) => {
      told.push(notice);
      return Promise.resolve();
    };
    const at = (time: string) => ({ rules: { ...rules, now: new Date(time) }, notify });
    expect(await actions(at("2026-11-24T08:00:00Z"))).toEqual(["keep sandbox-a"]);
    expect(told).toEqual([]);
    expect(await actions(at("2026-11-24T10:00:00Z"))).toEqual(["tell sandbox-a"]);
    expect(told).toMatchObject([
      { event: "expired", owner: "test@example.com", due: "2026-11-25T10:00:00Z" },
    ]);
    // It is told once, and the day that it has begins with that.
    expect(fleet.git("show", "NOM-1:clusters/sandbox-a/sandbox.yaml")).toContain(
      'told: "2026-11-24T10:00:00Z"',
    );
    expect(fleet.git("status", "--porcelain")).toBe("");
    expect(await actions(at("2026-11-24T11:00:00Z"))).toEqual(["keep sandbox-a"]);
    expect(await actions(at("2026-11-25T09:59:59Z"))).toEqual(["keep sandbox-a"]);
    expect(told).toHaveLength(1);
    const before = fleet.state();
    expect(await actions({ really: false, notify })).toEqual(["delete sandbox-a"]);
    expect(fleet.state()).toBe(before);
    expect(readdirSync(backend)).toContain("sandbox-a.cluster");
    expect(await actions({ notify })).toEqual(["delete sandbox-a"]);
    expect(told.map(({ event }) => event)).toEqual(["expired", "deleted"]);
    expect(readdirSync(backend)).toEqual([]);
    expect(fleet.git("rev-parse", "NOM-1^{tree}")).toBe(fleet.git("rev-parse", "main^{tree}"));
    expect(fleet.git("status", "--porcelain")).toBe("");
    expect(await actions()).toEqual([]);
  });

  it("gives the whole grace to an owner whom nobody has told yet, and none where none was asked for", async () => {
    makeStack(backend, "sandbox-a");
    const told: Notice[] = [];
    const notify = (notice: Notice) => {
      told.push(notice);
      return Promise.resolve();
    };
    expect(await actions({ notify, really: false })).toEqual(["tell sandbox-a"]);
    expect(told).toEqual([]);
    expect(fleet.git("show", "NOM-1:clusters/sandbox-a/sandbox.yaml")).not.toContain("told");
    expect(await actions({ notify })).toEqual(["tell sandbox-a"]);
    expect(told).toMatchObject([{ due: "2026-11-27T00:00:00Z" }]);
    // Put off, it is told anew when it expires anew.
    await runToEnd(await lifeSteps("extend", fleet.root, backend, expired));
    expect(fleet.git("show", "NOM-1:clusters/sandbox-a/sandbox.yaml")).not.toContain("told");
    const later = { ...rules, now: new Date("2026-12-03T00:00:00Z") };
    expect(await actions({ notify, rules: later })).toEqual(["tell sandbox-a"]);
    // By hand, too, whatever was told before.
    await edit({
      "clusters/sandbox-a/sandbox.yaml": fleet
        .git("show", "HEAD:clusters/sandbox-a/sandbox.yaml")
        .replace(/expires: .*/, 'expires: "2026-12-04T00:00:00Z"'),
    });
    const even = { ...rules, now: new Date("2026-12-05T00:00:00Z") };
    expect(await actions({ notify, rules: even })).toEqual(["tell sandbox-a"]);
    expect(told).toHaveLength(3);
    await runToEnd(await lifeSteps("extend", fleet.root, backend, even.now));
    const none = { ...rules, grace: 0, now: new Date("2026-12-20T00:00:00Z") };
    expect(await actions({ notify, rules: none })).toEqual(["delete sandbox-a"]);
    expect(told.map(({ event }) => event)).toEqual(["expired", "expired", "expired", "expired", "deleted"]);
  });

  it("without anybody to tell waits for the grace after the expiry, and records nothing", async () => {
    makeStack(backend, "sandbox-a");
    const head = fleet.git("rev-parse", "NOM-1");
    const grace = { ...rules, now: new Date("2026-11-24T10:00:00Z") };
    expect(await actions({ rules: grace })).toEqual(["keep sandbox-a"]);
    expect(fleet.git("rev-parse", "NOM-1")).toBe(head);
    expect(await actions()).toEqual(["delete sandbox-a"]);
  });

  it("tells nobody whom it could not record, and again whom a refused push did not let it record", async () => {
    const told: string[] = [];
    const notify = ({ event }: Notice) => {
      told.push(event);
      return Promise.resolve();
    };
    writeFileSync(join(fleet.root, "clusters/sandbox-a/versions.yaml"), "# half way\n");
    const [dirty] = (await run({ notify })).sandboxes;
    expect(dirty!.problems[0]!.message).toContain("uncommitted changes are in the way");
    expect(told).toEqual([]);
    fleet.git("checkout", "--quiet", "--", ".");
    fleet.git("init", "--quiet", "--bare", ".git/origin.git");
    fleet.git("remote", "add", "origin", join(fleet.root, ".git/origin.git"));
    fleet.git("push", "--quiet", "origin", "NOM-1");
    fleet.git("switch", "--quiet", "main");
    fleet.git("branch", "--quiet", "-D", "NOM-1");
    mkdirSync(join(fleet.root, ".git/origin.git/hooks"), { recursive: true });
    const hook = join(fleet.root, ".git/origin.git/hooks/pre-receive");
    writeFileSync(hook, "#!/bin/sh\necho protected >&2; exit 1\n", { mode: 0o755 });
    const [refusedPush] = (await run({ notify })).sandboxes;
    expect(refusedPush!.problems[0]!.message).toContain("its owner was told, which could not be recorded");
    rmSync(hook);
    expect(await actions({ notify })).toEqual(["tell sandbox-a"]);
    fleet.git("fetch", "--quiet");
    expect(await actions({ notify })).toEqual(["keep sandbox-a"]);
    expect(told).toEqual(["expired", "expired"]);
  });

  it("tells nobody where git does not know who commits, and where another worktree has the branch", async () => {
    const told: string[] = [];
    const notify = ({ event }: Notice) => Promise.resolve(void told.push(event));
    const [name, email] = ["user.name", "user.email"].map((key) => fleet.git("config", key));
    fleet.git("config", "user.name", "");
    fleet.git("config", "user.email", "");
    const [nobody] = (await run({ notify })).sandboxes;
    expect(nobody!.problems[0]!.message).toContain("git does not know who you are");
    fleet.git("config", "user.name", name!);
    fleet.git("config", "user.email", email!);
    fleet.git("switch", "--quiet", "main");
    const other = join(fleet.root, ".git/other");
    fleet.git("worktree", "add", "--quiet", other, "NOM-1");
    const head = fleet.git("rev-parse", "NOM-1");
    const [elsewhere] = (await run({ notify })).sandboxes;
    expect(elsewhere!.problems).toEqual([
      expect.objectContaining({
        where: "sandbox-a on NOM-1",
        message: `the branch is checked out in ${other}`,
      }),
    ]);
    expect(fleet.git("rev-parse", "NOM-1")).toBe(head);
    expect(told).toEqual([]);
  });

  it("makes no branch again that somebody has deleted at the origin", async () => {
    fleet.git("init", "--quiet", "--bare", ".git/origin.git");
    const origin = ["--git-dir", ".git/origin.git"];
    fleet.git("remote", "add", "origin", join(fleet.root, ".git/origin.git"));
    fleet.git("push", "--quiet", "origin", "NOM-1");
    fleet.git("switch", "--quiet", "main");
    fleet.git("branch", "--quiet", "-D", "NOM-1");
    fleet.git(...origin, "branch", "--quiet", "-D", "NOM-1");
    const [one] = (await run({ notify: () => Promise.resolve() })).sandboxes;
    expect(one!.problems[0]!.message).toContain("which could not be recorded");
    expect(fleet.git(...origin, "branch", "--list")).toBe("");
  });

  it("works on branches that only the origin has, and never without a push", async () => {
    makeStack(backend, "sandbox-a");
    fleet.git("init", "--quiet", "--bare", ".git/origin.git");
    fleet.git("remote", "add", "origin", join(fleet.root, ".git/origin.git"));
    fleet.git("push", "--quiet", "origin", "NOM-1");
    fleet.git("switch", "--quiet", "main");
    fleet.git("branch", "--quiet", "-D", "NOM-1");
    fleet.git("--git-dir", ".git/origin.git", "config", "receive.denyNonFastForwards", "true");
    mkdirSync(join(fleet.root, ".git/origin.git/hooks"), { recursive: true });
    const hook = join(fleet.root, ".git/origin.git/hooks/pre-receive");
    writeFileSync(hook, "#!/bin/sh\necho protected >&2; exit 1\n", { mode: 0o755 });
    const [one] = (await run()).sandboxes;
    expect(one!.problems[0]!.message).toContain("its cluster is gone, but its folder could not be taken out");
    rmSync(hook);
    expect(await actions()).toEqual(["delete sandbox-a"]);
    fleet.git("fetch", "--quiet");
    expect(fleet.git("rev-parse", "origin/NOM-1^{tree}")).toBe(fleet.git("rev-parse", "main^{tree}"));
  });

  it("deletes no more than a run may, the longest expired first, and says what waits", async () => {
    fleet.git("switch", "--quiet", "main");
    for (const [name, expires] of [
      ["b", "2026-11-23"],
      ["c", "2026-11-22"],
    ] as const) {
      const request = { name, from: "development", branch: name, purpose: "platform", expires } as const;
      await runToEnd(createSandbox(git, request, new Date("2026-11-21T09:00:00Z")));
      fleet.git("switch", "--quiet", "main");
    }
    for (const name of ["sandbox-a", "b", "c"]) makeStack(backend, name);
    expect(await actions({ rules: { ...rules, max: 2 } })).toEqual([
      "delete c",
      "delete b",
      "wait sandbox-a",
    ]);
    expect(readdirSync(backend).filter((file) => file.endsWith(".cluster"))).toEqual(["sandbox-a.cluster"]);
  });

  it("leaves alone what it cannot reach, what is on main, and whatever is no sandbox; and says so", async () => {
    makeStack(backend, "development");
    makeStack(backend, "stray");
    const why = async (more = {}) =>
      (await run(more)).sandboxes.map(({ action, why: reason }) => `${action}: ${reason}`);
    const stacks = {
      ...folderStacks(backend),
      list: () => Promise.reject(new UserError({ message: "no answer" })),
    };
    expect(await why({ stacks })).toEqual(["leave: the backend of the stacks could not be asked"]);
    await edit({
      "clusters/sandbox-a/sandbox.yaml": `${fleet.git("show", "HEAD:clusters/sandbox-a/sandbox.yaml")}\nprovider:\n  kind: kind\n`,
    });
    expect((await why())[0]).toContain("it runs on kind, and this backend does not have its stack");
    fleet.git("switch", "--quiet", "main");
    fleet.git("merge", "--quiet", "NOM-1");
    fleet.git("branch", "--quiet", "-D", "NOM-1");
    makeStack(backend, "sandbox-a");
    expect((await why())[0]).toContain("it is on main, from which nothing is deleted without a review");
    const { strays } = await run();
    expect(strays.map(({ name }) => name)).toEqual(["stray"]);
    expect(readdirSync(backend)).toEqual(
      expect.arrayContaining(["development.cluster", "stray.cluster", "sandbox-a.cluster"]),
    );
  });

  it("does not delete what it could not tell the owner about", async () => {
    makeStack(backend, "sandbox-a");
    const [one] = (await run({ notify: notifier("echo no mail today >&2; exit 3") })).sandboxes;
    expect(one!.problems[0]!.message).toContain(
      "was not told about sandbox-a: the command ended with code 3: no mail today",
    );
    expect(readdirSync(backend)).toContain("sandbox-a.cluster");
  });

  it("posts to a webhook, whose address is a secret", async () => {
    const got: string[] = [];
    const server = createServer((request, response) => {
      request.setEncoding("utf8").on("data", (text: string) => got.push(text));
      request.on("end", () => response.writeHead(got.length > 1 ? 200 : 500).end());
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const notify = notifier(`http://127.0.0.1:${(server.address() as AddressInfo).port}/secret-path`);
      const grace = { ...rules, now: new Date("2026-11-24T10:00:00Z") };
      const [failed] = (await run({ notify, rules: grace })).sandboxes[0]!.problems;
      expect(failed!.message).toContain("answered 500");
      expect(JSON.stringify(failed)).not.toContain("secret-path");
      expect((await run({ notify, rules: grace })).sandboxes[0]!.problems).toEqual([]);
      expect(JSON.parse(got[1]!)).toMatchObject({ sandbox: "sandbox-a", event: "expired" });
    } finally {
      server.close();
    }
  });
});
