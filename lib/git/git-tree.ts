import { joinPath, type Tree, type TreeEntry } from "../flux/tree.ts";
import type { Entries, GitObjects } from "./objects.ts";

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
    return entries === undefined ? undefined : [...entries.keys()];
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
