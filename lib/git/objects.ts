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
  readonly #texts = new Map<string, string>();
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
    const text = this.#texts.get(id);
    if (text === undefined) this.#want(id);
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
      else if (type !== undefined) this.#texts.set(id!, content!.toString());
    });
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
      this.#chunks.push(chunk);
      this.#length += chunk.length;
      if (this.#length >= this.#needed) this.#parse();
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

  #parse(): void {
    let data = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks);
    this.#needed = 0;
    while (this.#pending !== undefined) {
      const end = data.indexOf(10);
      if (end < 0) break;
      const header = data.toString("latin1", 0, end);
      const match = /^([0-9a-f]{40,64}) (\w+) (\d+)$/.exec(header);
      const pending: Questions = this.#pending;
      const name = pending.names[pending.next]!;
      if (match === null) {
        pending.each(name, undefined, undefined, undefined);
        data = data.subarray(end + 1);
      } else {
        const size = Number(match[3]);
        if (data.length < end + 1 + size + 1) {
          this.#needed = end + 1 + size + 1;
          break;
        }
        pending.each(name, match[2], data.subarray(end + 1, end + 1 + size), match[1]);
        data = data.subarray(end + 1 + size + 1);
      }
      if (++pending.next === pending.names.length) {
        this.#pending = undefined;
        pending.done();
      }
    }
    this.#chunks = data.length === 0 ? [] : [data];
    this.#length = data.length;
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
  readonly #entries = new Map<string, TreeEntry | undefined>();

  constructor(objects: GitObjects, id: string) {
    this.#objects = objects;
    this.id = id;
  }

  entry(path: string): TreeEntry | undefined {
    if (path === "") return { kind: "folder", id: this.id };
    const known = this.#entries.get(path);
    if (known !== undefined || this.#entries.has(path)) return known;
    const slash = path.lastIndexOf("/");
    const folder = this.entry(slash < 0 ? "" : path.slice(0, slash));
    const entry =
      folder?.kind === "folder" ? this.#objects.tree(folder.id).get(path.slice(slash + 1)) : undefined;
    this.#entries.set(path, entry);
    return entry;
  }

  list(path: string): readonly string[] | undefined {
    const entry = this.entry(path);
    return entry?.kind === "folder" ? [...this.#objects.tree(entry.id).keys()].sort() : undefined;
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
