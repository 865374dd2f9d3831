import type { Tree, TreeEntry } from "../flux/tree.ts";

/** A tree that remembers what was looked at, so that two results can be told equal without making either. */
export class TracedTree implements Tree {
  readonly #tree: Tree;
  readonly #seen = new Map<string, string | undefined>();

  constructor(tree: Tree) {
    this.#tree = tree;
  }

  entry(path: string): TreeEntry | undefined {
    const entry = this.#tree.entry(path);
    this.#seen.set(path, entry?.id);
    return entry;
  }

  list(path: string): readonly string[] | undefined {
    this.entry(path);
    return this.#tree.list(path);
  }

  text(path: string): string | undefined {
    this.entry(path);
    return this.#tree.text(path);
  }

  /** Equal for two trees if all that was looked at is equal. @param folder whose id stands for all that is below it */
  key(folder: string): string {
    return JSON.stringify([folder, this.#tree.entry(folder)?.id, this.outside(folder)]);
  }

  /** What was looked at outside of a folder, with its id. */
  outside(folder: string): [path: string, id: string | undefined][] {
    const inside = folder === "" ? "" : `${folder}/`;
    return [...this.#seen].filter(([path]) => path !== folder && !path.startsWith(inside)).sort();
  }
}
