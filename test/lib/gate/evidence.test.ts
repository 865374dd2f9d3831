import { beforeAll, describe, expect, it, vi } from "vitest";
import type { TestFleet } from "../../support/fleet.ts";
import { attested, changePlatform, edit, settle, stagedFleet } from "../../support/staged-fleet.ts";

// Each step is a command of its own, which loads the fleet.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

interface Verdict {
  readonly standing: string;
  readonly problems: { message: string; remedy: string }[];
  readonly request?: { summary: string };
}

const file = "clusters/production/versions.yaml";

// Production tracks 1.0.0, staging the range 1.x, which takes 1.1.0.
describe("a version in a hand-edited versions.yaml", () => {
  let fleet: TestFleet;
  let branches = 0;

  beforeAll(async () => {
    fleet = await stagedFleet();
    edit(fleet, "clusters/fleet.ts", (text) =>
      text.replace(
        "platform: Platform,",
        'platform: Platform, changeRequests: { kind: "http", url: "http://127.0.0.1:1" },',
      ),
    );
    await settle(fleet, "approvals");
    await changePlatform(fleet, 2000);
    expect((await fleet.sluice("release", "create", "1.1.0")).code).toBe(0);
  });

  /** What the gate says of a change of production's versions on a branch of its own; nobody is asked. */
  async function gate(change: (text: string) => string, message = "by hand", path = file): Promise<Verdict> {
    fleet.git("switch", "--quiet", "--create", `change-${branches++}`, "main");
    edit(fleet, path, change);
    await settle(fleet, message);
    const { stdout, stderr } = await fleet.sluice(
      "gate",
      "--base",
      "main",
      "--no-registry",
      "--dry-run",
      "--json",
    );
    fleet.git("switch", "--quiet", "main");
    if (!stdout.startsWith("{")) throw new Error(stderr);
    return JSON.parse(stdout) as Verdict;
  }
  const to = (platform: string) => (text: string) =>
    text.replace(/platform:\n {2}tag: 1\.\d\.0/, `platform: ${platform}`);
  const problemsOf = async (...args: Parameters<typeof gate>) => {
    const { standing, problems } = await gate(...args);
    expect(standing).toBe("unproven");
    return problems.map(({ message }) => message);
  };

  it("needs what a promotion needs, and is told how to get it", async () => {
    const { standing, problems } = await gate(to("{ tag: 1.1.0 }"));
    expect(standing).toBe("unproven");
    expect(problems).toEqual([
      {
        where: "manifests/clusters/production/platform.yaml",
        message: "no evidence for platform 1.1.0 on production: nobody has seen 1.1.0 run, Ready, on staging",
        remedy: expect.stringMatching(/sluice attest staging; or promote .*--override REASON/) as string,
      },
    ]);
  });

  it("of Kubernetes or an app needs it, too", async () => {
    expect(await problemsOf((text) => text.replace("1.34", "1.35"))).toEqual([
      expect.stringMatching(/^no evidence for kubernetes 1\.35 on production: /),
    ]);
    expect(await problemsOf((text) => text.replace("image: 1.0.0", "image: 1.2.0"))).toEqual([
      "no evidence for web image 1.2.0 on production: no cluster of the stage before, staging, runs image 1.2.0",
    ]);
  });

  it("that is no release has none: a range, a branch, a digest of something else", async () => {
    const digest = `sha256:${"0".repeat(64)}`;
    expect(await problemsOf(to("{ semver: 1.x }"))).toEqual([
      "no evidence for platform on production: the range 1.x takes what is released later before it ran anywhere",
    ]);
    expect(await problemsOf(to("{ branch: main }"))).toEqual([
      "no evidence for platform on production: it would follow the branch main, where nothing runs before",
    ]);
    expect(await problemsOf(to(`{ tag: 1.0.0, digest: "${digest}" }`))).toEqual([
      `no evidence for platform on production: the digest ${digest} is not the release 1.0.0's`,
    ]);
    expect(await problemsOf(to(`{ digest: "${digest}" }`))).toEqual([
      `no evidence for platform on production: the digest ${digest} is of no release that this clone has`,
    ]);
  });

  it("goes on without it for a reason that the commit records, which who approves sees", async () => {
    const moves = "Sluice-Moves: platform on production to 1.1.0";
    const recorded = await gate(to("{ tag: 1.1.0 }"), `urgent\n\n${moves}\nSluice-Override: incident\n  7\n`);
    expect(recorded.standing).toBe("would-ask");
    expect(recorded.request!.summary).toContain(
      "without evidence, for a reason that is recorded: platform on production to 1.1.0: incident 7",
    );
    // The reason is for one version, and a trailer without one is none.
    expect(
      await problemsOf(to("{ tag: 1.1.0 }"), `x\n\n${moves.replace("1.1.0", "1.0.5")}\nSluice-Override: a\n`),
    ).toHaveLength(1);
    expect(await problemsOf(to("{ tag: 1.1.0 }"), `x\n\n${moves}\n`)).toHaveLength(1);
  });

  it("goes on for no reason without what nobody may go on without, such as a release", async () => {
    const message = "x\n\nSluice-Moves: platform on production to 9.9.9\nSluice-Override: because\n";
    const { standing, problems } = await gate(to("{ tag: 9.9.9 }"), message);
    expect(standing).toBe("unproven");
    expect(problems.map((each) => each.message)).toEqual([
      "no evidence for platform 9.9.9 on production: there is no release 9.9.9",
    ]);
    expect(problems[0]!.remedy).not.toContain("--override");
  });

  it("needs it on a cluster that the change itself makes a protected one, whatever is checked out", async () => {
    const track = (from: string, to: string) =>
      edit(fleet, "clusters/staging/versions.yaml", (text) => text.replace(from, to));
    fleet.git("switch", "--quiet", "--create", "pinned", "main");
    track("semver: 1.x", "tag: 1.0.0");
    await settle(fleet, "pin staging");
    fleet.git("switch", "--quiet", "--create", "raise");
    edit(fleet, "clusters/staging/cluster.ts", (text) => text.replace("type: staging", "type: production"));
    track("tag: 1.0.0", "tag: 1.1.0");
    await settle(fleet, "raise staging");
    fleet.git("switch", "--quiet", "pinned");
    const { stdout, stderr } = await fleet.sluice(
      ...["gate", "--base", "pinned", "--head", "raise", "--no-registry", "--dry-run", "--json"],
    );
    fleet.git("switch", "--quiet", "main");
    expect(stdout, stderr).toMatch(/^\{/);
    const { standing, problems } = JSON.parse(stdout) as Verdict;
    expect(standing).toBe("unproven");
    expect(problems.map((each) => each.message)).toContain(
      "no evidence for platform 1.1.0 on staging: no cluster of the stage before, staging, has platform",
    );
  });

  it("of an app that is new needs it, too", async () => {
    const { standing, problems } = await gate((text) => {
      edit(fleet, "clusters/production/cluster.ts", (definition) =>
        definition.replace('new Web(apps, "web"', 'new Web(apps, "shop"); new Web(apps, "web"'),
      );
      return `${text.trimEnd()}\n  shop:\n    image: 3.0.0\n`;
    });
    expect(standing).toBe("unproven");
    expect(problems).toEqual([
      {
        where: file,
        message:
          "no evidence for shop image 3.0.0 on production: no cluster of the stage before, staging, has shop",
        remedy:
          "let it run there first; or say why not with two trailers of the commit: Sluice-Moves: shop on production to image 3.0.0, and Sluice-Override: REASON",
      },
    ]);
  });

  it("is not asked about where the manifests are broken: that is said", async () => {
    fleet.git("switch", "--quiet", "--create", "broken", "main");
    edit(fleet, "manifests/clusters/production/platform.yaml", (text) => `${text}---\na: b: c\n`);
    fleet.commit("broken");
    const { code, stdout, stderr } = await fleet.sluice(
      "gate",
      "--base",
      "main",
      "--no-registry",
      "--dry-run",
    );
    fleet.git("switch", "--quiet", "main");
    expect(code).toBe(1);
    expect(`${stdout}${stderr}`).toContain("broken YAML");
  });

  it("is not asked about where the cluster is not protected", async () => {
    const { standing } = await gate(
      (text) => text.replace("semver: 1.x", "tag: 1.1.0"),
      "staging",
      "clusters/staging/versions.yaml",
    );
    expect(standing).toBe("open");
  });

  it("is let to the approval once it ran on the stage before, and may go back without", async () => {
    await attested(fleet, "staging", "1.1.0", { hours: 30 });
    const { standing } = await gate(to("{ tag: 1.1.0 }"), "proven");
    expect(standing).toBe("would-ask");
    fleet.git("merge", "--quiet", "--ff-only", `change-${branches - 1}`);
    expect((await gate((text) => text.replace("tag: 1.1.0", "tag: 1.0.0"), "back")).standing).toBe(
      "would-ask",
    );
    expect(await problemsOf((text) => text.replace("tag: 1.1.0", "tag: 0.9.0"), "no such")).toEqual([
      expect.stringContaining("no evidence for platform 0.9.0 on production: there is no release 0.9.0"),
    ]);
  });
});
