import { execFileSync } from "node:child_process";
import { appendFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder, TestFleet } from "./fleet.ts";

const root = new URL("../../", import.meta.url).pathname;

/** A clone of this repository as it is checked out, committed, with its own branch main and the given tags. */
export function cloneOfReference({
  tags = [],
  folder = temporaryFolder(),
}: { tags?: readonly string[]; folder?: string } = {}): TestFleet {
  const git = (...args: string[]) =>
    execFileSync("git", args, { cwd: root, encoding: "utf8", maxBuffer: 1 << 28 });
  const clone = new TestFleet(folder, join(folder, "bin/sluice.js"));
  clone.git("init", "--quiet", "--initial-branch=main");
  clone.git("config", "user.name", "Test");
  clone.git("config", "user.email", "test@example.com");
  clone.git("config", "commit.gpgSign", "false");
  // What is checked out, not what is committed: so that a test can be run before a commit.
  const files = git("ls-files", "-z", "--cached", "--others", "--exclude-standard");
  execFileSync(
    "tar",
    ["--null", "--files-from=-", "--ignore-failed-read", "-cf", join(folder, ".git/files.tar")],
    { cwd: root, input: files, stdio: ["pipe", "ignore", "ignore"] },
  );
  execFileSync("tar", ["-xf", ".git/files.tar"], { cwd: folder });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  appendFileSync(join(folder, ".git/info/exclude"), "/node_modules\n");
  clone.commit("reference fleet");
  for (const tag of tags) clone.git("tag", tag);
  return clone;
}
