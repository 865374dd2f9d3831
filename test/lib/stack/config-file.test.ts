import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { Git } from "../../../lib/git/git.ts";
import { forgetConfig, keepOutOfGit } from "../../../lib/stack/config-file.ts";
import { temporaryFolder, TestFleet } from "../../support/fleet.ts";

const file = "Pulumi.sandbox-a.yaml";

describe("the configuration file of a stack", () => {
  let fleet: TestFleet;
  let exclude: string;
  beforeEach(() => {
    fleet = new TestFleet(temporaryFolder());
    for (const args of [
      ["init", "--quiet"],
      ["config", "user.name", "T"],
      ["config", "user.email", "t@example.com"],
    ])
      fleet.git(...args);
    fleet.write({ "README.md": "a fleet\n" });
    fleet.commit();
    exclude = join(fleet.root, ".git/info/exclude");
  });
  const lines = () => readFileSync(exclude, "utf8").split("\n");

  it("is in nobody's way, and no trace of it is left when the stack is no more", async () => {
    writeFileSync(exclude, "/mine");
    const git = new Git(fleet.root);
    fleet.write({ [file]: "config: {}\n", "Pulumi.other.yaml": "config: {}\n" });
    await keepOutOfGit(git, "sandbox-a");
    await keepOutOfGit(git, "sandbox-a");
    expect(lines()).toEqual(["/mine", `/${file}`, ""]);
    expect(fleet.git("status", "--porcelain")).toBe("?? Pulumi.other.yaml");
    await forgetConfig(git, "sandbox-a");
    expect(lines()).toEqual(["/mine", ""]);
    expect(fleet.git("status", "--porcelain", "--ignored")).toBe("?? Pulumi.other.yaml");
    await forgetConfig(git, "sandbox-a");
  });

  it("stays where git has it", async () => {
    const git = new Git(fleet.root);
    fleet.write({ [file]: "config: {}\n" });
    fleet.commit();
    await keepOutOfGit(git, "sandbox-a");
    await forgetConfig(git, "sandbox-a");
    expect(existsSync(join(fleet.root, file))).toBe(true);
    expect(fleet.git("status", "--porcelain")).toBe("");
  });

  it("is kept out of git in a further working tree, and where nothing was kept out before", async () => {
    rmSync(join(fleet.root, ".git/info"), { recursive: true, force: true });
    const further = join(temporaryFolder(), "further");
    fleet.git("worktree", "add", "--quiet", further);
    writeFileSync(join(further, file), "config: {}\n");
    await keepOutOfGit(new Git(further), "sandbox-a");
    expect(new TestFleet(further).git("status", "--porcelain")).toBe("");
    await forgetConfig(new Git(further), "sandbox-a");
    expect(existsSync(join(further, file))).toBe(false);
  });
});
