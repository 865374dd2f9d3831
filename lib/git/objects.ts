import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { joinPath, Pending, type Tree, type TreeEntry } from "../flux/tree.ts";
import { GitError, type Git } from "./git.ts";

/** An entry of a git tree. */
interface Entry extends TreeEntry {
  readonly mode: string;
}
type Entries = ReadonlyMap<string, Entry>;

/**
 * The objects of a repository, read by one `git cat-file` process. Asking for one that is not there yet throws
 * {@link Pending}; {@link GitObjects.fetch} then brings all that was asked for, in one go. Equal content is read,
 * and parsed, once.
 */
export class GitObjects {
  readonly #git: Git;
  /** Blobs as they came: a text is made of one when it is asked for. */
  readonly #blobs = new Map<string, Buffer | string>();
  readonly #trees = new Map<string, Entries>();
  readonly #wanted = new Set<string>();
  readonly #missing = new Set<string>();
  readonly #revisions = new Map<string, string | undefined>();
  #batch: Batch | undefined;

  constructor(git: Git) {
    this.#git = git;
  }

  /** The text of a blob. @throws Pending */
  text(id: string): string {
    const blob = this.#blobs.get(id);
    if (blob === undefined) this.#want(id);
    if (typeof blob === "string") return blob;
    const text = blob.toString();
    this.#blobs.set(id, text);
    return text;
  }

  /** The entries of a tree. @throws Pending */
  tree(id: string): Entries {
    const entries = this.#trees.get(id);
    if (entries === undefined) this.#want(id);
    return entries;
  }

  #want(id: string): never {
    if (this.#missing.has(id))
      throw new GitError(["cat-file"], `object ${id} is not in this clone: it is shallow or broken`);
    this.#wanted.add(id);
    throw Pending.instance;
  }

  /** The id of the tree that a revision has, undefined if there is no such revision. @throws Pending */
  treeOf(revision: string): string | undefined {
    const name = `${revision}^{tree}`;
    if (!this.#revisions.has(name)) {
      this.#wanted.add(name);
      throw Pending.instance;
    }
    return this.#revisions.get(name);
  }

  /** Reads all that was asked for. */
  async fetch(): Promise<void> {
    const ids = [...this.#wanted];
    this.#wanted.clear();
    if (ids.length === 0) return;
    await this.#read(ids, (name, type, content, id) => {
      if (name.endsWith("^{tree}")) this.#revisions.set(name, type === "tree" ? id : undefined);
      else if (type === undefined) this.#missing.add(name);
      if (type === "tree") this.#trees.set(id!, parseTree(content!));
      else if (type !== undefined) this.#blobs.set(id!, content!);
    });
  }

  /**
   * Reads trees and all that is below them, level by level: what is going to be read whole need not be asked for
   * piece by piece. What is there already, or missing, is passed over.
   */
  async prefetch(trees: Iterable<string>): Promise<void> {
    const seen = new Set<string>();
    let wanted: string[] = [];
    const visit = (entries: Entries) => {
      for (const { kind, id } of entries.values()) want(id, kind === "folder");
    };
    const want = (id: string, isFolder: boolean) => {
      if (seen.has(id)) return;
      seen.add(id);
      const known = isFolder ? this.#trees.get(id) : undefined;
      if (known !== undefined) visit(known);
      else if (!this.#blobs.has(id) && !this.#missing.has(id)) wanted.push(id);
    };
    for (const id of trees) want(id, true);
    while (wanted.length > 0) {
      const ids = wanted;
      wanted = [];
      await this.#read(ids, (name, type, content) => {
        if (type === undefined) this.#missing.add(name);
        else if (type === "tree") {
          const entries = parseTree(content!);
          this.#trees.set(name, entries);
          visit(entries);
        } else this.#blobs.set(name, content!);
      });
    }
  }

  #read(names: readonly string[], each: Each): Promise<void> {
    this.#batch ??= new Batch(this.#git);
    return this.#batch.read(names, each);
  }

  /** Runs `compute`, fetching what it lacks, until it has everything. @param others waits for what is no git object */
  async settle<T>(compute: () => T, others?: () => Promise<void>): Promise<T> {
    for (;;) {
      try {
        return compute();
      } catch (error) {
        if (!(error instanceof Pending)) throw error;
        await Promise.all([this.fetch(), others?.()]);
      }
    }
  }

  close(): void {
    this.#batch?.close();
    this.#batch = undefined;
  }
}

type Each = (
  name: string,
  type: string | undefined,
  content: Buffer | undefined,
  id: string | undefined,
) => void;

interface Questions {
  readonly names: readonly string[];
  readonly each: Each;
  readonly done: () => void;
  readonly failed: (error: Error) => void;
  next: number;
}

/** `git cat-file --batch-command`, which answers in the order of the questions. */
class Batch {
  readonly #process: ChildProcessByStdio<Writable, Readable, Readable>;
  #pending: Questions | undefined;
  #chunks: Buffer[] = [];
  #length = 0;
  /** Bytes that have to be there before it is worth looking. */
  #needed = 0;
  #stderr = "";

