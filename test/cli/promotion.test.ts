import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { Git } from "../../lib/git/git.ts";
import { readAttestations } from "../../lib/promotion/attestations.ts";
import { temporaryFolder, TestFleet } from "../support/fleet.ts";
import { attested, changePlatform, edit, settle, stagedFleet } from "../support/staged-fleet.ts";

// Each step is a command of its own, which loads the fleet.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

/** Runs a command that must be refused: with these words, no stack, and nothing changed. */
async function refused(fleet: TestFleet, args: readonly string[], ...words: string[]): Promise<void> {
  const before = fleet.state();
  const ended = await fleet.sluice(...args);
  const text = ended.stderr + ended.stdout;
  for (const word of words) expect(text).toContain(word);
  expect(text).not.toMatch(/^\s+at .*:\d+:\d+\)?$/m);
  expect(ended.code).toBeGreaterThan(0);
  expect(ended.code).toBeLessThan(3);
  expect(fleet.state()).toBe(before);
}

/** Runs a command that must work. */
async function works(fleet: TestFleet, ...args: string[]): Promise<string> {
  const ended = await fleet.sluice(...args);
  expect(ended.stderr + (ended.code === 0 ? "" : ended.stdout)).not.toContain("✗");
  expect(ended.code).toBe(0);
  return ended.stdout;
}

const versions = (fleet: TestFleet, cluster: string, at?: string) =>
  at === undefined
    ? readFileSync(join(fleet.root, `clusters/${cluster}/versions.yaml`), "utf8")
    : `${fleet.git("show", `${at}:clusters/${cluster}/versions.yaml`)}\n`;

