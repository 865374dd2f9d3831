import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { runToEnd } from "../../../lib/sandbox/steps.ts";
import { run, temporaryFolder, testFleet, TestFleet } from "../../support/fleet.ts";
import { type LifeCommand, lifeCommands, lifeSteps, makeStack } from "../../support/sandbox-life.ts";
import { versionsOf } from "../../support/sandbox-repository.ts";

const killed = new URL("../../support/sandbox-killed.ts", import.meta.url).pathname;

/** A repository before a command, and what its backend has. */
interface Before {
  readonly fleet: TestFleet;
  readonly backend: string;
}

/** What each command begins with: built once, copied for each kill. */
const begins = new Map<LifeCommand, Before>();

beforeAll(async () => {
  const fleet = await testFleet({ "clusters/development/versions.yaml": versionsOf("1.35", "1.0.0") });
  const empty = temporaryFolder();
  begins.set("create", { fleet, backend: empty });
  const cloned = copy({ fleet, backend: empty });
  await runToEnd(await lifeSteps("create", cloned.fleet.root, cloned.backend));
  makeStack(cloned.backend, "sandbox-a");
  cloned.fleet.write({ "clusters/sandbox-a/versions.yaml": versionsOf("1.35", "2.0.0") });
  await cloned.fleet.sluice("synth");
  cloned.fleet.commit("edit");
  for (const command of ["return", "extend", "delete"] as const) begins.set(command, cloned);
  const elsewhere = copy(cloned);
  elsewhere.fleet.git("switch", "--quiet", "main");
  begins.set("reap", elsewhere);
  const moved = copy(elsewhere);
  moved.fleet.write({ "clusters/development/versions.yaml": versionsOf("1.36", "1.0.0") });
  await moved.fleet.sluice("synth");
  moved.fleet.commit("main moves");
  moved.fleet.git("switch", "--quiet", "NOM-1");
  begins.set("sync", moved);
}, 120_000);

function copy({ fleet, backend }: Before): Before {
  const folder = temporaryFolder();
  execFileSync("cp", ["-a", fleet.root, join(folder, "fleet")]);
  execFileSync("cp", ["-a", backend, join(folder, "backend")]);
  return { fleet: new TestFleet(join(folder, "fleet")), backend: join(folder, "backend") };
}

/** All that a command could have changed. Times of commits aside, two runs of a command end alike. */
function stateOf({ fleet, backend }: Before): string {
  const branches = fleet.git("for-each-ref", "--format=%(refname)", "refs/heads");
  const trees = branches
    .split("\n")
    .map(
      (ref) => `${ref} ${fleet.git("rev-parse", `${ref}^{tree}`)} ${fleet.git("rev-list", "--count", ref)}`,
    );
  return [
    ...trees,
    fleet.git("symbolic-ref", "HEAD"),
    fleet.git("status", "--porcelain", "--ignored"),
    existsSync(join(fleet.root, ".git/index.lock")),
    ...readdirSync(backend),
  ].join("\n");
}

describe.each(lifeCommands)("sluice sandbox %s, killed", (command) => {
  it(
    "at any of its steps: the repository is as before or as after, and run again it comes to its end",
    { timeout: 240_000 },
    async () => {
      const begin = begins.get(command)!;
      const straight = copy(begin);
      const steps = await lifeSteps(command, straight.fleet.root, straight.backend);
      await runToEnd(steps);
      const [before, after] = [stateOf(begin), stateOf(straight)];
      expect(after).not.toBe(before);
      const titles = [...steps.plan, ...steps.act].map(({ title }) => title);
      let finished = 0;
      for (let step = 0; step <= titles.length; step++) {
        const at = `before ${titles[step] ?? "the end"}`;
        const one = copy(begin);
        mkdirSync(one.backend, { recursive: true });
        const ended = await run(
          process.execPath,
          [killed, command, one.fleet.root, one.backend, String(step)],
          one.fleet.root,
        );
        expect(ended.code, `${at}: it was killed\n${ended.stderr}`).toBe(-1);
        const git = (text: string) =>
          text.split("\n").filter((line) => !/\.(stack|cluster|flux)$/.test(line));
        const now = stateOf(one);
        expect([git(before), git(after)], at).toContainEqual(git(now));
        if (now === after) {
          finished++;
          continue;
        }
        await runToEnd(await lifeSteps(command, one.fleet.root, one.backend));
        expect(stateOf(one), at).toBe(after);
      }
      expect(finished, "the last kill comes after the end").toBe(1);
    },
  );
});
