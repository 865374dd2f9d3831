import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { filesAt } from "../../../lib/git/commit-files.ts";
import { Git } from "../../../lib/git/git.ts";
import { mergeBlobs, mergeTexts, mergeTrees, sameBlob } from "../../../lib/git/three-way.ts";
import { temporaryFolder, TestFleet } from "../../support/fleet.ts";

const labels = { ours: "development", base: "base", theirs: "sandbox-a" };
const tree = (files: Readonly<Record<string, string>>) => new Map(Object.entries(files));
const merge = async (
  base: Readonly<Record<string, string>>,
  ours: Readonly<Record<string, string>>,
  theirs: Readonly<Record<string, string>>,
) => {
  const { files, conflicts } = await mergeTrees(
    tree(base),
    tree(ours),
    tree(theirs),
    mergeTexts(labels),
    labels,
  );
  return { files: Object.fromEntries(files), conflicts };
};

describe("texts", () => {
  test("what only one side changed, added or deleted is that side's", async () => {
    const base = { a: "1\n", b: "1\n", gone: "1\n", left: "1\n" };
    expect(
      await merge(base, { ...base, a: "2\n", own: "x\n" }, { a: "1\n", b: "3\n", left: "1\n", new: "y\n" }),
    ).toEqual({
      files: { a: "2\n", b: "3\n", left: "1\n", new: "y\n", own: "x\n" },
      conflicts: [],
    });
  });

  test("changes of both to one file, apart from each other, are both kept", async () => {
    const lines = (...all: string[]) => `${all.join("\n")}\n`;
    const { files, conflicts } = await merge(
      { f: lines("a", "b", "c", "d", "e") },
      { f: lines("A", "b", "c", "d", "e") },
      { f: lines("a", "b", "c", "d", "E", "f") },
    );
    expect(conflicts).toEqual([]);
    expect(files).toEqual({ f: lines("A", "b", "c", "d", "E", "f") });
  });

  test("a contradiction is shown as git shows it", async () => {
    const { conflicts } = await merge({ f: "image: 1\n" }, { f: "image: 2\n" }, { f: "image: 3\n" });
    expect(conflicts).toEqual([
      {
        path: "f",
        kind: "content",
        text: "<<<<<<< development\nimage: 2\n=======\nimage: 3\n>>>>>>> sandbox-a\n",
      },
    ]);
  });

  test("a file that one deleted and the other changed, and one that both added", async () => {
    const { conflicts } = await merge({ f: "1\n" }, { n: "1\n" }, { f: "2\n", n: "2\n" });
    expect(conflicts.map(({ path, kind }) => [path, kind])).toEqual([
      ["f", "modify/delete"],
      ["n", "add/add"],
    ]);
    expect(conflicts[0]!.text).toBe("deleted in development and modified in sandbox-a");
  });

  test("a binary file that both changed", async () => {
    const { conflicts } = await merge({ f: "\0a" }, { f: "\0b" }, { f: "\0c" });
    expect(conflicts).toEqual([
      { path: "f", kind: "content", text: "the file is binary and both changed it" },
    ]);
  });
});

describe("blobs", () => {
  test("are merged byte for byte, modes too, whatever the repository does to line ends", async () => {
    const repository = new TestFleet(temporaryFolder());
    repository.git("init", "--quiet", "--initial-branch=main");
    repository.git("config", "user.name", "Test");
    repository.git("config", "user.email", "test@example.com");
    mkdirSync(join(repository.root, "folder"));
    const write = (side: string, text: string, executable = false) => {
      writeFileSync(join(repository.root, "folder/f"), Buffer.from(text, "latin1"));
      repository.git("add", "folder/f");
      repository.git("update-index", executable ? "--chmod=+x" : "--chmod=-x", "folder/f");
      repository.git("commit", "--quiet", "-m", side);
      repository.git("tag", side);
    };
    // Latin-1, with Windows' line ends: valid in no other encoding.
    write("base", "\xe9\r\nb\r\nc\r\nd\r\n");
    write("theirs", "\xe9\r\nb\r\nc\r\n\xdc\r\n", true);
    repository.git("config", "core.autocrlf", "input");
    repository.git("reset", "--quiet", "--hard", "base");
    repository.git("config", "core.autocrlf", "false");
    write("ours", "\xc9\r\nb\r\nc\r\nd\r\n");
    repository.git("config", "core.autocrlf", "input");
    const git = new Git(repository.root);
    const at = (side: string) => filesAt(git, side, "folder");
    const { files, conflicts } = await mergeTrees(
      await at("base"),
      await at("ours"),
      await at("theirs"),
      mergeBlobs(git, labels),
      labels,
      sameBlob,
    );
    expect(conflicts).toEqual([]);
    const { mode, blob } = files.get("folder/f")!;
    expect(mode).toBe("100755");
    writeFileSync(join(repository.root, "wanted"), Buffer.from("\xc9\r\nb\r\nc\r\n\xdc\r\n", "latin1"));
    expect(blob).toBe(repository.git("hash-object", "--no-filters", "wanted"));
  });
});
