import type { ArtifactReader } from "../effective/artifacts.ts";
import type { Sandbox } from "../fleet/sandbox.ts";
import { type Problem, throwIfAny } from "../fleet/user-error.ts";
import { changesInTheWay } from "../git/clean.ts";
import type { Git } from "../git/git.ts";
import { sameBlob, sameBlobs } from "../git/three-way.ts";
import { type ClusterImpact } from "../impact/impact.ts";
import { wholeImpact } from "../impact/transitions.ts";
import { describedBy } from "./describing.ts";
import { effectiveIn } from "./effective.ts";
import { openSandbox } from "./open.ts";
import type { Renderer } from "./render.ts";
import { cloneFiles, treeDescribing } from "./source.ts";
import { sourceOf } from "./source-of.ts";

/** A sandbox, and how it differs from its source. */
export interface ShownSandbox {
  readonly name: string;
  readonly sandbox: Sandbox;
  /**
   * What Flux applies to the sandbox, against what it would apply to a fresh clone of the source: so that nothing
   * of it is the sandbox's identity. Undefined where nothing differs.
   */
  readonly differences: ClusterImpact | undefined;
  /** Whether the source's describing files, as this branch or their own repository has them, are no more those cloned. */
  readonly sourceMoved: boolean;
  readonly notices: readonly Problem[];
}

/** Looks at a sandbox of the branch that is checked out, as it is committed. */
export async function showSandbox(
  git: Git,
  name: string,
  render: Renderer,
  artifacts?: ArtifactReader,
): Promise<ShownSandbox> {
  const open = await openSandbox(git, name, false);
  const { sandbox, tree, head, folder } = open;
  const notices: Problem[] = [];
  const dirty = await changesInTheWay(git);
  if (dirty !== undefined)
    notices.push({
      ...dirty,
      message: dirty.message.replace("are in the way", "are not looked at"),
      remedy: "commit them",
    });
  const source = await sourceOf(git, open);
  if (source === undefined)
    throwIfAny([
      { where: name, message: `its source ${sandbox.from} has gone: there is nothing to compare with` },
    ]);
  const fresh = await source!.filesNow(head);
  const known = (await git.commit(sandbox.base)) !== undefined;
  if (!known)
    notices.push({
      where: name,
      message:
        "the commit that it was cloned at is not in this clone, so nobody can say whether its source has moved",
      remedy: "git fetch --unshallow",
    });
  const cloned = await treeDescribing(git, head, describedBy(tree, folder, fresh, sameBlob));
  const [before, after] = [
    await effectiveIn(git, await render.render(cloned, name), name, artifacts),
    await effectiveIn(git, head, name, artifacts),
  ];
  return {
    name,
    sandbox,
    differences: await wholeImpact(name, before, after),
    sourceMoved: known && !sameBlobs(fresh, await cloneFiles(git, sandbox.base, source!)),
    notices,
  };
}
