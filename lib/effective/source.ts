import type { Tree } from "../flux/tree.ts";
import type { Taken } from "./range.ts";

/** A Flux source object, as far as it says what to fetch. */
export interface SourceObject {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly spec: Readonly<Record<string, unknown>>;
}

/** Why the content of a source cannot be had here. */
export interface UnknownSource {
  /**
   * `missing`: it does not exist, and Flux fails; `elsewhere`: it may well exist, but not in this clone;
   * `unsupported`: nothing here can read it.
   */
  readonly reason: "missing" | "elsewhere" | "unsupported";
  readonly message: string;
}

/** What a source has right now. */
export type SourceContent =
  | {
      readonly tree: Tree;
      /** Such as `main`, `1.4.2` or `1.4.2 (best in 1.x)`. */
      readonly revision: string;
      /** Whether it is the very tree under review, so that a change of it is applied once merged. */
      readonly reviewed: boolean;
      /** Which of its tags this is, where it follows a range of them. */
      readonly taken?: Taken | undefined;
      /** What of the source's own settings is not taken into account. */
      readonly unsupported?: readonly string[];
    }
  | UnknownSource;

/** Finds the content of sources for one side of a comparison. */
export interface Sources {
  /** What the cluster's own folder is synced from. */
  readonly root: Tree;
  /**
   * The content of a source. @param sync the root's source, if it is known: another with the same URL and branch
   * is the same tree. @throws Pending
   */
  content(source: SourceObject, sync: SourceObject | undefined): SourceContent;
}

export const isContent = (content: SourceContent): content is Exclude<SourceContent, UnknownSource> =>
  "tree" in content;
