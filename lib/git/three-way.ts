import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FileContent } from "./commit-files.ts";
import { type Git, GitError } from "./git.ts";
import { readBlob } from "./read-blob.ts";

/** Names of the three versions, as the markers of a conflict show them. */
export interface MergeLabels {
  readonly ours: string;
  readonly base: string;
  readonly theirs: string;
}

/** What a merge of one file that both sides changed gives. */
export interface MergedFile<C> {
  readonly content: C;
  /** The file with git's markers, where the sides contradict each other; `content` is of no use then. */
  readonly conflict?: string;
}

/** Merges one file that all three sides have, or that both sides added (`base` is undefined). */
export type MergeFile<C> = (base: C | undefined, ours: C, theirs: C) => Promise<MergedFile<C>>;

/** A file that cannot be merged. */
export interface MergeConflict {
  readonly path: string;
  /** As git calls it: CONFLICT (content), CONFLICT (add/add), CONFLICT (modify/delete). */
  readonly kind: "content" | "add/add" | "modify/delete";
  /** The file with markers; where one side deleted it, which one did. */
  readonly text: string;
}

/** The outcome of a merge of trees: to be used only where there is no conflict. */
export interface MergedTree<C> {
  readonly files: ReadonlyMap<string, C>;
  readonly conflicts: readonly MergeConflict[];
}

/**
 * Merges two changes of a tree: a file that one side changed is that side's, a file that both did is merged by
 * `merge`. Nothing is read or written but by `merge`.
 * @param same whether two contents are one
 */
export async function mergeTrees<C>(
  base: ReadonlyMap<string, C>,
  ours: ReadonlyMap<string, C>,
  theirs: ReadonlyMap<string, C>,
  merge: MergeFile<C>,
  labels: MergeLabels,
  same: (a: C, b: C) => boolean = (a, b) => a === b,
): Promise<MergedTree<C>> {
  const files = new Map<string, C>();
  const conflicts: MergeConflict[] = [];
  const equal = (a: C | undefined, b: C | undefined) =>
    a === undefined || b === undefined ? a === b : same(a, b);
  const paths = new Set([...base.keys(), ...ours.keys(), ...theirs.keys()]);
  for (const path of [...paths].sort()) {
    const [old, own, other] = [base.get(path), ours.get(path), theirs.get(path)];
    if (equal(own, other) || equal(other, old)) {
      if (own !== undefined) files.set(path, own);
    } else if (equal(own, old)) {
      if (other !== undefined) files.set(path, other);
    } else if (own === undefined || other === undefined) {
      const [gone, changed] = own === undefined ? [labels.ours, labels.theirs] : [labels.theirs, labels.ours];
      conflicts.push({
        path,
        kind: "modify/delete",
        text: `deleted in ${gone} and modified in ${changed}`,
      });
    } else {
      const { content, conflict } = await merge(old, own, other);
      if (conflict === undefined) files.set(path, content);
      else conflicts.push({ path, kind: old === undefined ? "add/add" : "content", text: conflict });
    }
  }
  return { files, conflicts };
}

/** Merges texts as `git merge-file` does, wherever that runs: no repository is needed. */
export const mergeTexts =
  (labels: MergeLabels): MergeFile<string> =>
  async (base, ours, theirs) =>
    inFolder(async (folder) => {
      const [file, old, other] = ["ours", "base", "theirs"].map((name) => join(folder, name));
      await Promise.all([writeFile(file!, ours), writeFile(old!, base ?? ""), writeFile(other!, theirs)]);
      const clean = await mergeInPlace(file!, old!, other!, labels);
      const text = clean === "binary" ? "" : await readFile(file!, "utf8");
      return clean === true ? { content: text } : { content: text, conflict: conflictText(clean, text) };
    });

/** A file of a commit, in the repository. */
export type Blob = Exclude<FileContent, string>;

export const sameBlob = (a: Blob, b: Blob): boolean => a.blob === b.blob && a.mode === b.mode;

/** Whether two trees have the same files. */
export const sameBlobs = (a: ReadonlyMap<string, Blob>, b: ReadonlyMap<string, Blob>): boolean =>
  a.size === b.size && [...a].every(([path, blob]) => b.has(path) && sameBlob(blob, b.get(path)!));

/** Merges blobs of a repository, byte for byte; a merged one is added to its objects, where nothing names it yet. */
export const mergeBlobs =
  (git: Git, labels: MergeLabels): MergeFile<Blob> =>
  async (base, ours, theirs) => {
    const mode = ours.mode === base?.mode ? theirs.mode : ours.mode;
    if (ours.blob === theirs.blob || theirs.blob === base?.blob)
      return { content: { mode, blob: ours.blob } };
    if (ours.blob === base?.blob) return { content: { mode, blob: theirs.blob } };
    return inFolder(async (folder) => {
      const unpacked = async (blob: string | undefined, name: string) => {
        const file = join(folder, name);
        await writeFile(file, blob === undefined ? "" : await readBlob(git, blob));
        return file;
      };
      const file = await unpacked(ours.blob, "ours");
      const clean = await mergeInPlace(
        file,
        await unpacked(base?.blob, "base"),
        await unpacked(theirs.blob, "theirs"),
        labels,
      );
      if (clean !== true)
        return {
          content: ours,
          conflict: conflictText(clean, clean === "binary" ? "" : await readFile(file, "utf8")),
        };
      return { content: { mode, blob: await git.run(["hash-object", "-w", "--no-filters", "--", file]) } };
    });
  };

const conflictText = (clean: false | "binary", text: string): string =>
  clean === "binary" ? "the file is binary and both changed it" : text;

/** Merges into the file `ours`. @returns whether it is merged without conflicts; what is binary cannot be merged */
function mergeInPlace(
  ours: string,
  base: string,
  theirs: string,
  labels: MergeLabels,
): Promise<boolean | "binary"> {
  const names = [labels.ours, labels.base, labels.theirs].flatMap((label) => ["-L", label]);
  const args = ["merge-file", "--quiet", ...names, ours, base, theirs];
  return new Promise((resolve, reject) => {
    const env = { ...process.env, LC_ALL: "C" };
    execFile("git", args, { env }, (error, _, stderr) => {
      if (error === null) resolve(true);
      // The exit code is the number of conflicts, 127 for more of them; 255 is an error.
      else if (typeof error.code === "number" && error.code < 128) resolve(false);
      else if (/binary/i.test(stderr) || (error.code === 255 && stderr === "")) resolve("binary");
      else reject(new GitError(args, stderr || error.message));
    });
  });
}

async function inFolder<T>(run: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-merge-"));
  try {
    return await run(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
