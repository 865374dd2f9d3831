import { printSandbox } from "../fleet/sandbox.ts";
import { throwIfAny } from "../fleet/user-error.ts";
import { advanceBranch, commitTree, type FileContent, filesAt, treeWith } from "../git/commit-files.ts";
import type { Git } from "../git/git.ts";
import { type MergedCommits, mergeCommits } from "../git/merge-commits.ts";
import { type Blob, mergeBlobs, mergeTrees, sameBlob, sameBlobs } from "../git/three-way.ts";
import { loadFleetDefinition } from "../synth/load.ts";
import { clustersFolder, manifestsFolder } from "../synth/paths.ts";
import { describedBy, describingFiles, sandboxFile } from "./describing.ts";
import { isAncestor, type MainTip, mainTip } from "./main-branch.ts";
import { type OpenSandbox, openSandbox } from "./open.ts";
import type { Renderer } from "./render.ts";
import { conflictProblem } from "./return.ts";
import { baseProblem, cloneFiles } from "./source.ts";
import { sourceOf } from "./source-of.ts";
import type { Steps } from "./steps.ts";

/** What a sync does, or did. */
export interface Synced {
  readonly name: string;
  /** The main branch, as far as this clone knows it. */
  readonly main: MainTip;
  /** Whether the branch lacked something of it. */
  readonly merged: boolean;
  /** Describing files of the sandbox that change. */
  readonly files: readonly string[];
  /** The commit that the sandbox is now a clone at. */
  readonly base: string;
  readonly commit?: string;
}

/**
 * Brings in what has changed at a sandbox's source since: merges main into the branch, and what has changed of the
 * source's describing files into the sandbox's, whose base is then the newest. A source in another repository is
 * read where it is, and main is this one's. Manifests are never in conflict: they are made anew. The branch moves in
 * one step.
 */
export function syncSandbox(git: Git, name: string, render: Renderer): Steps<Synced> {
  let open: OpenSandbox | undefined;
  let synced: Synced | undefined;
  let commit: string | undefined;
  return {
    plan: [
      {
        title: "Merge what has changed",
        run: async () => {
          open = await openSandbox(git, name);
          [synced, commit] = await planSync(git, open, render);
        },
      },
    ],
    act: [
      {
        title: "Move the branch",
        run: async () => {
          if (commit === open!.head) return;
          await advanceBranch(git, commit!);
          synced = { ...synced!, commit: commit! };
        },
      },
    ],
    outcome: () => synced!,
  };
}

async function planSync(git: Git, open: OpenSandbox, render: Renderer): Promise<[Synced, string]> {
  const { name, sandbox, head, folder } = open;
  const [tip, source] = await Promise.all([
    loadFleetDefinition(git.root).then((fleet) => mainTip(git, fleet)),
    sourceOf(git, open),
  ]);
  const gone = await baseProblem(git, open);
  throwIfAny([
    ...("problem" in tip ? [tip.problem] : []),
    ...(gone === undefined ? [] : [gone]),
    ...(source === undefined
      ? [{ where: name, message: `its source ${sandbox.from} has gone: there is nothing to bring in` }]
      : []),
  ]);
  const main = tip as MainTip;
  const merged = !(await isAncestor(git, main.commit, head));
  const parent = merged ? await mergeMain(git, head, main, render) : head;

  // The source as the branch has it now; where that is main's own, main's commit is the base that a rebase keeps.
  const tree = await filesAt(git, parent, clustersFolder);
  const [now, onMain] = await Promise.all([
    source!.filesNow(parent),
    source!.filesNow(main.commit).catch(() => new Map<string, Blob>()),
  ]);
  const before = await cloneFiles(git, sandbox.base, source!);
  const newest = source!.elsewhere ?? (sameBlobs(now, onMain) ? main.commit : parent);
  const base = sameBlobs(now, before) ? sandbox.base : newest;
  const labels = {
    ours: name,
    base: `${source!.name} at ${sandbox.base.slice(0, 10)}`,
    theirs: `${source!.name} now`,
  };
  const edited = describingFiles(tree, folder);
  const { files, conflicts } = await mergeTrees(
    before,
    edited,
    now,
    mergeBlobs(git, labels),
    labels,
    sameBlob,
  );
  throwIfAny(conflicts.map((conflict) => conflictProblem(conflict, folder)));
  const changes = new Map<string, FileContent | undefined>(describedBy(tree, folder, files, sameBlob));
  const outcome: Synced = { name, main, merged, files: [...changes.keys()], base };
  if (base === sandbox.base && changes.size === 0) return [outcome, parent];
  changes.set(`${clustersFolder}/${folder}/${sandboxFile}`, printSandbox({ ...sandbox, base }));
  const rendered = await render.render(await treeWith(git, parent, changes));
  const message = `Sync sandbox ${name} with ${source!.name}\n\nBase: ${base}\n`;
  return [outcome, await commitTree(git, rendered, [parent], message)];
}

/** A merge commit of main into the branch, whose manifests are what the merged definitions give. */
async function mergeMain(git: Git, head: string, main: MainTip, render: Renderer): Promise<string> {
  const found = await mergeCommits(git, head, main.commit);
  const generated = (path: string) => path.startsWith(`${manifestsFolder}/`);
  throwIfAny(await realConflicts(git, found, generated, main));
  const before = await filesAt(git, head, manifestsFolder);
  // Any version of a generated file will do, as the next line makes it anew.
  const settled = await treeWith(
    git,
    found.tree,
    new Map(found.conflicts.filter(generated).map((path) => [path, before.get(path)])),
  );
  const tree = await render.render(settled);
  return commitTree(git, tree, [head, main.commit], `Merge ${main.name}\n`);
}

async function realConflicts(
  git: Git,
  { tree, conflicts }: MergedCommits,
  generated: (path: string) => boolean,
  main: MainTip,
) {
  return Promise.all(
    conflicts
      .filter((path) => !generated(path))
      .map(async (path) => ({
        where: path,
        message: `CONFLICT with ${main.name}\n${((await git.show(tree, path)) ?? "deleted in one and modified in the other").trimEnd()}`,
        remedy: `nothing was changed. git merge ${main.name}, resolve it, sluice synth, commit, then sync again`,
      })),
  );
}
