/** What is at a path of a tree. */
export interface TreeEntry {
  readonly kind: "file" | "folder";
  /** Equal ids mean equal content, in every tree. */
  readonly id: string;
}

/**
 * A folder of files at one revision: of a git repository, of an OCI artifact, of the disk. Paths are relative to
 * it, with `/`, `""` is the folder itself.
 */
export interface Tree {
  /** The entry at a path, or undefined. @throws Pending */
  entry(path: string): TreeEntry | undefined;
  /** The names in a folder, sorted by bytes, or undefined if there is none. @throws Pending */
  list(path: string): readonly string[] | undefined;
  /** The text of a file, or undefined if there is none. @throws Pending */
  text(path: string): string | undefined;
}

/**
 * Something that has been asked for and is not there yet: to be fetched, with all else that was asked for, before
 * the same question is asked again. So what reads a tree stays plain code, and git is asked for many objects at once.
 */
export class Pending extends Error {
  /** There is nothing to tell one from another, and a stack would cost more than the question. */
  static readonly instance = new Pending();
  private constructor() {
    super("not read yet");
  }
}

/** Runs `visit` for every item, also where one has to wait, so that all that is missing is asked for together. */
export function forEachOrPending<T>(items: Iterable<T>, visit: (item: T) => void): void {
  let pending: Pending | undefined;
  for (const item of items)
    try {
      visit(item);
    } catch (error) {
      if (!(error instanceof Pending)) throw error;
      pending = error;
    }
  if (pending !== undefined) throw pending;
}

const simple = /^[\w-][\w.-]*$/;

/** A path below a folder (itself without `.` and `..`) without `.` and `..`; undefined if it leaves the tree. */
export function joinPath(folder: string, path: string): string | undefined {
  // Most are plain names in a folder that is normal already.
  if (folder !== "" && simple.test(path)) return `${folder}/${path}`;
  const parts: string[] = [];
  for (const part of `${folder}/${path}`.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.join("/");
}

/** A tree of texts in memory. */
export class MemoryTree implements Tree {
  readonly #files: ReadonlyMap<string, string>;
  readonly #folders = new Map<string, Set<string>>();

  constructor(files: ReadonlyMap<string, string>) {
    this.#files = files;
    this.#folders.set("", new Set());
    for (const path of files.keys()) {
      const parts = path.split("/");
      for (let i = 0; i < parts.length; i++) {
        const folder = parts.slice(0, i).join("/");
        if (!this.#folders.has(folder)) this.#folders.set(folder, new Set());
        this.#folders.get(folder)!.add(parts[i]!);
      }
    }
  }

  entry(path: string): TreeEntry | undefined {
    const text = this.#files.get(path);
    if (text !== undefined) return { kind: "file", id: text };
    if (!this.#folders.has(path)) return undefined;
    const below = [...this.#files].filter(([file]) => path === "" || file.startsWith(`${path}/`));
    return {
      kind: "folder",
      id: JSON.stringify(below.map(([file, content]) => [file.slice(path.length), content])),
    };
  }

  list(path: string): readonly string[] | undefined {
    const names = this.#folders.get(path);
    return names === undefined ? undefined : [...names].sort();
  }

  text(path: string): string | undefined {
    return this.#files.get(path);
  }
}
