import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { thisMachine } from "../../../lib/stack/machine.ts";
import { run, temporaryFolder } from "../../support/fleet.ts";
import { stackFleet } from "../../support/stacks.ts";
import { pulumiEnvironment } from "../pulumi/live-fleets.ts";

const missing = ["pulumi", "pulumi-language-nodejs"].filter((command) => !thisMachine().has(command));
if (missing.length > 0)
  console.log(`skipped: a delete with Pulumi's own engine, as ${missing.join(", ")} is not on PATH`);

describe.skipIf(missing.length > 0)("a delete with Pulumi's own engine", { timeout: 300_000 }, () => {
  it("finds the stack in the backend, empties and forgets it, and leaves git as before the create", async () => {
    // A program of one output: what a stack is made of is other tests' business.
    const fleet = await stackFleet({ "stacks/index.ts": "export const made = true;\n" });
    const main = fleet.git("rev-parse", "main^{tree}");
    const environment = pulumiEnvironment(temporaryFolder());
    const cli = new URL("../../../bin/sluice.js", import.meta.url).pathname;
    const sluice = async <T>(...args: string[]): Promise<T> => {
      const { code, stdout, stderr } = await run(
        process.execPath,
        [cli, "sandbox", ...args, "--json"],
        fleet.root,
        environment,
      );
      expect(code, stdout + stderr).toBe(0);
      return JSON.parse(stdout) as T;
    };
    const pulumi = async (...args: string[]) => {
      const { code, stdout, stderr } = await run("pulumi", args, fleet.root, environment);
      expect(code, stdout + stderr).toBe(0);
      return stdout;
    };
    interface List {
      sandboxes: { name: string; stack: { name: string } | "none" }[];
      strays: { name: string }[];
    }

    await sluice("create", "sandbox-a", "--from", "development", "--branch", "NOM-1");
    expect((await sluice<List>("list")).sandboxes).toMatchObject([{ name: "sandbox-a", stack: "none" }]);
    await pulumi("stack", "init", "sandbox-a");
    await pulumi("stack", "init", "forgotten");
    await pulumi("up", "--yes", "--skip-preview", "--stack", "sandbox-a");
    // The stack's own configuration, which nobody has committed, is in nobody's way; another one is.
    rmSync(join(fleet.root, "Pulumi.forgotten.yaml"));
    expect(existsSync(join(fleet.root, "Pulumi.sandbox-a.yaml"))).toBe(true);
    const { sandboxes, strays } = await sluice<List>("list");
    expect(sandboxes).toMatchObject([{ name: "sandbox-a", stack: { name: "sandbox-a" } }]);
    expect(strays.map(({ name }) => name)).toEqual(["forgotten"]);

    const dry = await sluice<{ commit?: string }>("delete", "sandbox-a", "--dry-run");
    expect(dry.commit).toBeUndefined();
    expect(JSON.parse(await pulumi("stack", "ls", "--json"))).toHaveLength(2);
    const deleted = await sluice<{ commit: string; stack: { changes: Record<string, number> } }>(
      "delete",
      "sandbox-a",
    );
    expect(fleet.git("rev-parse", "HEAD")).toBe(deleted.commit);
    expect(deleted.stack.changes["delete"]).toBeGreaterThan(0);
    expect(fleet.git("rev-parse", "HEAD^{tree}")).toBe(main);
    expect(fleet.git("status", "--porcelain")).toBe("");
    expect(
      (JSON.parse(await pulumi("stack", "ls", "--json")) as { name: string }[]).map(({ name }) => name),
    ).toEqual(["forgotten"]);
  });
});