describe("a version on its way", () => {
  let fleet: TestFleet;
  beforeAll(async () => {
    fleet = await stagedFleet();
    await changePlatform(fleet, 2000);
  });

  it("is released with notes of what happens to which cluster, object by object", async () => {
    const dry = await works(fleet, "release", "create", "1.1.0", "--dry-run");
    expect(dry).toContain("staging takes it: its platform follows 1.x, and has 1.0.0");
    expect(fleet.git("tag")).toBe("1.0.0");
    await works(fleet, "release", "create", "1.1.0");
    expect(fleet.git("cat-file", "-t", "1.1.0")).toBe("tag");
    const notes = fleet.git("tag", "-l", "--format=%(contents)", "1.1.0");
    expect(notes).toContain("production: platform at promotion, when its tag moves on from 1.0.0");
    expect(notes).toMatch(/PriorityClass platform-configs-priority|PriorityClass/);
    expect(notes).toContain("2000");
    expect(notes).toContain("development, staging");
  });

  it("does not reach production before it ran on staging, and is told when it may", async () => {
    await refused(
      fleet,
      ["promote", "--to", "production", "--version", "1.1.0"],
      "nobody has seen 1.1.0 run, Ready, on staging",
      "sluice attest staging",
      "--override REASON",
    );
    await attested(fleet, "staging", "1.1.0", { hours: 1 });
    await refused(
      fleet,
      ["promote", "--to", "production"],
      "1.1.0 ran on staging, Ready, for 1 h",
      "staging asks for 1 d",
      "wait until",
    );
    await attested(fleet, "staging", "1.1.0", {
      state: "not ready",
      reason: "HelmRelease flux-system/kyverno: timeout",
    });
    await refused(
      fleet,
      ["promote", "--to", "production"],
      "1.1.0 is not Ready on staging: HelmRelease flux-system/kyverno: timeout",
      "sluice rollback staging platform",
    );
    const shown = await works(fleet, "promotions", "platform", "--no-live");
    expect(shown).toContain("production waits for 1.1.0: 1.1.0 is not Ready on staging");
    expect(shown).toMatch(/staging +staging +soak 1 d +semver 1\.x +1\.1\.0 +not ready/);
  });

  it("is promoted once it ran for as long as the fleet asks: one commit on a branch, comments kept", async () => {
    await attested(fleet, "staging", "1.1.0", { hours: 30 });
    const dry = await works(fleet, "promote", "--to", "production", "--dry-run");
    expect(dry).toContain("it would commit 2 files on promote/platform-1.1.0-to-production");
    const before = fleet.state();
    const text = await works(fleet, "promote", "--to", "production");
    expect(text).toContain("staging ran 1.1.0, Ready, from");
    expect(text).toContain("! protected: production");
    const branch = "promote/platform-1.1.0-to-production";
    expect(versions(fleet, "production", branch)).toBe(
      versions(fleet, "production").replace("tag: 1.0.0", "tag: 1.1.0"),
    );
    expect(fleet.git("show", "--stat", "--format=%B", branch)).toContain(
      "Sluice-Moves: platform on production to 1.1.0",
    );
    expect(fleet.git("diff", "--name-only", "main", branch).split("\n")).toEqual([
      "clusters/production/versions.yaml",
      "manifests/clusters/production/platform.yaml",
    ]);
    // Nothing else has changed: not the working tree, not the index, not main.
    fleet.git("branch", "--move", branch, "kept");
    expect(fleet.state().replace(/^.*refs\/heads\/kept\n/m, "")).toBe(before);
    fleet.git("branch", "--move", "kept", branch);
  });

  it("is not promoted twice at once", async () => {
    await refused(
      fleet,
      ["promote", "--to", "production"],
      "the branch 'promote/platform-1.1.0-to-production' exists",
    );
    await refused(
      fleet,
      ["promote", "--to", "production", "--branch", "other"],
      "moves platform on production to 1.1.0, and is not merged",
    );
    fleet.git("merge", "--quiet", "--ff-only", "promote/platform-1.1.0-to-production");
    expect(await works(fleet, "promote", "--to", "production")).toContain(
      "production has platform 1.1.0 already",
    );
  });

  it("goes back, as it was, and says what newer definitions make of the cluster's own folder", async () => {
    edit(fleet, "clusters/production/cluster.ts", (text) => text.replace("green", "red"));
    await settle(fleet, "a red app");
    const text = await works(fleet, "rollback", "production");
    expect(text).toContain("production goes back from platform 1.1.0 to 1.0.0");
    expect(text).toMatch(/all \d+ objects of the platform are what they were/);
    expect(text).toContain('data.color: "green" → "red"');
    const branch = "rollback/platform-1.0.0-on-production";
    expect(versions(fleet, "production", branch)).toBe(
      versions(fleet, "production").replace("tag: 1.1.0", "tag: 1.0.0"),
    );
    fleet.git("merge", "--quiet", "--ff-only", branch);
    await refused(
      fleet,
      ["rollback", "production"],
      "the history has no version of platform on production before 1.0.0",
    );
  });

  it("goes back on a range by a pin", async () => {
    const text = await works(fleet, "rollback", "staging");
    expect(text).toContain(
      "staging goes back from platform 1.1.0 to 1.0.0, and does not follow 1.x any more",
    );
    // What the range gave before 1.1.0 was there, not what it gives at that commit by now.
    expect(text).toMatch(/all \d+ objects of the platform are what they were/);
    expect(versions(fleet, "staging", "rollback/platform-1.0.0-on-staging")).toContain(
      "  tag: 1.0.0 # releases\n",
    );
  });

  it("goes on in spite of what is open with a reason that is recorded", async () => {
    fleet.git("branch", "-D", "rollback/platform-1.0.0-on-staging");
    await changePlatform(fleet, 3000);
    await works(fleet, "release", "create", "2.0.0");
    expect(fleet.git("tag", "-l", "--format=%(contents)", "2.0.0")).toContain(
      "No cluster takes it by a range.",
    );
    await refused(
      fleet,
      ["promote", "--to", "production", "--version", "2.0.0"],
      "no cluster of the stage before, staging, runs 2.0.0",
      "sluice promote platform --to staging --version 2.0.0",
    );
    await refused(
      fleet,
      ["promote", "--to", "production", "--version", "2.0.0", "--override", " "],
      "--override: says no reason",
    );
    await works(fleet, "promote", "--to", "production", "--version", "2.0.0", "--override", "incident 12");
    const message = fleet.git("show", "--no-patch", "--format=%B", "promote/platform-2.0.0-to-production");
    expect(message).toContain("In spite of: no cluster of the stage before, staging, runs 2.0.0");
    expect(message).toContain("Sluice-Override: incident 12");
    await works(fleet, "promote", "--to", "staging", "--version", "2.0.0", "--override", "for the model");
    expect(versions(fleet, "staging", "promote/platform-2.0.0-to-staging")).toContain(
      "  semver: 2.x # releases\n",
    );
  });

  it("is refused where it cannot be: every case by its name, and nothing changes", async () => {
    await refused(
      fleet,
      ["promote", "--to", "development", "--version", "1.1.0"],
      "development follows the branch main",
      "platform: { tag: 1.1.0 }",
    );
    await refused(
      fleet,
      ["promote", "--to", "production", "--version", "0.9.0"],
      "there is no release 0.9.0, and there will be none, as 2.0.0 is newer",
    );
    await refused(
      fleet,
      ["promote", "--to", "production", "--version", "3.0.0"],
      "sluice release create 3.0.0",
    );
    await refused(fleet, ["promote", "--to", "production", "--version", "1.x"], "'1.x' is no version");
    await refused(fleet, ["promote", "--to", "produktion"], "did you mean 'production'?");
    await refused(fleet, ["promote", "platfrom", "--to", "production"], "did you mean 'platform'?");
    await refused(fleet, ["rollback", "development"], "it goes back when the branch does", "git revert");
    await refused(fleet, ["rollback", "production", "kubernetes"], "a control plane never goes back");
    fleet.git("checkout", "--quiet", "-b", "lower", "promote/platform-2.0.0-to-production");
    await refused(
      fleet,
      ["promote", "--to", "production", "--version", "1.1.0"],
      "1.1.0 is lower than 2.0.0, which production runs",
    );
    fleet.git("checkout", "--quiet", "main");
    fleet.write({ "notes.txt": "x" });
    await refused(fleet, ["promote", "--to", "production"], "uncommitted changes are in the way: notes.txt");
    await refused(fleet, ["release", "create", "2.1.0"], "uncommitted changes are in the way: notes.txt");
    fleet.write({ "notes.txt": undefined });
    edit(fleet, "clusters/production/cluster.ts", (text) => text.replace("red", "blue"));
    fleet.commit("not synthesised");
    for (const args of [
      ["promote", "--to", "production"],
      ["rollback", "staging"],
      ["release", "create", "2.1.0"],
    ])
      await refused(fleet, args, "the committed manifests are not what the definitions give", "sluice synth");
    fleet.git("reset", "--quiet", "--hard", "HEAD^");
    await refused(fleet, ["release", "create", "2.0.0"], "the tag exists", "make the next version");
    await refused(
      fleet,
      ["release", "create", "1.9.0"],
      "1.9.0: is not higher than 2.0.0, the newest release",
    );
    await refused(fleet, ["release", "create", "v2"], "'v2' is no version");
  });
});

