import { execFileSync } from "node:child_process";
import { join } from "node:path";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { Git } from "../../../lib/git/git.ts";
import { createSandbox } from "../../../lib/sandbox/create.ts";
import { deleteSandbox } from "../../../lib/sandbox/delete.ts";
import { renderer } from "../../../lib/sandbox/render.ts";
import { returnSandbox } from "../../../lib/sandbox/return.ts";
import { runToEnd } from "../../../lib/sandbox/steps.ts";
import { syncSandbox } from "../../../lib/sandbox/sync.ts";
import { clusterFile, temporaryFolder, testFleet, TestFleet } from "../../support/fleet.ts";
import { synthesiseHere } from "../../support/sandbox-life.ts";

/*
 * The laws of test/lib/sandbox/laws.test.ts through real git, real definitions and the real synthesis: 25 runs, each
 * of which holds all five laws against a fleet and edits of its own.
 */

const apps = ["one", "two", "three", "four"] as const;

/** What a cluster runs: a colour in cluster.ts and an image in versions.yaml for each app. */
type Wanted = Readonly<Record<(typeof apps)[number], { color: string; image: string }>>;

const wanted: fc.Arbitrary<Wanted> = fc.record(
  Object.fromEntries(
    apps.map((app) => [
      app,
      fc.record({
        color: fc.constantFrom("red", "green", "blue"),
        image: fc.constantFrom("1.0.0", "1.1.0", "2.0.0"),
      }),
    ]),
  ),
);

const edit = fc.record({
  app: fc.constantFrom(...apps),
  field: fc.constantFrom("color" as const, "image" as const),
  number: fc.integer({ min: 3, max: 9 }),
});
const edits = fc.array(edit, { minLength: 1, maxLength: 2 });
type Edit = typeof edit extends fc.Arbitrary<infer E> ? E : never;

const edited = (before: Wanted, all: readonly Edit[]): Wanted =>
  all.reduce(
    (now, { app, field, number }) => ({
      ...now,
      [app]: { ...now[app], [field]: field === "color" ? `shade-${number}` : `${number}.0.0` },
    }),
    before,
  );

/** The describing files, each app some lines apart from the next, as people write them. */
const describing = (folder: string, state: Wanted) => ({
  [`clusters/${folder}/cluster.ts`]: clusterFile(
    `{ type: development, provider: kind(), platform: { variables: { domain: \`\${name}.example.com\` } }, apps: (apps) => {\n${apps
      .map((app) => `  // ${app}\n  //\n  new Web(apps, "${app}", { color: "${state[app].color}" });\n  //\n`)
      .join("")}} }`,
  ),
  [`clusters/${folder}/versions.yaml`]: `kubernetes: "1.35"\napps:\n${apps
    .map((app) => `  # ${app}\n  #\n  ${app}:\n    image: ${state[app].image}\n  #\n`)
    .join("")}`,
});

let template: TestFleet;
beforeAll(async () => {
  template = await testFleet();
}, 60_000);

function copy(of: TestFleet): TestFleet {
  const folder = join(temporaryFolder(), "fleet");
  execFileSync("cp", ["-a", of.root, folder]);
  return new TestFleet(folder);
}

async function commit(fleet: TestFleet, files: Readonly<Record<string, string>>): Promise<void> {
  fleet.write(files);
  await synthesiseHere(fleet.root);
  if (fleet.git("status", "--porcelain") !== "") fleet.commit();
}

const now = new Date("2026-11-21T09:00:00Z");
const create = (fleet: TestFleet, name: string) =>
  runToEnd(
    createSandbox(
      new Git(fleet.root),
      { name, from: "development", branch: `b-${name}`, purpose: "platform", expires: "3d" },
      now,
    ),
  );
const renderOf = (fleet: TestFleet) => renderer(new Git(fleet.root), synthesiseHere);
const giveBack = (fleet: TestFleet, name: string) =>
  runToEnd(returnSandbox(new Git(fleet.root), { name }, renderOf(fleet)));
const sync = (fleet: TestFleet, name: string) =>
  runToEnd(syncSandbox(new Git(fleet.root), name, renderOf(fleet)));
const treeOf = (fleet: TestFleet, path: string, at = "HEAD") => fleet.git("rev-parse", `${at}:${path}`);

/** Returns each sandbox on its branch, after a sync, and merges that into main, one after the other. */
async function merged(fleet: TestFleet, names: readonly string[]): Promise<string> {
  for (const name of names) {
    fleet.git("switch", "--quiet", `b-${name}`);
    await sync(fleet, name);
    await giveBack(fleet, name);
    await runToEnd(deleteSandbox(new Git(fleet.root), { name }, undefined));
    fleet.git("switch", "--quiet", "main");
    fleet.git("merge", "--quiet", "--no-edit", `b-${name}`);
  }
  return fleet.git("rev-parse", "HEAD^{tree}");
}

describe("through real git, 25 times", () => {
  it("the laws of a sandbox's life hold", { timeout: 3_600_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(wanted, edits, edits, edits, async (begin, own, theirs, second) => {
        // Independent edits: what two sides change differently is a conflict, which other tests are about.
        const key = ({ app, field }: Edit) => `${app} ${field}`;
        const mine = new Set(own.map(key));
        const others = theirs.filter((each) => !mine.has(key(each)));
        const apart = second.filter(
          (each) => !mine.has(key(each)) && !others.some((other) => key(other) === key(each)),
        );

        const fleet = copy(template);
        await commit(fleet, describing("development", begin));
        const main = fleet.git("rev-parse", "main^{tree}");
        await create(fleet, "a");
        const created = fleet.git("rev-parse", "HEAD");

        // Create then return changes nothing.
        expect((await giveBack(fleet, "a")).files).toEqual([]);
        expect(fleet.git("rev-parse", "HEAD")).toBe(created);
        // Create then delete restores the tree byte for byte.
        const deleted = copy(fleet);
        await runToEnd(deleteSandbox(new Git(deleted.root), { name: "a" }, undefined));
        expect(deleted.git("rev-parse", "HEAD^{tree}")).toBe(main);

        // Create, edit, return, the source having moved meanwhile on the branch.
        const now2 = edited(begin, others);
        await commit(fleet, describing("a", edited(begin, own)));
        const edit = copy(fleet);
        await commit(edit, describing("development", now2));
        const both = describing("development", edited(now2, own));
        await giveBack(edit, "a");
        for (const [path, text] of Object.entries(both))
          expect(edit.git("show", `HEAD:${path}`), path).toBe(text.trimEnd());

        // Sync then return is return, the source having moved on main.
        const synced = copy(fleet);
        synced.git("switch", "--quiet", "main");
        await commit(synced, describing("development", now2));
        synced.git("switch", "--quiet", "b-a");
        await sync(synced, "a");
        await giveBack(synced, "a");
        for (const path of ["clusters/development", "manifests/clusters/development"])
          expect(treeOf(synced, path), path).toBe(treeOf(edit, path));

        // Returns of independent sandboxes commute.
        const two = copy(fleet);
        two.git("switch", "--quiet", "main");
        await create(two, "z");
        await commit(two, describing("z", edited(begin, apart)));
        const reverse = copy(two);
        expect(await merged(two, ["a", "z"])).toBe(await merged(reverse, ["z", "a"]));
        const all = describing("development", edited(edited(begin, own), apart));
        for (const [path, text] of Object.entries(all))
          expect(two.git("show", `HEAD:${path}`), path).toBe(text.trimEnd());
      }),
      { numRuns: 25 },
    );
  });
});
