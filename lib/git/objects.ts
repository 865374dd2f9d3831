import { Pending, type TreeEntry } from "../flux/tree.ts";
import { CatFile } from "./cat-file.ts";
import { GitError, type Git } from "./git.ts";

/** What a git tree has, by name, in the order of the names. */
export type Entries = ReadonlyMap<string, TreeEntry>;

/** So many objects are worth asking for while git is still answering. */
const atOnce = 500;

const asked = Symbol("asked for");
const missing = Symbol("not in this clone");

/**
 * The objects of a repository, read by one `git cat-file` process. Asking for one that is not there yet throws
 * {@link Pending}; {@link GitObjects.fetch} then brings all that was asked for, in one go. Equal content is read,
 * and parsed, once.
 */
export class GitObjects {
  readonly #git: Git;
  /** By id. A blob becomes a text at once, while git reads on: whoever asks again gets the same text, to look up by. */
  readonly #known = new Map<string, string | Entries | typeof asked | typeof missing>();
  readonly #wanted = new Set<string>();
  readonly #revisions = new Map<string, string | undefined>();
  #catFile: CatFile | undefined;

  constructor(git: Git) {
    this.#git = git;
  }

  /** The text of a blob. @throws Pending */
  text(id: string): string {
    const known = this.#known.get(id);
    return typeof known === "string" ? known : this.#want(id, known);
  }

  /** The entries of a tree. @throws Pending */
  tree(id: string): Entries {
    const known = this.#known.get(id);
    return known instanceof Map ? known : this.#want(id, known);
  }

  #want(id: string, known: unknown): never {
    if (known === missing)
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
    this.#open().ask(ids, (name, type, content, id) => {
      if (name.endsWith("^{tree}")) this.#revisions.set(name, type === "tree" ? id : undefined);
      else if (type === undefined) this.#known.set(name, missing);
      if (type !== undefined)
        this.#known.set(id!, type === "tree" ? parseTree(content!) : content!.toString());
    });
    await this.#open().answered();
  }

  /**
   * Reads trees and all that is below them: what is going to be read whole need not be asked for piece by piece.
   * While git answers it is asked for what is in the trees that have come. What is there already, or missing, is
   * passed over.
   */
  async prefetch(trees: Iterable<string>): Promise<void> {
    const seen = new Set<Entries>();
    let wanted: string[] = [];
    const want = (id: string) => {
      const known = this.#known.get(id);
      if (known === undefined) {
        this.#known.set(id, asked);
        wanted.push(id);
      } else if (known instanceof Map) visit(known);
    };
    const visit = (entries: Entries) => {
      if (seen.has(entries)) return;
      seen.add(entries);
      for (const { id } of entries.values()) want(id);
    };
    const ask = () => {
      const ids = wanted;
      wanted = [];
      this.#open().ask(ids, (name, type, content) => {
        if (type === "tree") {
          const entries = parseTree(content!);
          this.#known.set(name, entries);
          visit(entries);
          if (wanted.length >= atOnce) ask();
        } else this.#known.set(name, content?.toString() ?? missing);
      });
    };
    for (const id of trees) want(id);
    while (wanted.length > 0) {
      ask();
      await this.#open().answered();
    }
  }

  #open(): CatFile {
    return (this.#catFile ??= new CatFile(this.#git));
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
    this.#catFile?.close();
    this.#catFile = undefined;
  }
}

/** The entries sorted by name: git puts a folder `a` behind a file `a.b`. */
function parseTree(content: Buffer): Entries {
  const entries = new Map<string, TreeEntry>();
  // Names of SHA-1 have 20 bytes, those of SHA-256 have 32: the length tells which fits.
  const size = idSize(content);
  let last = "";
  let sorted = true;
  for (let at = 0; at < content.length;) {
    const space = content.indexOf(32, at);
    const end = content.indexOf(0, space);
    const kind = kindOf(content, at, space);
    if (kind !== undefined) {
      const name = content.toString("utf8", space + 1, end);
      entries.set(name, { kind, id: content.toString("hex", end + 1, end + 1 + size) });
      sorted &&= last < name;
      last = name;
    }
    at = end + 1 + size;
  }
  return sorted ? entries : new Map([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** By the mode 40000 or 100xxx. Links and submodules are in no artifact that source-controller makes. */
function kindOf(content: Buffer, at: number, end: number): TreeEntry["kind"] | undefined {
  const digits = end - at;
  if (digits === 5 && content[at] === 0x34) return "folder";
  return digits === 6 && content[at] === 0x31 && content[at + 1] === 0x30 ? "file" : undefined;
}

function idSize(content: Buffer): number {
  const end = content.indexOf(0);
  if (end < 0 || content.length === end + 1 + 20) return 20;
  const next = content.toString("latin1", end + 21, end + 28);
  return /^(40000|1[0-9]{5}) /.test(next) ? 20 : 32;
}