describe("an app and Kubernetes on their way", () => {
  let fleet: TestFleet;
  beforeAll(async () => {
    fleet = await stagedFleet();
  });

  it("an app is promoted as the stage before runs it, and goes back", async () => {
    edit(fleet, "clusters/staging/versions.yaml", (text) => text.replace("image: 1.0.0", "image: 1.2.0"));
    await settle(fleet, "web 1.2.0 on staging");
    await refused(
      fleet,
      ["promote", "web", "--to", "production"],
      "nobody has seen image 1.2.0 run, Ready, on staging",
    );
    await attested(fleet, "staging", "image 1.2.0", { what: "web" });
    await works(fleet, "promote", "web", "--to", "production", "--version", "1.2.0");
    const branch = "promote/web-image-1.2.0-to-production";
    expect(versions(fleet, "production", branch)).toContain("image: 1.2.0");
    fleet.git("merge", "--quiet", "--ff-only", branch);
    await works(fleet, "rollback", "production", "web");
    expect(versions(fleet, "production", "rollback/web-image-1.0.0-on-production")).toContain("image: 1.0.0");
  });

  it("a rollback says when definitions that were removed make it impossible", async () => {
    edit(fleet, "clusters/production/versions.yaml", (text) => text.replace(/apps:\n[\s\S]*/, ""));
    edit(fleet, "clusters/production/cluster.ts", (text) => text.replace(/, apps: .*\)\);/, " }));"));
    // What a release asked for is not given any more.
    edit(fleet, "clusters/fleet.ts", (text) => text.replace("domain: text({ unique: true }), ", ""));
    edit(fleet, "clusters/fleet.ts", (text) => text.replace("domain: this.variables.domain, ", ""));
    for (const cluster of ["development", "staging", "production"])
      edit(fleet, `clusters/${cluster}/cluster.ts`, (text) =>
        text.replace("domain: `${name}.example.com`", ""),
      );
    edit(fleet, "clusters/production/versions.yaml", (text) => text.replace("tag: 1.0.0", "tag: 2.0.0"));
    edit(fleet, "clusters/staging/versions.yaml", (text) => text.replace("semver: 1.x", "branch: main"));
    await settle(fleet, "no domain any more");
    fleet.git("tag", "2.0.0");
    await refused(
      fleet,
      ["rollback", "production"],
      "platform 1.0.0 does not work with what production's definitions are by now",
      "variable 'domain' has no default there and is not given",
      "git log -p -- clusters",
    );
  });

  it("Kubernetes moves one minor at a time, once the machines are there", async () => {
    const own = await stagedFleet();
    await attested(own, "staging", "1.35", { what: "kubernetes" });
    await attested(own, "production", "1.34", { what: "kubernetes" });
    await refused(
      own,
      ["promote", "kubernetes", "--to", "production", "--version", "1.36"],
      "Kubernetes moves one minor version at a time",
    );
    await refused(
      own,
      ["promote", "kubernetes", "--to", "production"],
      "production is not through with 1.34: its control plane runs 1.35",
    );
    await refused(
      own,
      ["promote", "kubernetes", "--to", "production", "--version", "1.33"],
      "a control plane never goes back",
    );
  });
});

