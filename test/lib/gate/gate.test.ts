import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Ended, run, type TestFleet, testFleet } from "../../support/fleet.ts";

const token = "s3cret-t0ken";
const bin = new URL("../../../bin/sluice.js", import.meta.url).pathname;

/** What the change board thinks of a commit. */
const decisions = new Map<string, object>();
const requests = new Map<string, { clusters: string[]; summary: string }>();
let server: Server;
let url: string;

beforeAll(async () => {
  server = createServer((message, response) => {
    let text = "";
    message.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
    message.on("end", () => {
      const commit = message.url!.split("/").at(-1)!;
      if (message.headers.authorization !== `Bearer ${token}`) response.statusCode = 401;
      else if (message.method === "PUT" && !requests.has(commit))
        requests.set(commit, JSON.parse(text) as { clusters: string[]; summary: string });
      else if (!requests.has(commit)) response.statusCode = 404;
      response.end(JSON.stringify({ commit, id: "CHG1", state: "pending", ...decisions.get(commit) }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** The small fleet with a place for approvals. Production is protected, and tracks release 1.0.0. */
async function gatedFleet(): Promise<TestFleet> {
  const fleet = await testFleet();
  fleet.git("tag", "1.0.0");
  const path = "clusters/fleet.ts";
  const text = readFileSync(join(fleet.root, path), "utf8");
  fleet.write({
    [path]: text.replace(
      "platform: Platform,",
      `platform: Platform, changeRequests: { kind: "http", url: ${JSON.stringify(url)} },`,
    ),
  });
  fleet.commit("approvals");
  return fleet;
}

async function edited(
  fleet: TestFleet,
  branch: string,
  files: Record<string, string | undefined>,
): Promise<string> {
  fleet.git("switch", "--quiet", "--create", branch, "main");
  fleet.write(files);
  const { code, stderr } = await fleet.sluice("synth");
  expect(code, stderr).toBe(0);
  fleet.commit(`change on ${branch}`);
  return fleet.git("rev-parse", "HEAD");
}

const gate = (fleet: TestFleet, ...args: string[]): Promise<Ended> =>
  run(process.execPath, [bin, "gate", "--base", "main", "--timeout", "0s", ...args], fleet.root, {
    SLUICE_CHANGE_TOKEN: token,
  });
const text = (fleet: TestFleet, path: string) => readFileSync(join(fleet.root, path), "utf8");
const production = "clusters/production/versions.yaml";
const raise = (fleet: TestFleet) => text(fleet, production).replace("image: 1.0.0", "image: 1.1.0");
/** The platform with another object's content, as a change to it makes it. */
const changedPlatform = (fleet: TestFleet) => ({
  "clusters/fleet.ts": text(fleet, "clusters/fleet.ts").replace("value: 1000", "value: 2000"),
});

describe("sluice gate", () => {
  it("lets pass what reaches no protected cluster, and asks nobody", async () => {
    const fleet = await gatedFleet();
    const before = requests.size;
    await edited(fleet, "platform", changedPlatform(fleet));
    const platform = await gate(fleet, "--json");
    expect(JSON.parse(platform.stdout)).toMatchObject({
      standing: "open",
      clusters: ["development"],
      protected: [],
    });
    expect(platform.code).toBe(0);
    // The definition of production changes, and nothing that Flux applies there does.
    await edited(fleet, "comment", { [production]: `# to be raised soon\n${text(fleet, production)}` });
    const comment = await gate(fleet);
    expect(comment.code, comment.stderr).toBe(0);
    expect(comment.stdout).toContain("changes no cluster");
    expect(requests.size).toBe(before);
  });

  it("asks about what the stack of a protected cluster makes, and says that pulumi up makes it", async () => {
    const fleet = await gatedFleet();
    fleet.write({
      "Pulumi.yaml": "name: test\nruntime: nodejs\nmain: stacks/index.ts\n",
      "stacks/index.ts": "export {};\n",
      "Pulumi.production.yaml": "config:\n  test:gitToken: { secure: v1:abc }\n",
    });
    fleet.commit("stacks");
    const definitions = text(fleet, "clusters/fleet.ts");
    const cases: [string, Record<string, string>, string][] = [
      [
        "nodes",
        {
          "clusters/production/cluster.ts": text(fleet, "clusters/production/cluster.ts").replace(
            'region: "eu-west-2"',
            'region: "eu-west-2", nodes: { min: 3, max: 20 }',
          ),
        },
        'provider.nodes nothing → {"max":20,"min":3}',
      ],
      [
        "kubernetes",
        { [production]: text(fleet, production).replace("1.34", "1.35") },
        'kubernetes "1.34" → "1.35"',
      ],
      [
        "type",
        {
          "clusters/fleet.ts": definitions.replace("nodes: { min: 1, max: 3 }", "nodes: { min: 1, max: 9 }"),
        },
        "scaling.nodes.max 3 → 9",
      ],
      ["program", { "stacks/index.ts": "export const more = 1;\n" }, "stacks/index.ts"],
      ["project", { "Pulumi.yaml": "name: test\nruntime: nodejs\nmain: other/index.ts\n" }, "Pulumi.yaml"],
      ["configuration", { "Pulumi.production.yaml": "config: {}\n" }, "Pulumi.production.yaml"],
    ];
    for (const [branch, files, change] of cases) {
      const commit = await edited(fleet, branch, files);
      const { code, stdout, stderr } = await gate(fleet);
      expect({ branch, code }, stdout + stderr).toEqual({ branch, code: 1 });
      expect(stdout).toContain("production (protected)");
      expect(stdout).toContain(
        `the stack of production changes, which pulumi up makes and no merge: ${change}`,
      );
      expect(requests.get(commit)!.clusters).toEqual(["production"]);
      expect(requests.get(commit)!.summary).toContain(change);
      fleet.git("switch", "--quiet", "main");
    }
    // What no protected cluster's stack is made from.
    for (const [branch, files] of [
      ["small", { "Pulumi.development.yaml": "config: {}\n", "docs/stacks/index.ts": "" }],
      [
        "small-kubernetes",
        {
          "clusters/development/versions.yaml": text(fleet, "clusters/development/versions.yaml").replace(
            "1.35",
            "1.34",
          ),
        },
      ],
    ] as const) {
      await edited(fleet, branch, files);
      const { code, stdout } = await gate(fleet);
      expect({ branch, code }, stdout).toEqual({ branch, code: 0 });
      fleet.git("switch", "--quiet", "main");
    }
  }, 120_000);

  it("asks about each commit that reaches one, once, and again for a new commit", async () => {
    const fleet = await gatedFleet();
    const commit = await edited(fleet, "raise", { [production]: raise(fleet) });
    const before = fleet.state();
    const first = await gate(fleet);
    expect(first.code).toBe(1);
    expect(first.stdout).toContain("changes production (protected)");
    expect(first.stderr).toContain(`change request CHG1 of commit ${commit.slice(0, 10)} is not decided yet`);
    expect(requests.get(commit)).toMatchObject({
      commit,
      base: fleet.git("rev-parse", "main"),
      subject: "change on raise",
      author: "Test <test@example.com>",
      clusters: ["production"],
      repository: "https://git.example.com/fleet.git",
    });
    expect(requests.get(commit)!.summary).toContain("ConfigMap apps/web");
    const asked = requests.size;

    decisions.set(commit, { state: "approved", by: "ann", reason: "go" });
    const second = await gate(fleet);
    expect(second.code, second.stderr).toBe(0);
    expect(second.stdout).toContain("was approved by ann: go");
    expect(requests.size).toBe(asked);
    expect(fleet.state()).toBe(before);

    fleet.git("commit", "--quiet", "--amend", "--message", "the same again");
    const third = await gate(fleet, "--json");
    expect(third.code).toBe(1);
    expect(JSON.parse(third.stdout)).toMatchObject({ standing: "pending", protected: ["production"] });
    expect(requests.size).toBe(asked + 1);

    decisions.set(fleet.git("rev-parse", "HEAD"), {
      state: "rejected",
      by: "bob",
      reason: "not on a Friday",
    });
    const fourth = await gate(fleet);
    expect(fourth.code).toBe(1);
    expect(fourth.stderr).toContain("was rejected by bob: not on a Friday");
    for (const { stdout, stderr } of [first, second, third, fourth])
      expect(stdout + stderr).not.toContain(token);
  });

  it("counts a cluster that is to go, or to lose its protection, as reached", async () => {
    const fleet = await gatedFleet();
    await edited(fleet, "gone", {
      "clusters/production/cluster.ts": undefined,
      [production]: undefined,
    });
    expect(JSON.parse((await gate(fleet, "--json")).stdout)).toMatchObject({ protected: ["production"] });
    await edited(fleet, "unprotected", {
      "clusters/fleet.ts": text(fleet, "clusters/fleet.ts").replace("protected: true", "protected: false"),
    });
    const { code, stdout } = await gate(fleet, "--json");
    expect(JSON.parse(stdout)).toMatchObject({ standing: "pending", protected: ["production"] });
    expect(code).toBe(1);
  });

  it("looks at what merging gives, not at the branch alone", async () => {
    const fleet = await gatedFleet();
    await edited(fleet, "platform", changedPlatform(fleet));
    expect((await gate(fleet)).code).toBe(0);
    // Meanwhile production follows main: now the same branch reaches it.
    await edited(fleet, "follow", {
      [production]: text(fleet, production).replace("tag: 1.0.0", "branch: main"),
    });
    fleet.git("switch", "--quiet", "main");
    fleet.git("merge", "--quiet", "--ff-only", "follow");
    const { code, stdout } = await gate(fleet, "--head", "platform", "--json");
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      clusters: ["development", "production"],
      protected: ["production"],
    });
  });

  it("asks nobody in a dry run, needs no token for it, and says what it would", async () => {
    const fleet = await gatedFleet();
    const commit = await edited(fleet, "raise", { [production]: raise(fleet) });
    const { code, stdout } = await fleet.sluice("gate", "--base", "main", "--dry-run", "--json");
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ standing: "would-ask", service: url, request: { commit } });
    expect(requests.has(commit)).toBe(false);
  });

  it("fails closed on a wrong token, a service that is down, and a fleet that names none", async () => {
    const fleet = await gatedFleet();
    const commit = await edited(fleet, "raise", { [production]: raise(fleet) });
    decisions.set(commit, { state: "approved", by: "ann" });
    const wrong = await run(
      process.execPath,
      [bin, "gate", "--base", "main", "--timeout", "0s"],
      fleet.root,
      { SLUICE_CHANGE_TOKEN: "wr0ng" },
    );
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toContain("the gate stays closed");
    expect(wrong.stderr + wrong.stdout).not.toContain("wr0ng");
    const definition = text(fleet, "clusters/fleet.ts");
    for (const [other, message] of [
      ['{ kind: "http", url: "http://127.0.0.1:9" }', "cannot be reached"],
      ['{ kind: "http", url: "http://changes.example.com" }', "not https"],
      ["undefined", "names nothing that could approve"],
    ] as const) {
      fleet.write({
        "clusters/fleet.ts": definition.replace(/changeRequests: \{[^}]*\}/, `changeRequests: ${other}`),
      });
      const { code, stderr } = await gate(fleet);
      expect(code, message).not.toBe(0);
      expect(stderr).toContain(message);
      expect(stderr).toContain("what is not committed is not looked at");
    }
  });

  it("says what is wrong with its arguments, and with what cannot be merged", async () => {
    const fleet = await gatedFleet();
    await edited(fleet, "one", { [production]: raise(fleet) });
    fleet.git("switch", "--quiet", "main");
    fleet.write({
      [production]: text(fleet, production)
        .replace("1.0.0\n", "1.0.1\n")
        .replace("image: 1.0.0", "image: 9.9.9"),
    });
    fleet.commit("other");
    const conflict = await gate(fleet, "--head", "one");
    expect(conflict.code).toBe(1);
    expect(conflict.stderr).toContain("without conflicts");
    for (const [args, message] of [
      [["--base", "nowhere"], "is no revision"],
      [["--head", "nowhere"], "is no revision"],
      [["--timeout", "soon"], "'soon' is no time"],
      [["--poll", "0s"], "'0s' is no time"],
    ] as const) {
      const { code, stderr } = await gate(fleet, ...args);
      expect(code, message).toBe(2);
      expect(stderr).toContain(message);
    }
    fleet.git("switch", "--quiet", "--orphan", "alone");
    fleet.write({ README: "x" });
    fleet.git("add", "README");
    fleet.git("commit", "--quiet", "--message", "alone");
    const alone = await gate(fleet, "--base", "main", "--head", "alone");
    expect(alone.code).not.toBe(0);
  });
});

describe("a freeze, at the gate", () => {
  it("stops a change of its bundle, even one that ends it, and nothing else", async () => {
    const fleet = await gatedFleet();
    fleet.git("switch", "--quiet", "main");
    expect((await fleet.sluice("release", "freeze", "--until", "2d", "--reason", "testing 1.1.0")).code).toBe(
      0,
    );
    await edited(fleet, "platform", { ...changedPlatform(fleet), "clusters/freeze.yaml": undefined });
    const platform = await gate(fleet);
    expect(platform.code).toBe(1);
    expect(platform.stderr).toMatch(
      /the platform is frozen until \S+, by test@example\.com: testing 1\.1\.0/,
    );
    expect(JSON.parse((await gate(fleet, "--dry-run", "--json")).stdout)).toMatchObject({
      standing: "frozen",
    });

    await edited(fleet, "app", {
      "clusters/development/versions.yaml": text(fleet, "clusters/development/versions.yaml").replace(
        "image: 1.0.0",
        "image: 1.1.0",
      ),
    });
    expect((await gate(fleet)).code).toBe(0);
    fleet.git("switch", "--quiet", "--create", "thaw", "main");
    expect((await fleet.sluice("release", "thaw")).code).toBe(0);
    expect((await gate(fleet)).code).toBe(0);
    fleet.git("switch", "--quiet", "main");
    fleet.git("merge", "--quiet", "--ff-only", "thaw");
    expect((await gate(fleet, "--head", "platform")).code).toBe(0);
  });

  it("that cannot be read stops everything", async () => {
    const fleet = await gatedFleet();
    fleet.write({ "clusters/freeze.yaml": "bundles: platform\n" });
    fleet.commit();
    const { code, stderr } = await gate(fleet);
    expect(code).toBe(1);
    expect(stderr).toContain("'bundles' is a list");
  });
});
