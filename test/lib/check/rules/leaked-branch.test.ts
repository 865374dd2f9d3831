import { describe, expect, it } from "vitest";
import type { Cluster } from "../../../../lib/fleet/cluster.ts";
import { leakedBranch } from "../../../../lib/check/rules/leaked-branch.ts";
import { clustersOf, findingsOf, object, ruleCases } from "./rule-cases.ts";

const repository = (name: string, ref: string, url = "https://git.example.com/fleet.git") =>
  object(
    "source.toolkit.fluxcd.io/v1",
    "GitRepository",
    name,
    `spec: { url: "${url}", ref: ${ref} }`,
    "flux-system",
  );
const sync = (branch: string) => repository("flux-system", `{ branch: ${branch} }`);

ruleCases(leakedBranch, {
  compliant: {
    "a source that follows the branch of the sync": sync("main") + repository("platform", "{ branch: main }"),
    "a tag": sync("main") + repository("platform", "{ tag: 1.0.0 }"),
    "another repository's branch":
      sync("main") + repository("other", "{ branch: work }", "https://git.example.com/other.git"),
  },
  broken: {
    "a branch that someone works on": [
      sync("main") + repository("platform", "{ branch: NOM-1-keda }"),
      "GitRepository flux-system/platform follows branch 'NOM-1-keda', while the cluster is synced from 'main'",
    ],
    "one named by its full name, by ssh": [
      sync("main") + repository("platform", "{ name: refs/heads/work }", "ssh://git@git.example.com/fleet"),
      "follows branch 'work'",
    ],
  },
});

describe("with definitions", () => {
  const knowledge = (sandbox?: { branch: string; owner?: string }) => ({
    definition: {
      fleet: { repository: { url: "https://git.example.com/fleet.git" } },
      versions: { kubernetes: "1.35" },
      sandbox,
    } as unknown as Cluster,
  });

  it("a cluster that is no sandbox is synced from main", () => {
    expect(findingsOf(leakedBranch, sync("work"), knowledge())).toEqual([
      "test: GitRepository flux-system/flux-system: is synced from branch 'work', though it is no sandbox",
    ]);
    expect(findingsOf(leakedBranch, sync("main"), knowledge())).toEqual([]);
  });

  it("a sandbox is synced from its own", () => {
    expect(findingsOf(leakedBranch, sync("work"), knowledge({ branch: "work" }))).toEqual([]);
  });

  it("it is told whose branch it is, where its sandbox is still there", () => {
    const clusters = ["development", "sandbox-a"].flatMap((name) =>
      clustersOf(
        { [`clusters/${name}/all.yaml`]: sync("work") },
        knowledge(name === "sandbox-a" ? { branch: "work", owner: "ann@example.com" } : undefined),
      ),
    );
    expect(leakedBranch.check({ clusters }).map(({ cluster, message }) => `${cluster} ${message}`)).toEqual([
      "development is synced from branch 'work' of sandbox sandbox-a (owner ann@example.com), though it is no sandbox",
    ]);
  });
});