describe("definitions that are carried over", () => {
  it("merge what changed on the one into the other, keeping what is its own", async () => {
    const fleet = await stagedFleet();
    for (const cluster of ["staging", "production"])
      edit(fleet, `clusters/${cluster}/cluster.ts`, (text) =>
        text.replace(/(provider|platform|apps):/g, "\n\n$1:"),
      );
    await settle(fleet, "one thing a line");
    edit(fleet, "clusters/staging/cluster.ts", (text) =>
      text.replace("example.com`", 'example.com`, log_level: "debug"'),
    );
    await settle(fleet, "more logs on staging");
    await works(fleet, "promote", "config", "--from", "staging", "--to", "production");
    const branch = "promote/config-staging-to-production";
    const merged = fleet.git("show", `${branch}:clusters/production/cluster.ts`);
    expect(merged).toContain('eks({ region: "eu-west-2" })');
    expect(merged).toContain("type: production");
    expect(merged).toContain('log_level: "debug"');
    expect(fleet.git("show", `${branch}:manifests/clusters/production/platform.yaml`)).toContain(
      "log_level: debug",
    );
    expect(versions(fleet, "production", branch)).toBe(versions(fleet, "production"));
  });

  it("says what contradicts, and changes nothing", async () => {
    const fleet = await stagedFleet();
    const colour = (cluster: string, from: RegExp, to: string) => {
      edit(fleet, `clusters/${cluster}/cluster.ts`, (text) => text.replace(from, to));
    };
    colour("staging", /new Web\(apps, "web"\)/, 'new Web(apps, "web", { color: "black" })');
    await settle(fleet, "staging is black");
    await refused(
      fleet,
      ["promote", "config", "--from", "staging", "--to", "production"],
      "conflict (content) between staging and production",
      "<<<<<<< production",
      "--since",
    );
    await refused(fleet, ["promote", "config", "--to", "production"], "--from: is missing");
    await refused(
      fleet,
      ["promote", "config", "--from", "staging", "--to", "staging"],
      "is what it is carried over from",
    );
  });
});

