import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { rules } from "../../lib/check/rules/index.ts";
import { checkRepository } from "../../lib/check/run.ts";
import { Git } from "../../lib/git/git.ts";
import { TestFleet, temporaryFolder } from "../support/fleet.ts";
import { brokenFleets } from "./broken-fleets.ts";
import { clusterPaths, repository } from "./repository.ts";

let fleet: TestFleet;
let present = new Map<string, string>();

/** Makes the working tree of the one repository hold these files. */
function hold(files: ReadonlyMap<string, string>): void {
  for (const path of present.keys()) if (!files.has(path)) rmSync(join(fleet.root, path));
  for (const [path, text] of files)
    if (present.get(path) !== text) {
      mkdirSync(dirname(join(fleet.root, path)), { recursive: true });
      writeFileSync(join(fleet.root, path), text);
    }
  present = new Map(files);
}

const check = () =>
  checkRepository(new Git(fleet.root), { paths: clusterPaths, kubernetes: "1.35", today: "2026-06-15" });

beforeAll(() => {
  fleet = new TestFleet(temporaryFolder());
  fleet.git("init", "--quiet", "--initial-branch=main");
  fleet.git("config", "user.name", "Test");
  fleet.git("config", "user.email", "test@example.com");
  hold(repository());
  fleet.commit("fleet");
});

describe("a repository that Sluice did not make", () => {
  it("has nothing wrong, and what is not known is named", async () => {
    hold(repository());
    const { problems, clusters, objects, unchecked } = await check();
    expect(problems).toEqual([]);
    expect(clusters).toEqual(["staging", "production"]);
    expect(objects).toBeGreaterThan(40);
    expect(unchecked.map(({ message }) => message)).toEqual([
      "the fields of cert-manager.io/v1 Certificate, cert-manager.io/v1 ClusterIssuer: their definitions are not known",
    ]);
  });
});

describe("each broken fleet gives its one fault and nothing else", () => {
  it("there are at least fifty, of every rule that needs no cluster", () => {
    expect(brokenFleets.length).toBeGreaterThanOrEqual(50);
    const told = new Set(brokenFleets.map(([, { rule }]) => rule));
    expect(rules.map(({ name }) => name).filter((name) => !told.has(name))).toEqual(["live"]);
  });

  it.each(brokenFleets)("%s", async (_, { files, rule, object, message, file, clusters }) => {
    hold(files);
    const { problems } = await check();
    expect(
      problems.map((problem) => [problem.rule, problem.object, problem.clusters, problem.places[0].file]),
    ).toEqual([[rule, object, clusters ?? ["staging", "production"], file]]);
    expect(problems[0]!.message).toContain(message);
    expect(problems[0]!.places[0].line).toBeGreaterThan(0);
  });
});
