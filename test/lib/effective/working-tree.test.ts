import { utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { workingTree } from "../../../lib/effective/working-tree.ts";
import { Git } from "../../../lib/git/git.ts";
import { temporaryFolder, TestFleet } from "../../support/fleet.ts";

function repository(): TestFleet {
  const fleet = new TestFleet(temporaryFolder());
  fleet.git("init", "--quiet", "--initial-branch=main");
  fleet.git("config", "user.name", "Test");
  fleet.git("config", "user.email", "test@example.com");
  fleet.write({ "a.yaml": "version: 1.0.0\n", ".gitignore": "ignored\n" });
  fleet.commit();
  return fleet;
}

describe("the tree of the working tree", () => {
  test("is HEAD where nothing is changed", async () => {
    expect((await workingTree(new Git(repository().root))).revision).toBe("HEAD");
  });

  test("has what is changed, new and removed, and leaves the index alone", async () => {
    const fleet = repository();
    fleet.write({ "a.yaml": "version: 2.0.0\n", "new/b.yaml": "b\n", ignored: "x\n" });
    const before = fleet.state();
    const { revision } = await workingTree(new Git(fleet.root));
    expect(fleet.git("ls-tree", "-r", "--name-only", revision).split("\n")).toEqual([
      ".gitignore",
      "a.yaml",
      "new/b.yaml",
    ]);
    expect(fleet.git("show", `${revision}:a.yaml`)).toBe("version: 2.0.0");
    expect(fleet.state()).toBe(before);
  });

  test("has a change of the same size in the second in which the index was written", async () => {
    const fleet = repository();
    fleet.git("config", "core.trustctime", "false");
    const [file, index] = [join(fleet.root, "a.yaml"), join(fleet.root, ".git/index")];
    const second = 1_700_000_000;
    utimesSync(file, second, second);
    fleet.git("add", "a.yaml");
    writeFileSync(file, "version: 1.1.0\n");
    // Something else that git sees at once.
    fleet.write({ "new.yaml": "b\n" });
    utimesSync(file, second, second);
    utimesSync(index, second, second);
    const { revision } = await workingTree(new Git(fleet.root));
    expect(fleet.git("show", `${revision}:a.yaml`)).toBe("version: 1.1.0");
  });
});