describe("with an origin", () => {
  let fleet: TestFleet, other: TestFleet;
  beforeAll(async () => {
    fleet = await stagedFleet();
    const origin = temporaryFolder();
    fleet.git("init", "--quiet", "--bare", "--initial-branch=main", origin);
    fleet.git("remote", "add", "origin", origin);
    fleet.git("push", "--quiet", "origin", "main", "1.0.0");
    other = new TestFleet(temporaryFolder());
    fleet.git("clone", "--quiet", origin, other.root);
    for (const [key, value] of [
      ["user.name", "Other"],
      ["user.email", "other@example.com"],
      ["commit.gpgSign", "false"],
    ] as const)
      other.git("config", key, value);
  });

  it("attestations of two people go together, and are seen by a third", async () => {
    await Promise.all([
      attested(fleet, "staging", "1.0.0", { push: true }),
      attested(other, "development", "1.0.0", { push: true }),
    ]);
    fleet.git("fetch", "--quiet", "origin");
    const { evidence } = await readAttestations(new Git(fleet.root));
    expect(evidence.map(({ cluster }) => cluster).sort()).toEqual(["development", "staging"]);
  });

  it("does not take attestations whose history was rewritten", async () => {
    const branch = "sluice/attestations";
    other.git("fetch", "--quiet", "origin");
    const empty = other.git(
      "commit-tree",
      "-m",
      "nothing was attested",
      other.git("hash-object", "-t", "tree", "-w", "/dev/null"),
    );
    const before = other.git("rev-parse", `refs/remotes/origin/${branch}`);
    other.git("push", "--quiet", "--force", "origin", `${empty}:refs/heads/${branch}`);
    await refused(
      fleet,
      ["promote", "--to", "production", "--version", "1.0.0"],
      `the history of ${branch} was rewritten there`,
    );
    other.git("push", "--quiet", "--force", "origin", `${before}:refs/heads/${branch}`);
  });

  it("a release that somebody else made, or a tag that was moved, is told", async () => {
    await changePlatform(other, 5000);
    other.git("push", "--quiet", "origin", "main");
    other.git("fetch", "--quiet", "origin");
    await works(other, "release", "create", "1.1.0");
    other.git("push", "--quiet", "origin", "1.1.0");
    await refused(
      fleet,
      ["release", "create", "1.1.0"],
      "the tag exists at the origin: somebody else made this release",
    );
    fleet.git("fetch", "--quiet", "--no-tags", "origin");
    await refused(fleet, ["release", "create", "1.2.0"], "origin/main has 1 commits that HEAD does not have");
    fleet.git("pull", "--quiet", "--rebase", "origin", "main");
    fleet.git("fetch", "--quiet", "origin", "tag", "1.1.0");
    other.git("tag", "--force", "1.0.0", "HEAD");
    other.git("push", "--quiet", "--force", "origin", "1.0.0");
    await refused(
      fleet,
      ["release", "create", "1.2.0"],
      "1.0.0: the tag is another one at the origin: it was moved",
    );
    await refused(
      fleet,
      ["promote", "--to", "production", "--version", "1.1.0"],
      "the tag 1.0.0 is another one there: its history was rewritten",
    );
  });

  it("what is not merged is not released", async () => {
    other.git("checkout", "--quiet", "-b", "feature");
    await changePlatform(other, 6000);
    await refused(other, ["release", "create", "1.2.0"], "HEAD is not merged into origin/main");
  });
});

describe("a tag that is pinned with its digest", () => {
  it("has both in versions.yaml and in the source, and is told of when the tag moves", async () => {
    const fleet = await stagedFleet(
      {},
      '{ stages: [{ type: "development" }, { type: "staging" }, { type: "production" }], pin: "digest" }',
    );
    await changePlatform(fleet, 7000);
    await works(fleet, "release", "create", "1.1.0");
    await attested(fleet, "staging", "1.1.0");
    await works(fleet, "promote", "--to", "production");
    fleet.git("merge", "--quiet", "--ff-only", "promote/platform-1.1.0-to-production");
    const { digest } = JSON.parse(
      await works(fleet, "artifact", "push", "--tag", "1.1.0", "--dry-run", "--json"),
    ) as { digest: string };
    expect(versions(fleet, "production")).toContain(`  tag: 1.1.0\n  digest: ${digest}\n`);
    expect(readFileSync(join(fleet.root, "manifests/clusters/production/platform.yaml"), "utf8")).toContain(
      `digest: ${digest}`,
    );
    expect((await fleet.sluice("promotions", "platform", "--no-live")).stderr).toBe("");
    fleet.git("tag", "--force", "--annotate", "--message", "moved", "1.1.0", "1.0.0^{commit}");
    expect((await fleet.sluice("promotions", "platform", "--no-live")).stderr).toContain(
      `production has the platform's 1.1.0 by the digest ${digest}`,
    );
  });
});
