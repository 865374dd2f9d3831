import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { Git } from "../lib/git/git.ts";
import { attestationsRefspec, writeAttestations } from "../lib/promotion/attestations.ts";
import { type TestFleet, testFleet } from "./support/fleet.ts";

// Development and sandboxes in one repository, which makes the platform's releases; production in another.
const versions = "clusters/production/versions.yaml";
const copy = "clusters/sandbox-p/versions.yaml";
const text = (fleet: TestFleet, path: string) => readFileSync(join(fleet.root, path), "utf8");
const ok = async (fleet: TestFleet, ...args: string[]): Promise<string> => {
  const { code, stdout, stderr } = await fleet.sluice(...args);
  expect(code, stderr + stdout).toBe(0);
  return stdout;
};
/** All but the references by which fetched commits are kept, as remote branches are. */
const stateOf = (fleet: TestFleet) => fleet.state().replaceAll(/^.*refs\/sluice\/other\/.*\n/gm, "");
const fetchReleases = (production: TestFleet, platform: TestFleet) =>
  production.git("fetch", "--quiet", "--no-tags", platform.root, "refs/tags/*:refs/tags/*");

describe("a fleet in two repositories", () => {
  let platform: TestFleet;
  let production: TestFleet;

  beforeAll(async () => {
    [platform, production] = await Promise.all([testFleet(), testFleet()]);
    platform.write({ "clusters/production/cluster.ts": undefined, [versions]: undefined });
    production.write({
      "clusters/development/cluster.ts": undefined,
      "clusters/development/versions.yaml": undefined,
      "clusters/fleet.ts": text(production, "clusters/fleet.ts")
        .replace("https://git.example.com/fleet.git", "https://git.example.com/production.git")
        .replace(
          "platform: Platform,",
          'platform: Platform, promotion: { stages: [{ type: "development", soak: "1h", elsewhere: ["development"] }, { type: "production" }] },',
        )
        .replace(
          'oci://registry.example.com/fleet"',
          'oci://registry.example.com/fleet", repository: "https://git.example.com/fleet.git"',
        ),
    });
    await ok(platform, "synth");
    platform.commit("the platform's repository");
    platform.git("tag", "1.0.0");
    fetchReleases(production, platform);
    await ok(production, "synth");
    production.commit("production's repository");
  });

  it("makes its bundles in one of them, and reads their releases in the other", async () => {
    expect(existsSync(join(production.root, "manifests/platform"))).toBe(false);
    expect(existsSync(join(production.root, "manifests/clusters/production/platform.yaml"))).toBe(true);
    const { notices } = JSON.parse(await ok(production, "synth", "--check", "--json")) as {
      notices: unknown[];
    };
    expect(notices).toEqual([]); // production was checked against the contract of the release that it tracks
    const before = text(production, versions);
    production.write({ [versions]: before.replace("tag: 1.0.0", "branch: main") });
    const refused = await production.sluice("synth");
    production.write({ [versions]: before });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("made in another repository, so it cannot be tracked by branch main");
    production.write({ [versions]: before.replace("tag: 1.0.0", "tag: 9.9.9") });
    const missing = await production.sluice("synth", "--dry-run");
    production.write({ [versions]: before });
    expect(missing.stderr).toContain(
      "git fetch --no-tags https://git.example.com/fleet.git 'refs/tags/*:refs/tags/*'",
    );
  });

  it("clones production into a sandbox of the other repository, and reads nothing but commits for it", async () => {
    const before = [production.state(), production.git("rev-parse", "HEAD")];
    const tags = platform.git("tag", "--list");
    const created = await ok(
      platform,
      ...["sandbox", "create", "sandbox-p", "--from", "production", "--repository", production.root],
      ...["--branch", "NOM-9", "--purpose", "application", "--provider", "kind", "--json"],
    );
    expect(JSON.parse(created)).toMatchObject({
      from: "production",
      repository: production.root,
      base: production.git("rev-parse", "HEAD"),
      branch: "NOM-9",
    });
    for (const file of ["cluster.ts", "versions.yaml"])
      expect(platform.git("rev-parse", `HEAD:clusters/sandbox-p/${file}`)).toBe(
        production.git("rev-parse", `HEAD:clusters/production/${file}`),
      );
    const changed = platform.git("diff", "--name-only", "main", "HEAD").split("\n");
    expect(changed.every((path) => /^(clusters|manifests\/clusters)\/sandbox-p\//.test(path))).toBe(true);
    expect(platform.git("rev-parse", "HEAD~1")).toBe(platform.git("rev-parse", "main"));
    expect(platform.git("tag", "--list")).toBe(tags);
    expect(text(platform, "manifests/clusters/sandbox-p/platform.yaml")).toContain("tag: 1.0.0");
    expect(text(platform, "manifests/clusters/sandbox-p/platform.yaml")).toContain("cluster_type: sandbox");
    await ok(platform, "synth", "--check");
    expect([production.state(), production.git("rev-parse", "HEAD")]).toEqual(before);
  });

  it("returns what was changed, merged with what production got meanwhile, to production's repository", async () => {
    platform.write({ [copy]: text(platform, copy).replace("image: 1.0.0", "image: 1.2.0") });
    await ok(platform, "synth");
    platform.commit("raise web");
    production.write({
      "clusters/production/cluster.ts": text(production, "clusters/production/cluster.ts").replace(
        "green",
        "red",
      ),
    });
    await ok(production, "synth");
    production.commit("red");

    const wrong = await platform.sluice("sandbox", "return", "sandbox-p");
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toContain(`its source production is in another repository: ${production.root}`);

    production.git("switch", "--quiet", "--create", "return-sandbox-p");
    const main = production.git("rev-parse", "main");
    const before = [platform.state(), platform.git("rev-parse", "HEAD")];
    const returned = JSON.parse(
      await ok(production, "sandbox", "return", "sandbox-p", "--repository", platform.root, "--json"),
    ) as {
      files: string[];
      commit: string;
      impact: { changes: { object: { kind: string; name: string } }[] };
    };
    expect(returned.files).toEqual([versions]);
    expect(returned.impact.changes).toMatchObject([{ object: { kind: "ConfigMap", name: "web" } }]);
    expect(production.git("rev-parse", "HEAD")).toBe(returned.commit);
    expect(production.git("rev-parse", "HEAD~1")).toBe(main);
    expect(production.git("diff", "--name-only", "main", "HEAD").split("\n")).toEqual([
      versions,
      "manifests/clusters/production/apps/web/web.yaml",
    ]);
    expect(text(production, versions)).toContain("image: 1.2.0");
    expect(text(production, "manifests/clusters/production/apps/web/web.yaml")).toContain("color: red");
    await ok(production, "synth", "--check");
    expect([platform.state(), platform.git("rev-parse", "HEAD")]).toEqual(before);
    // What was fetched for it goes nowhere: it is no branch and no tag.
    expect(production.git("for-each-ref", "--format=%(refname)", "refs/heads", "refs/remotes")).toBe(
      "refs/heads/main\nrefs/heads/return-sandbox-p",
    );
    const again = await ok(production, "sandbox", "return", "sandbox-p", "--repository", platform.root);
    expect(again).toContain("nothing to return");
  });

  it("shows a conflict with what production got meanwhile, and changes nothing", async () => {
    production.git("switch", "--quiet", "--create", "other", "main");
    production.write({ [versions]: text(production, versions).replace("image: 1.0.0", "image: 1.1.1") });
    await ok(production, "synth");
    production.commit("another image");
    const before = [production.state(), production.git("rev-parse", "HEAD")];
    const { code, stderr } = await production.sluice(
      "sandbox",
      "return",
      "sandbox-p",
      "--repository",
      platform.root,
    );
    expect(code).toBe(1);
    expect(stderr).toContain("CONFLICT (content)");
    expect([production.state(), production.git("rev-parse", "HEAD")]).toEqual(before);
  });

  it("shows and brings in what production got meanwhile, from production's repository", async () => {
    production.git("switch", "--quiet", "main");
    const [main, head] = [production.git("rev-parse", "main"), platform.git("rev-parse", "HEAD")];
    const show = async () =>
      JSON.parse(await ok(platform, "sandbox", "show", "sandbox-p", "--json")) as {
        sourceMoved: boolean;
        differences: { changes: { object: { name: string }; fields: { path: string }[] }[] };
      };
    const shown = await show();
    expect(shown.sourceMoved).toBe(true);
    const fields = ({ differences }: typeof shown) =>
      differences.changes.map((change) => change.fields.map(({ path }) => path));
    expect(fields(shown)).toEqual([["data.color", "data.image"]]);

    const before = stateOf(platform);
    expect(JSON.parse(await ok(platform, "sandbox", "sync", "sandbox-p", "--dry-run", "--json"))).toEqual({
      name: "sandbox-p",
      main: { name: "main", commit: platform.git("rev-parse", "main") },
      merged: false,
      files: ["clusters/sandbox-p/cluster.ts"],
      base: main,
    });
    expect(stateOf(platform)).toBe(before);
    await ok(platform, "sandbox", "sync", "sandbox-p");
    expect(text(platform, "clusters/sandbox-p/cluster.ts")).toContain("red");
    expect(text(platform, copy)).toContain("image: 1.2.0");
    expect(text(platform, "clusters/sandbox-p/sandbox.yaml")).toContain(`base: ${main}`);
    expect(platform.git("rev-parse", "HEAD~1")).toBe(head);
    await ok(platform, "synth", "--check");
    const after = await show();
    expect([after.sourceMoved, fields(after)]).toEqual([false, [["data.image"]]]);
    expect(await ok(platform, "sandbox", "sync", "sandbox-p")).toContain("nothing to bring in");
    expect(production.git("rev-parse", "main")).toBe(main);
  });

  it("says where the source should be, when it is not there any more", async () => {
    const path = join(platform.root, "clusters/sandbox-p/sandbox.yaml");
    const sandbox = readFileSync(path, "utf8");
    platform.write({ "clusters/sandbox-p/sandbox.yaml": sandbox.replace("from: production", "from: prod") });
    platform.commit("a typing error");
    const gone = await platform.sluice("sandbox", "sync", "sandbox-p");
    platform.write({ "clusters/sandbox-p/sandbox.yaml": sandbox.replaceAll(production.root, "/nowhere") });
    platform.commit("another");
    const unread = await platform.sluice("sandbox", "sync", "sandbox-p");
    platform.git("reset", "--quiet", "--hard", "HEAD~2");
    expect([gone.code, unread.code]).toEqual([1, 1]);
    expect(gone.stderr).toContain(`sandbox-p: there is no cluster 'prod'`);
    expect(gone.stderr).toContain(`on main of ${production.root}`);
    expect(unread.stderr).toContain("/nowhere: cannot be fetched");
  });

  it("promotes a release of the other repository, whose effect is seen before the merge", async () => {
    platform.git("switch", "--quiet", "main");
    platform.write({
      "clusters/fleet.ts": text(platform, "clusters/fleet.ts").replace("value: 1000", "value: 2000"),
    });
    await ok(platform, "synth");
    platform.commit("another priority");
    platform.git("tag", "1.1.0");
    production.git("switch", "--quiet", "--create", "by-hand", "main");
    fetchReleases(production, platform);
    production.write({ [versions]: text(production, versions).replace("tag: 1.0.0", "tag: 1.1.0") });
    await ok(production, "synth");
    production.commit("promote the platform");
    const impact = JSON.parse(
      await ok(production, "impact", "--base", "main", "--no-registry", "--json"),
    ) as {
      clusters: { cluster: string; changes: { object: { kind: string } }[]; unknown: unknown[] }[];
    };
    expect(impact.clusters).toMatchObject([{ cluster: "production", protected: true, unknown: [] }]);
    expect(impact.clusters[0]!.changes.map(({ object }) => object.kind)).toContain("PriorityClass");
    // Production's own gate stands before it, whoever made the release.
    const gate = await production.sluice("gate", "--base", "main", "--no-registry", "--json");
    expect(gate.code).toBe(1);
    const { standing, problems } = JSON.parse(gate.stdout) as {
      standing: string;
      problems: { message: string; remedy: string }[];
    };
    expect(standing).toBe("unproven");
    expect(problems[0]!.message).toContain("nobody has seen 1.1.0 run, Ready, on development");
    expect(problems[0]!.remedy).toContain("in the repository that has development, once it runs there");
  });

  it("lets a release be promoted once it ran where the other repository's clusters are", async () => {
    production.git("switch", "--quiet", "main");
    const content = platform.git("rev-parse", "1.1.0:manifests/platform");
    const attest = async (minutes: number) => {
      const at = Date.now();
      const machines = { server: "1.35", nodes: "1.35" };
      // It has records of its own, of another history.
      const own = { cluster: "production", observations: [], machines, at };
      await writeAttestations(new Git(production.root), [own], { push: false });
      const observation = { cluster: "development", what: "platform", version: "1.1.0", content };
      await writeAttestations(
        new Git(platform.root),
        [
          {
            cluster: "development",
            observations: [{ ...observation, state: "ready", since: at - minutes * 60_000, at }],
            machines,
            at,
          },
        ],
        { push: false },
      );
      production.git("fetch", "--quiet", "--no-tags", platform.root, attestationsRefspec);
    };
    const promote = () => production.sluice("promote", "--to", "production", "--version", "1.1.0");
    const head = production.git("rev-parse", "main");
    const unseen = await promote();
    expect(unseen.code).toBe(1);
    expect(unseen.stderr).toContain("nobody has seen 1.1.0 run, Ready, on development");
    await attest(30);
    const soaking = await promote();
    expect(soaking.code).toBe(1);
    expect(soaking.stderr).toContain("development asks for 1 h");
    await attest(90);
    const promoted = await promote();
    expect(promoted.code, promoted.stderr).toBe(0);
    expect(promoted.stdout).toContain("development ran 1.1.0, Ready");
    const [proven] = production.git("branch", "--list", "--format=%(refname:short)", "promote/*").split("\n");
    const gate = ["gate", "--base", "main", "--head", proven!, "--no-registry"];
    expect((await production.sluice(...gate)).stderr).toContain("names nothing that could approve");
    expect(production.git("rev-parse", "main")).toBe(head);
    const [branch] = production.git("branch", "--list", "--format=%(refname:short)", "promote/*").split("\n");
    expect(production.git("show", `${branch}:${versions}`)).toContain("tag: 1.1.0");
    expect(production.git("show", `${branch}:manifests/clusters/production/platform.yaml`)).toContain(
      "tag: 1.1.0",
    );
  });

  it("says what is wrong with a repository, a cluster or a sandbox of the other side", async () => {
    platform.git("switch", "--quiet", "main");
    production.git("switch", "--quiet", "main");
    const states = [stateOf(platform), stateOf(production)];
    const create = (...args: string[]) =>
      platform.sluice("sandbox", "create", "sandbox-q", "--branch", "q", ...args);
    const back = (...args: string[]) => production.sluice("sandbox", "return", ...args);
    const cases = [
      [create("--from", "production", "--repository", join(platform.root, "nowhere")), "cannot be fetched"],
      [create("--from", "prodution", "--repository", production.root), "did you mean 'production'?"],
      [
        create("--from", "production", "--repository", "https://u:secret@git.example.com/x.git"),
        "has a password in it",
      ],
      [back("sandbox-x", "--repository", platform.root), "has a sandbox 'sandbox-x' that follows it"],
      [back("sandbox-p", "--repository", join(platform.root, "nowhere")), "cannot be fetched"],
    ] as const;
    for (const [running, message] of cases) {
      const { code, stderr } = await running;
      expect(code, message).not.toBe(0);
      expect(stderr).toContain(message);
      expect(stderr).not.toContain("secret");
    }
    // A sandbox of a cluster of its own repository is nobody else's.
    await ok(platform, ...["sandbox", "create", "sandbox-d", "--from", "development", "--branch", "d"]);
    const stranger = await back("sandbox-d", "--repository", platform.root);
    expect(stranger.code).toBe(1);
    expect(stranger.stderr).toContain("is a clone of development of its own repository");
    platform.git("switch", "--quiet", "main");
    platform.git("branch", "--quiet", "-D", "d");
    expect([stateOf(platform), stateOf(production)]).toEqual(states);
  });
});
