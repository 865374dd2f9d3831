import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { clusterFile, TestFleet, testFleet } from "../../support/fleet.ts";

const text = (fleet: TestFleet, path: string) => readFileSync(join(fleet.root, path), "utf8");

/** A fleet with sandbox-a, a clone of development, checked out. */
async function cloned(
  files: Readonly<Record<string, string>> = {},
  ...args: readonly string[]
): Promise<TestFleet> {
  const fleet = await testFleet(files);
  const create = ["sandbox", "create", "sandbox-a", "--branch", "NOM-1", ...args];
  const { code, stderr } = await fleet.sluice(
    ...create,
    ...(args.includes("--from") ? [] : ["--from", "development"]),
  );
  expect(code, stderr).toBe(0);
  return fleet;
}

/** Edits, synthesises and commits. */
async function edit(fleet: TestFleet, files: Readonly<Record<string, string | undefined>>): Promise<void> {
  fleet.write(files);
  const { code, stderr } = await fleet.sluice("synth");
  expect(code, stderr).toBe(0);
  fleet.commit("edit");
}

const returned = async (fleet: TestFleet, ...args: string[]) => {
  const { code, stdout, stderr } = await fleet.sluice("sandbox", "return", "sandbox-a", ...args, "--json");
  expect(code, stdout + stderr).toBe(0);
  return JSON.parse(stdout) as {
    target: string;
    files: string[];
    commit?: string;
    notices: { where: string; message: string }[];
    impact?: { changes: { object: { name: string }; fields: { path: string }[] }[] };
  };
};

/** What a command says that refuses, having changed nothing. */
async function refusal(fleet: TestFleet, ...args: string[]): Promise<string> {
  const before = fleet.state();
  const { code, stdout, stderr } = await fleet.sluice("sandbox", "return", ...args);
  expect(code, stdout).toBe(1);
  expect(fleet.state()).toBe(before);
  return stderr;
}

const versions = (image: string) => `kubernetes: "1.35"\napps:\n  web:\n    image: ${image}\n`;

