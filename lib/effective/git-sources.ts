import type { Git } from "../git/git.ts";
import { GitTree } from "../git/git-tree.ts";
import { type GitObjects } from "../git/objects.ts";
import type { Tree } from "../flux/tree.ts";
import { type Taken, takeFrom } from "./range.ts";
import type { SourceContent, SourceObject, Sources, UnknownSource } from "./source.ts";

/** The names of a repository's revisions, as they are now. */
export interface Refs {
  /** Tags, each with the revision that it names, or with the tree that it will name. */
  readonly tags: ReadonlyMap<string, string | Tree>;
  /** Branches, of this clone and of its origin. */
  readonly branches: ReadonlyMap<string, string>;
  /** The URL of the origin, if there is one. */
  readonly origin: string | undefined;
}

/** Reads the refs of a repository. */
export async function readRefs(git: Git): Promise<Refs> {
  const [list, origin] = await Promise.all([
    git.run(["for-each-ref", "--format=%(refname)", "refs/tags", "refs/heads", "refs/remotes/origin"]),
    git.try(["config", "--get", "remote.origin.url"]),
  ]);
  const tags = new Map<string, string>();
  const branches = new Map<string, string>();
  for (const ref of list.split("\n")) {
    if (ref.startsWith("refs/tags/")) tags.set(ref.slice("refs/tags/".length), ref);
    else if (ref.startsWith("refs/heads/")) {
      const name = ref.slice("refs/heads/".length);
      if (!branches.has(name)) branches.set(name, ref);
    } else if (ref.startsWith("refs/remotes/origin/"))
      // What Flux sees is the origin's.
      branches.set(ref.slice("refs/remotes/origin/".length), ref);
  }
  return { tags, branches, origin };
}

/** Reads a release that this clone does not have. @throws Pending while it is being fetched */
export type Artifacts = (
  source: SourceObject,
  ref: Readonly<Record<string, string | undefined>>,
) => SourceContent | undefined;

/** Sources out of one git repository. */
export class GitSources implements Sources {
  readonly root: GitTree;
  readonly #objects: GitObjects;
  readonly #refs: Refs;
  readonly #branch: string;
  readonly #artifacts: Artifacts | undefined;
  readonly #trees = new Map<string, GitTree | undefined>();
  readonly #tags: readonly string[];

  /**
   * @param tree the id of the tree under review
   * @param branch the branch that it is, or will be: what follows that branch gets it
   */
  constructor(objects: GitObjects, tree: string, refs: Refs, branch: string, artifacts?: Artifacts) {
    this.#objects = objects;
    this.#refs = refs;
    this.#branch = branch;
    this.#artifacts = artifacts;
    this.#tags = [...refs.tags.keys()];
    this.root = new GitTree(objects, tree);
  }

  content(source: SourceObject, sync: SourceObject | undefined): SourceContent {
    switch (source.kind) {
      case "GitRepository":
        return this.#git(source, sync);
      case "OCIRepository":
        return this.#oci(source);
      default:
        return {
          reason: "unsupported",
          message: `what the ${source.kind} '${source.name}' has is not in git`,
        };
    }
  }

