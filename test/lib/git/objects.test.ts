import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { Pending } from "../../../lib/flux/tree.ts";
import { CatFile } from "../../../lib/git/cat-file.ts";
import { Git, GitError } from "../../../lib/git/git.ts";
import { GitTree } from "../../../lib/git/git-tree.ts";
import { GitObjects } from "../../../lib/git/objects.ts";
import { temporaryFolder } from "../../support/fleet.ts";

/** Longer than what a pipe gives at once, with characters of several bytes to be cut in. */
const long = "Größe: 10 µm\n".repeat(40_000);

const files: Readonly<Record<string, string>> = {
  "a.b/x.yaml": "one\n",
  "a/empty": "",
  "a/long.yaml": long,
  "a/b/c/deep.yaml": "two\n",
  "a-b": "three\n",
  "B.yaml": "one\n",
};

function repository(format: "sha1" | "sha256" = "sha1") {
  const root = temporaryFolder();
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.com", ...args], {
      cwd: root,
      encoding: "utf8",
    }).trim();
  git("init", "--quiet", `--object-format=${format}`, "--initial-branch=main", ".");
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(root, dirname(path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  symlinkSync("B.yaml", join(root, "link"));
  git("add", "--all");
  git("commit", "--quiet", "--message=all");
  return { root, git };
}

function objectsOf(root: string): GitObjects {
  const objects = new GitObjects(new Git(root));
  onTestFinished(() => {
    objects.close();
  });
  return objects;
}

const treeAt = (objects: GitObjects, revision: string) =>
  objects.settle(() => new GitTree(objects, objects.treeOf(revision)!));

function walk(tree: GitTree, folder = ""): [path: string, text: string][] {
  return tree.list(folder)!.flatMap((name) => {
    const path = folder === "" ? name : `${folder}/${name}`;
    return tree.entry(path)!.kind === "folder" ? walk(tree, path) : [[path, tree.text(path)!]];
  });
}

describe("a repository's objects", () => {
  it.each(["sha1", "sha256"] as const)("are read as they were committed, with %s", async (format) => {
    const objects = objectsOf(repository(format).root);
    const tree = await treeAt(objects, "main");
    expect(Object.fromEntries(await objects.settle(() => walk(tree)))).toEqual(files);
  });

  it("are the same when they are read ahead, and then nothing is asked for any more", async () => {
    const { root, git } = repository();
    const objects = objectsOf(root);
    const tree = await treeAt(objects, "main");
    await objects.prefetch([tree.id, git("rev-parse", "main:a")]);
    expect(Object.fromEntries(walk(tree))).toEqual(files);
  });

  it("are read ahead in more than one go where there are many", async () => {
    const { root, git } = repository();
    for (let n = 0; n < 40; n++)
      for (let m = 0; m < 40; m++) {
        mkdirSync(join(root, `many/${n}`), { recursive: true });
        writeFileSync(join(root, `many/${n}/${m}`), `${n} ${m}\n`);
      }
    git("add", "--all");
    git("commit", "--quiet", "--message=many");
    const objects = objectsOf(root);
    const tree = await treeAt(objects, "main");
    await objects.prefetch([tree.id]);
    expect(walk(tree, "many")).toHaveLength(1600);
    expect(tree.text("many/39/7")).toBe("39 7\n");
  });

  it("are listed by name, files and folders together, without links", async () => {
    const objects = objectsOf(repository().root);
    const tree = await treeAt(objects, "main");
    expect(await objects.settle(() => tree.list(""))).toEqual(["B.yaml", "a", "a-b", "a.b"]);
    expect(await objects.settle(() => tree.list("nowhere"))).toBeUndefined();
    expect(await objects.settle(() => tree.text("a"))).toBeUndefined();
  });

  it("are waited for", async () => {
    const { root, git } = repository();
    const objects = objectsOf(root);
    expect(() => objects.text(git("rev-parse", "main:a-b"))).toThrow(Pending);
    await objects.fetch();
    expect(objects.text(git("rev-parse", "main:a-b"))).toBe("three\n");
  });

  it("that are not there are told, a revision's as undefined", async () => {
    const { root, git } = repository();
    const blob = git("rev-parse", "main:a-b");
    rmSync(join(root, ".git/objects", blob.slice(0, 2), blob.slice(2)));
    const objects = objectsOf(root);
    const tree = await treeAt(objects, "main");
    await expect(objects.settle(() => tree.text("a-b"))).rejects.toThrow(
      `object ${blob} is not in this clone`,
    );
    const ahead = objectsOf(root);
    await ahead.prefetch([tree.id]);
    expect(() => ahead.text(blob)).toThrow("is not in this clone");
    expect(await objects.settle(() => objects.treeOf("no-such-branch"))).toBeUndefined();
    // As long as an id is.
    expect(await objects.settle(() => objects.treeOf("b".repeat(33)))).toBeUndefined();
  });

  it("of a branch whose name is as long as an id's are that branch's", async () => {
    const { root, git } = repository();
    const name = "b".repeat(40 - "^{tree}".length);
    git("branch", name);
    const objects = objectsOf(root);
    expect(await objects.settle(() => objects.treeOf(name))).toBe(git("rev-parse", "main^{tree}"));
  });
});

describe("git cat-file", () => {
  it("that ends before it has answered is an error, also for who asks later", async () => {
    const catFile = new CatFile(new Git(temporaryFolder()));
    catFile.ask(["HEAD"], () => undefined);
    await expect(catFile.answered()).rejects.toThrow(GitError);
    catFile.ask(["HEAD"], () => undefined);
    await expect(catFile.answered()).rejects.toThrow("not a git repository");
  });
});