describe("a return", () => {
  it("gives the source what was edited, as one commit that synthesises to itself, and nothing of the identity", async () => {
    const fleet = await cloned();
    await edit(fleet, { "clusters/sandbox-a/versions.yaml": versions("2.0.0") });
    const { files, commit, impact } = await returned(fleet);
    expect(files).toEqual(["clusters/development/versions.yaml"]);
    expect(fleet.git("rev-parse", "HEAD")).toBe(commit);
    expect(fleet.git("status", "--porcelain")).toBe("");
    expect(text(fleet, "clusters/development/versions.yaml")).toBe(versions("2.0.0"));
    expect(fleet.git("diff", "--name-only", "HEAD~1").split("\n")).toEqual([
      "clusters/development/versions.yaml",
      "manifests/clusters/development/apps/web/web.yaml",
    ]);
    expect(impact!.changes.map(({ object, fields }) => [object.name, fields[0]!.path])).toEqual([
      ["web", "data.image"],
    ]);
    const { code, stdout } = await fleet.sluice("synth", "--check");
    expect(code, stdout).toBe(0);
  });

  it("keeps what others have changed at the source meanwhile", async () => {
    const long = (a: string, b: string) =>
      `kubernetes: "${a}"\n# one\n# two\n# three\napps:\n  web:\n    image: ${b}\n`;
    const fleet = await cloned({ "clusters/development/versions.yaml": long("1.35", "1.0.0") });
    await edit(fleet, {
      "clusters/sandbox-a/versions.yaml": long("1.35", "2.0.0"),
      "clusters/development/versions.yaml": long("1.36", "1.0.0"),
    });
    await returned(fleet);
    expect(text(fleet, "clusters/development/versions.yaml")).toBe(long("1.36", "2.0.0"));
  });

  it("shows a conflict as git shows it", async () => {
    const fleet = await cloned();
    await edit(fleet, {
      "clusters/sandbox-a/versions.yaml": versions("2.0.0"),
      "clusters/development/versions.yaml": versions("3.0.0"),
    });
    expect(await refusal(fleet, "sandbox-a")).toMatch(
      /clusters\/development\/versions\.yaml: CONFLICT \(content\)[^]*<<<<<<< development\n    image: 3\.0\.0\n=======\n    image: 2\.0\.0\n>>>>>>> sandbox-a/,
    );
  });

  it("stops where a clean merge would do something else than was tried", async () => {
    // Two loops over one list: each side adds to one end of it, and each computes from all of it.
    const definition = (list: string) =>
      clusterFile(
        `(() => { const colours = [\n${list}];\nreturn { type: development, provider: kind(), platform: { variables: { domain: \`\${name}.example.com\` } }, apps: (apps) => { new Web(apps, "web", { color: colours.join("-") }); } }; })()`,
      );
    const lines = (...all: string[]) => all.map((line) => `  "${line}",\n`).join("");
    const fleet = await cloned({ "clusters/development/cluster.ts": definition(lines("a", "b", "c", "d")) });
    await edit(fleet, {
      "clusters/sandbox-a/cluster.ts": definition(lines("a", "b", "c", "d", "sandbox")),
      "clusters/development/cluster.ts": definition(lines("main", "a", "b", "c", "d")),
    });
    const said = await refusal(fleet, "sandbox-a");
    expect(said).toMatch(/development: ConfigMap apps\/web/);
    expect(said).toContain("data.color");
  });

  it("of a sandbox that is as it was changes nothing", async () => {
    const fleet = await cloned();
    const before = fleet.state();
    expect((await returned(fleet)).files).toEqual([]);
    expect(fleet.state()).toBe(before);
    const { stdout } = await fleet.sluice("sandbox", "return", "sandbox-a");
    expect(stdout).toContain("nothing to return");
  });

  it("with --dry-run is proved and not made", async () => {
    const fleet = await cloned();
    await edit(fleet, { "clusters/sandbox-a/versions.yaml": versions("2.0.0") });
    const before = fleet.state();
    expect(await returned(fleet, "--dry-run")).toMatchObject({
      files: ["clusters/development/versions.yaml"],
    });
    expect(fleet.state()).toBe(before);
  });

  it("can go to another cluster, keeping what that one has of its own", async () => {
    const fleet = await cloned({
      "clusters/staging/versions.yaml": versions("1.0.0"),
      "clusters/staging/cluster.ts": clusterFile(
        '{ type: development, provider: kind(), platform: { variables: { domain: `${name}.example.com`, log_level: "warn" } }, apps: (apps) => { new Web(apps, "web"); } }',
      ),
    });
    await edit(fleet, { "clusters/sandbox-a/versions.yaml": versions("2.0.0") });
    expect(await returned(fleet, "--to", "staging")).toMatchObject({
      target: "staging",
      files: ["clusters/staging/versions.yaml"],
    });
    expect(text(fleet, "clusters/staging/cluster.ts")).toContain('log_level: "warn"');
    expect(text(fleet, "clusters/development/versions.yaml")).toBe(versions("1.0.0"));
  });

  it("stops where somebody wrote the sandbox's identity into what returns", async () => {
    const fleet = await cloned();
    const definition = text(fleet, "clusters/sandbox-a/cluster.ts");
    await edit(fleet, {
      "clusters/sandbox-a/versions.yaml": `${versions("1.0.0")}platform:\n  branch: NOM-1\n`,
    });
    expect(await refusal(fleet, "sandbox-a")).toContain("would follow the sandbox's branch 'NOM-1'");
    await edit(fleet, {
      "clusters/sandbox-a/cluster.ts": definition.replace("${name}.example.com", "sandbox-a.example.com"),
    });
    expect(await refusal(fleet, "sandbox-a")).toContain(
      "both give \"sandbox-a.example.com\" for 'domain' of the platform, which has to be unique",
    );
  });

  it("points at a line that names the sandbox, which may mean something else", async () => {
    const fleet = await cloned();
    await edit(fleet, {
      "clusters/sandbox-a/versions.yaml": `# as tried in sandbox-a\n${versions("2.0.0")}`,
    });
    const { notices, commit } = await returned(fleet);
    expect(notices).toMatchObject([{ where: "clusters/development/versions.yaml:1" }]);
    expect(commit).toBeDefined();
  });

  it("of a row of a table says what to change in the table, and changes nothing", async () => {
    const fleet = await cloned(
      {
        "clusters/edge/clusters.ts": clusterFile("[]").replace(
          /export default.*/s,
          'import { defineClusters } from "#fleet";\nexport default defineClusters([{ name: "edge-1" }, { name: "edge-2" }], ({ name }) => ({ type: development, provider: existing({ context: name }), platform: { variables: { domain: `${name}.example.com` } }, apps: (apps) => { new Web(apps, "web"); } }));\n',
        ),
        "clusters/edge/versions.yaml": versions("1.0.0"),
      },
      "--from",
      "edge-2",
    );
    expect((await returned(fleet)).files).toEqual([]);
    await edit(fleet, { "clusters/sandbox-a/versions.yaml": versions("2.0.0") });
    const said = await refusal(fleet, "sandbox-a");
    expect(said).toContain("all 2 rows of the table");
    expect(said).toMatch(/^-    image: 1\.0\.0\n\+    image: 2\.0\.0/m);
  });
});