  #git(source: SourceObject, sync: SourceObject | undefined): SourceContent {
    const { spec } = source;
    const url = normalUrl(spec["url"]);
    const known = sync === undefined ? this.#refs.origin : sync.spec["url"];
    if (known === undefined)
      return {
        reason: "elsewhere",
        message: `GitRepository '${source.name}' is ${withoutUser(spec["url"])}: the clone has no origin that tells whether that is this repository`,
      };
    if (url !== normalUrl(known)) {
      const isOrigin = this.#refs.origin !== undefined && url === normalUrl(this.#refs.origin);
      if (!isOrigin)
        return {
          reason: "elsewhere",
          message: `GitRepository '${source.name}' is another repository: ${withoutUser(spec["url"])}`,
        };
    }
    const ref = (spec["ref"] ?? { branch: "master" }) as Readonly<Record<string, string | undefined>>;
    const unsupported = ["ignore", "include", "sparseCheckout"]
      .filter((field) => spec[field] !== undefined)
      .map((field) => `spec.${field} of GitRepository '${source.name}'`);
    const extra = unsupported.length === 0 ? {} : { unsupported };
    const named = ref["name"];
    if (named !== undefined && named !== "") {
      if (named.startsWith("refs/heads/"))
        return this.#branchContent(named.slice("refs/heads/".length), sync, extra);
      if (named.startsWith("refs/tags/")) return this.#tagContent(named.slice("refs/tags/".length), extra);
      return { reason: "elsewhere", message: `the reference ${named} is not in this clone` };
    }
    if (ref["commit"] !== undefined && ref["commit"] !== "")
      return this.#revision(ref["commit"], ref["commit"], extra);
    if (ref["semver"] !== undefined && ref["semver"] !== "") {
      const found = this.#best(ref["semver"]);
      if ("message" in found) return found;
      return this.#tagContent(found.tag, { ...extra, taken: found });
    }
    if (ref["tag"] !== undefined && ref["tag"] !== "") return this.#tagContent(ref["tag"], extra);
    return this.#branchContent(ref["branch"] ?? "master", sync, extra);
  }

  #branchContent(branch: string, sync: SourceObject | undefined, extra: object): SourceContent {
    const own = syncBranch(sync) ?? this.#branch;
    if (branch === own) return { tree: this.root, revision: branch, reviewed: true, ...extra };
    const ref = this.#refs.branches.get(branch);
    if (ref === undefined)
      return {
        reason: "elsewhere",
        message: `the branch '${branch}' is not in this clone: git fetch origin ${branch}`,
      };
    return this.#revision(ref, branch, extra);
  }

  #tagContent(tag: string, extra: object): SourceContent {
    const at = this.#refs.tags.get(tag);
    if (at === undefined)
      return {
        reason: "elsewhere",
        message: `the tag '${tag}' is not in this clone: git fetch --tags origin`,
      };
    return typeof at === "string"
      ? this.#revision(at, tag, extra)
      : { tree: at, revision: tag, reviewed: false, ...extra };
  }

  /** The tag that a range gives, and the one that it would give without that one. */
  #best(range: string, filter?: string): Taken | UnknownSource {
    try {
      return (
        takeFrom(this.#tags, range, filter) ?? {
          reason: "elsewhere",
          message: `no tag of this clone is in the range '${range}': git fetch --tags origin`,
        }
      );
    } catch (error) {
      return {
        reason: "missing",
        message: `'${range}'${filter ? ` with the filter '${filter}'` : ""} is no range of versions: ${(error as Error).message}`,
      };
    }
  }

  #revision(revision: string, name: string, extra: object): SourceContent {
    const tree = this.#tree(revision, "");
    if (tree === undefined) return { reason: "elsewhere", message: `'${name}' is not in this clone` };
    return { tree, revision: name, reviewed: false, ...extra };
  }

  /** The same object for the same tree, so that equal clusters are seen to be equal. */
  #tree(revision: string, below: string): GitTree | undefined {
    const key = `${revision} ${below}`;
    if (!this.#trees.has(key)) {
      const id = this.#objects.treeOf(revision);
      const whole = id === undefined ? undefined : new GitTree(this.#objects, id);
      this.#trees.set(key, below === "" ? whole : whole?.below(below));
    }
    return this.#trees.get(key);
  }

  /** A release of a bundle: the artifact of its tag holds the bundle's folder at the git tag of the same name. */
  #oci(source: SourceObject): SourceContent {
    const { spec } = source;
    const ref = (spec["ref"] ?? {}) as Readonly<Record<string, string | undefined>>;
    const bundle = String(spec["url"]).replace(/\/+$/, "").split("/").at(-1)!;
    const elsewhere = (message: string): SourceContent =>
      this.#artifacts?.(source, ref) ?? { reason: "elsewhere", message };
    // A tag beside a digest says which release it is; `sluice promotions` tells when they are not one.
    const isNamed = ref["tag"] !== undefined && this.#refs.tags.has(ref["tag"]);
    if (ref["digest"] !== undefined && ref["digest"] !== "" && !isNamed)
      return elsewhere(`the artifact ${ref["digest"]} of ${bundle} is in a registry, not in this clone`);
    let tag = ref["tag"] ?? "latest";
    let revision = tag;
    let taken: Taken | undefined;
    if (ref["semver"] !== undefined && ref["semver"] !== "") {
      const found = this.#best(ref["semver"], ref["semverFilter"]);
      if ("message" in found) return found.reason === "elsewhere" ? elsewhere(found.message) : found;
      taken = found;
      tag = found.tag;
      revision = `${tag} (the best in ${ref["semver"]})`;
    }
    const at = this.#refs.tags.get(tag);
    if (at === undefined)
      return elsewhere(`the release ${tag} of ${bundle} is not in this clone: git fetch --tags origin`);
    const folder = `manifests/${bundle}`;
    const tree =
      typeof at === "string" ? this.#tree(at, folder) : at instanceof GitTree ? at.below(folder) : undefined;
    if (tree === undefined)
      return elsewhere(
        `the artifact ${String(spec["url"])}:${tag} is not of this repository: ${tag} has no ${folder}`,
      );
    return { tree, revision, reviewed: false, taken };
  }
}

/** The branch that a cluster's sync follows, if it says. */
export function syncBranch(sync: SourceObject | undefined): string | undefined {
  const ref = sync?.spec["ref"];
  if (typeof ref === "string") return ref.replace(/^refs\/heads\//, "");
  const { branch, name } = (ref ?? {}) as { branch?: string; name?: string };
  if (name?.startsWith("refs/heads/") === true) return name.slice("refs/heads/".length);
  return branch;
}

/** A URL without a user and a password. */
const withoutUser = (url: unknown): string => String(url).replace(/(:\/\/)[^/]*@/, "$1");

/** A URL without what does not tell repositories apart. */
export function normalUrl(url: unknown): string {
  return String(url)
    .replace(/^(?:https?|ssh|git):\/\//, "")
    .replace(/^[^@/]*@/, "")
    .replace(/^([^/:]+):(?!\d+\/)/, "$1/")
    .replace(/\.git$|\/+$/g, "")
    .toLowerCase();
}