  constructor(git: Git) {
    this.#process = spawn("git", ["cat-file", "--batch-command", "--buffer"], {
      cwd: git.root,
      stdio: ["pipe", "pipe", "pipe"],
      env: { ...process.env, LC_ALL: "C", GIT_TERMINAL_PROMPT: "0" },
    });
    this.#process.stdout.on("data", (chunk: Buffer) => {
      this.#take(chunk);
    });
    this.#process.stderr.on("data", (chunk: Buffer) => (this.#stderr += chunk.toString()));
    this.#process.stdin.on("error", () => undefined); // its end tells why
    const end = () => {
      this.#pending?.failed(new GitError(["cat-file"], this.#stderr || "git ended"));
    };
    this.#process.on("error", end);
    this.#process.on("close", end);
  }

  read(names: readonly string[], each: Each): Promise<void> {
    return new Promise((done, failed) => {
      this.#pending = { names, next: 0, each, done, failed };
      const lines = names.map((name) => `contents ${name.replaceAll("\n", "")}\n`);
      this.#process.stdin.write(`${lines.join("")}flush\n`);
    });
  }

  /** Copies no more than the object that a chunk ends within. */
  #take(chunk: Buffer): void {
    let data = chunk;
    if (this.#length > 0) {
      const rest = this.#needed === 0 ? chunk.length : Math.min(chunk.length, this.#needed - this.#length);
      this.#chunks.push(chunk.subarray(0, rest));
      this.#length += rest;
      if (this.#length < this.#needed) return;
      const whole = Buffer.concat(this.#chunks, this.#length);
      this.#chunks = [];
      this.#length = 0;
      this.#parse(whole);
      // A header that was cut has been put together with all of the chunk.
      if (rest === chunk.length) return;
      data = chunk.subarray(rest);
    }
    this.#parse(data);
  }

  #parse(data: Buffer): void {
    let at = 0;
    this.#needed = 0;
    while (this.#pending !== undefined && at < data.length) {
      const end = data.indexOf(10, at);
      if (end < 0) break;
      const [id, type, length] = data.toString("latin1", at, end).split(" ") as [string, string, string?];
      const pending: Questions = this.#pending;
      const name = pending.names[pending.next]!;
      if (length === undefined || (id.length !== 40 && id.length !== 64)) {
        pending.each(name, undefined, undefined, undefined);
        at = end + 1;
      } else {
        const content = end + 1;
        const size = Number(length);
        if (data.length <= content + size) {
          this.#needed = content + size + 1 - at;
          break;
        }
        pending.each(name, type, data.subarray(content, content + size), id);
        at = content + size + 1;
      }
      if (++pending.next === pending.names.length) {
        this.#pending = undefined;
        pending.done();
      }
    }
    if (at < data.length) {
      this.#chunks = [at === 0 ? data : data.subarray(at)];
      this.#length = data.length - at;
    }
  }

  close(): void {
    this.#process.stdin.end();
  }
}

function parseTree(content: Buffer): Entries {
  const entries = new Map<string, Entry>();
  // Names of SHA-1 have 20 bytes, those of SHA-256 have 32: the length tells which fits.
  const size = idSize(content);
  for (let at = 0; at < content.length;) {
    const space = content.indexOf(32, at);
    const end = content.indexOf(0, space);
    const mode = content.toString("latin1", at, space);
    const name = content.toString("utf8", space + 1, end);
    const id = content.toString("hex", end + 1, end + 1 + size);
    at = end + 1 + size;
    // Links and submodules are in no artifact that source-controller makes.
    if (mode === "40000") entries.set(name, { kind: "folder", id, mode });
    else if (mode.startsWith("100")) entries.set(name, { kind: "file", id, mode });
  }
  return entries;
}

function idSize(content: Buffer): number {
  const end = content.indexOf(0);
  if (end < 0 || content.length === end + 1 + 20) return 20;
  const next = content.toString("latin1", end + 21, end + 28);
  return /^(40000|1[0-9]{5}) /.test(next) ? 20 : 32;
}

/** A folder of a repository at one revision. */
export class GitTree implements Tree {
  readonly #objects: GitObjects;
  /** The id of the git tree. */
  readonly id: string;
  /** By path: what each folder that was looked into has. */
  readonly #folders = new Map<string, Entries | undefined>();

  constructor(objects: GitObjects, id: string) {
    this.#objects = objects;
    this.id = id;
  }

  entry(path: string): TreeEntry | undefined {
    if (path === "") return { kind: "folder", id: this.id };
    const slash = path.lastIndexOf("/");
    return this.#folder(slash < 0 ? "" : path.slice(0, slash))?.get(path.slice(slash + 1));
  }

  #folder(path: string): Entries | undefined {
    const known = this.#folders.get(path);
    if (known !== undefined || this.#folders.has(path)) return known;
    const entry = this.entry(path);
    const entries = entry?.kind === "folder" ? this.#objects.tree(entry.id) : undefined;
    this.#folders.set(path, entries);
    return entries;
  }

  list(path: string): readonly string[] | undefined {
    const entries = this.#folder(path);
    return entries === undefined ? undefined : [...entries.keys()].sort();
  }

  text(path: string): string | undefined {
    const entry = this.entry(path);
    return entry?.kind === "file" ? this.#objects.text(entry.id) : undefined;
  }

  /** The folder below as a tree of its own, or undefined. @throws Pending */
  below(path: string): GitTree | undefined {
    const normal = joinPath("", path);
    const entry = normal === undefined ? undefined : this.entry(normal);
    return entry?.kind === "folder" ? new GitTree(this.#objects, entry.id) : undefined;
  }
}