describe("what cannot be returned says so, and stays as it is:", () => {
  it("no sandbox, and none of that name", async () => {
    const fleet = await cloned();
    expect(await refusal(fleet, "development")).toContain("is a cluster, and no sandbox");
    expect(await refusal(fleet, "sandbox-b")).toContain(
      "there is no sandbox 'sandbox-b'; did you mean 'sandbox-a'?",
    );
    fleet.git("switch", "--quiet", "main");
    expect(await refusal(fleet, "sandbox-a")).toContain("git switch NOM-1");
  });

  it("a performance sandbox, and one whose source has gone", async () => {
    const fleet = await cloned({}, "--from", "production", "--purpose", "performance");
    expect(await refusal(fleet, "sandbox-a")).toContain("is a performance sandbox");
    const other = await cloned();
    other.git("rm", "-rq", "clusters/development", "manifests/clusters/development");
    other.commit();
    expect(await refusal(other, "sandbox-a")).toContain("its source development has gone");
  });

  it("uncommitted edits and a detached HEAD, told together", async () => {
    const fleet = await cloned();
    fleet.git("switch", "--quiet", "--detach");
    fleet.write({ "clusters/sandbox-a/versions.yaml": versions("2.0.0") });
    const { code, stderr } = await fleet.sluice("sandbox", "return", "sandbox-a");
    expect(code).toBe(1);
    expect(stderr).toContain("uncommitted changes are in the way: clusters/sandbox-a/versions.yaml");
    expect(stderr).toContain("HEAD is detached");
  });

  it("a branch that has diverged from where it is pushed to", async () => {
    const fleet = await cloned();
    fleet.git("init", "--quiet", "--bare", ".git/origin.git");
    fleet.git("remote", "add", "origin", join(fleet.root, ".git/origin.git"));
    fleet.write({ "README.md": "theirs\n" });
    fleet.commit();
    fleet.git("push", "--quiet", "--set-upstream", "origin", "NOM-1");
    fleet.git("reset", "--quiet", "--hard", "HEAD~1");
    expect(await refusal(fleet, "sandbox-a")).toContain("is 1 commit behind origin/NOM-1");
    await edit(fleet, { "clusters/sandbox-a/versions.yaml": versions("2.0.0") });
    expect(await refusal(fleet, "sandbox-a")).toContain(
      "has diverged from origin/NOM-1: 1 commits here, 1 there",
    );
  });

  it("a clone without the commit that the sandbox began at", async () => {
    const fleet = await cloned();
    await edit(fleet, { "clusters/sandbox-a/versions.yaml": versions("2.0.0") });
    fleet.git("clone", "--quiet", "--depth", "1", `file://${fleet.root}`, ".git/shallow");
    const shallow = new TestFleet(join(fleet.root, ".git/shallow"));
    const { code, stderr } = await shallow.sluice("sandbox", "return", "sandbox-a");
    expect(code).toBe(1);
    expect(stderr).toContain("is not in this clone: the clone is shallow");
    expect(stderr).toContain("git fetch --unshallow");
  });

  it("manifests that are not what the definitions give", async () => {
    const fleet = await cloned();
    fleet.write({ "clusters/sandbox-a/versions.yaml": versions("2.0.0") });
    fleet.commit("not synthesised");
    expect(await refusal(fleet, "sandbox-a")).toContain("are not what its definitions give");
  });
});
