import { type ClusterImpact } from "../impact/impact.ts";
import { wholeImpact } from "../impact/transitions.ts";
import type { ArtifactReader } from "../effective/artifacts.ts";
import { type Problem, throwIfAny } from "../fleet/user-error.ts";
import type { Git } from "../git/git.ts";
import {
  type Blob,
  mergeBlobs,
  type MergeConflict,
  mergeTrees,
  sameBlob,
  sameBlobs,
} from "../git/three-way.ts";
import { loadFleetDefinition } from "../synth/load.ts";
import { clusterFolder, clustersFolder, manifestsFolder } from "../synth/paths.ts";
import { openElsewhere } from "./across.ts";
import { commitSteps } from "./commit-steps.ts";
import { describedBy, describingFiles } from "./describing.ts";
import { effectiveIn, objectsByIdentity } from "./effective.ts";
import { leakedIdentity, linesNaming } from "./identity.ts";
import { movedMeanwhile } from "./main-branch.ts";
import { type OpenSandbox, openSandbox } from "./open.ts";
import { proofDifferences } from "./proof.ts";
import type { Renderer } from "./render.ts";
import { baseProblem, cloneFiles, type ClusterPlace, placeOfCluster, treeDescribing } from "./source.ts";
import type { Steps } from "./steps.ts";
import { tableProblems } from "./table-return.ts";

/** What to return, and where to. */
export interface ReturnRequest {
  readonly name: string;
  /** @default the sandbox's source */
  readonly to?: string;
  /** The repository that the sandbox is in, where its source is in this one: a URL, or the folder of a clone. */
  readonly repository?: string;
}

/** What a return does, or did. */
export interface Returned {
  readonly name: string;
  readonly target: string;
  /** Describing files that it changes, empty where the target has all that the sandbox has. */
  readonly files: readonly string[];
  /** What it does to the target. */
  readonly impact: ClusterImpact | undefined;
  /** What somebody should look at. */
  readonly notices: readonly Problem[];
  /** The commit that it made, now HEAD. */
  readonly commit?: string;
}

interface Merged {
  readonly open: OpenSandbox;
  readonly target: ClusterPlace;
  readonly base: ReadonlyMap<string, Blob>;
  readonly edited: ReadonlyMap<string, Blob>;
  readonly ours: ReadonlyMap<string, Blob>;
  /** What the merge changes in the repository. */
  readonly changes: ReadonlyMap<string, Blob | undefined>;
}

/**
 * Carries what was changed in a sandbox back to its source: a three-way merge of each describing file, proved by
 * what Flux will apply, as one commit on the branch that is checked out. The sandbox stays as it is.
 */
export function returnSandbox(
  git: Git,
  request: ReturnRequest,
  render: Renderer,
  artifacts?: ArtifactReader,
): Steps<Returned> {
  let merged: Merged | undefined;
  let tree: string | undefined;
  let outcome: Returned | undefined;
  const ending = commitSteps(git, () => {
    const { open, target } = merged!;
    const { base, owner } = open.sandbox;
    const message = `Return sandbox ${open.name} to ${target.name}\n\nBase: ${base}\nOwner: ${owner}\n`;
    return Promise.resolve(tree === undefined ? undefined : { head: open.head, tree, message });
  });
  return {
    plan: [
      {
        title: `Merge ${request.name} into ${request.to ?? "its source"}`,
        run: async () => {
          merged = await mergeReturn(git, request);
          outcome = {
            name: request.name,
            target: merged.target.name,
            files: [...merged.changes.keys()],
            impact: undefined,
            notices: await noticesOf(git, merged),
          };
        },
      },
      {
        title: "Prove that the target gets what the sandbox has",
        run: async () => {
          if (merged!.changes.size === 0) return;
          const proved = await proveReturn(git, merged!, render, artifacts);
          tree = proved.tree;
          outcome = { ...outcome!, impact: proved.impact };
        },
      },
    ],
    act: ending.steps,
    outcome: () => ({ ...outcome!, ...ending.made() }),
  };
}

async function mergeReturn(git: Git, { name, to, repository }: ReturnRequest): Promise<Merged> {
  const elsewhere = repository === undefined ? undefined : await openElsewhere(git, name, repository);
  const open = elsewhere ?? (await openSandbox(git, name));
  const { sandbox, tree, head, folder } = open;
  if (elsewhere === undefined && sandbox.repository !== undefined)
    throwIfAny([
      {
        where: name,
        message: `its source ${sandbox.from} is in another repository: ${sandbox.repository}`,
        remedy: `push this branch, and run there: sluice sandbox return ${name} --repository URL-OF-THIS-ONE`,
      },
    ]);
  const problems: Problem[] = [];
  if (sandbox.purpose === "performance")
    problems.push({
      where: name,
      message: "is a performance sandbox: it measures its source as it is, and has nothing to return",
      remedy: `try the change in a clone of ${sandbox.from} with --purpose platform, and return that`,
    });
  const gone = await baseProblem(git, open);
  if (gone !== undefined) problems.push(gone);
  const wanted = to ?? sandbox.from;
  const target = await placeOfCluster(git, tree, wanted);
  if (target === undefined)
    problems.push({
      where: to === undefined ? name : "--to",
      message:
        to === undefined
          ? `its source ${sandbox.from} has gone: there is nothing to return to`
          : `there is no cluster '${to}'`,
      remedy: to === undefined ? `name another: sluice sandbox return ${name} --to CLUSTER` : "see clusters/",
    });
  else if (elsewhere === undefined && target.folder === folder)
    problems.push({ where: "--to", message: "a sandbox cannot be returned to itself" });
  throwIfAny(problems);
  const source =
    wanted === sandbox.from
      ? target!
      : ((await placeOfCluster(git, tree, sandbox.from)) ?? lost(sandbox.from));
  const base = await cloneFiles(git, sandbox.base, source);
  const edited = elsewhere?.edited ?? describingFiles(tree, folder);
  if (target!.inTable) throwIfAny(await tableProblems(git, { name, target: target!, base, edited }));
  const ours = target!.inTable ? await cloneFiles(git, head, target!) : describingFiles(tree, target!.folder);
  const labels = { ours: target!.name, base: `${source.name} at ${sandbox.base.slice(0, 10)}`, theirs: name };
  const { files, conflicts } = await mergeTrees(
    base,
    ours,
    edited,
    mergeBlobs(git, labels),
    labels,
    sameBlob,
  );
  throwIfAny(conflicts.map((conflict) => conflictProblem(conflict, target!.folder)));
  const changes = target!.inTable
    ? new Map<string, Blob>()
    : describedBy(tree, target!.folder, files, sameBlob);
  return { open, target: target!, base, edited, ours, changes };
}

/** A source that has gone is still in the history, as it was when it was cloned. */
const lost = (name: string): ClusterPlace => ({ name, folder: name, inTable: false });

/** A conflict, as git shows it. */
export function conflictProblem({ path, kind, text }: MergeConflict, folder: string): Problem {
  return {
    where: `${clustersFolder}/${folder}/${path}`,
    message: `CONFLICT (${kind}): both sides changed it\n${text.trimEnd()}`,
    remedy:
      "nothing was changed. Sync the sandbox with what its source has now, or edit one side, commit, and run this again",
  };
}

async function noticesOf(git: Git, { open, target, changes, ours }: Merged): Promise<Problem[]> {
  const prefix = `${clustersFolder}/${target.folder}/`;
  const read = (blob: Blob | undefined) =>
    blob === undefined ? Promise.resolve("") : git.run(["cat-file", "blob", blob.blob]);
  const lines = await Promise.all(
    [...changes].map(async ([path, blob]) =>
      linesNaming(open.name, path, await read(ours.get(path.slice(prefix.length))), await read(blob)),
    ),
  );
  const moved = await movedMeanwhile(git, await loadFleetDefinition(git.root), open, target);
  return [...lines.flat(), ...(moved === undefined ? [] : [moved])];
}

/**
 * The tree of the return, once it is sure that it does to the target what was done to the sandbox: all four states
 * are looked at under the target's own identity and with the branch's own code, so that nothing but the edits and
 * the merge can make a difference.
 */
async function proveReturn(
  git: Git,
  { open, target, base, edited, ours, changes }: Merged,
  render: Renderer,
  artifacts: ArtifactReader | undefined,
): Promise<{ tree: string; impact: ClusterImpact | undefined }> {
  const { tree: files, head } = open;
  const describing = (described: ReadonlyMap<string, Blob>) =>
    treeDescribing(git, head, describedBy(files, target.folder, described, sameBlob));
  const tree = await render.render(await treeDescribing(git, head, changes));
  throwIfAny(await surplusChanges(git, head, tree, target));
  const effective = (at: string) => effectiveIn(git, at, target.name, artifacts);
  const [before, after] = [await effective(head), await effective(tree)];
  const problems = leakedIdentity(target.name, after, open);
  const impact = await wholeImpact(target.name, before, after);
  for (const { unit, message } of impact?.failures ?? [])
    problems.push({
      where: target.name,
      message: `after the return Flux would fail ${unit}: ${message}`,
      remedy: "nothing was changed",
    });
  throwIfAny(problems);

  // Where the target has not moved since the clone, the merge is the sandbox's own files: there is nothing to compare.
  if (!sameBlobs(base, ours)) {
    const at = async (described: ReadonlyMap<string, Blob>) =>
      objectsByIdentity(await effective(await render.render(await describing(described), target.name)));
    const differences = proofDifferences(
      { before: await at(base), after: await at(edited) },
      { before: objectsByIdentity(before), after: objectsByIdentity(after) },
    );
    throwIfAny(
      differences.map(({ object, fields, message }) => ({
        where: `${target.name}: ${object.trim()}`,
        message: `${message}${fields.length === 0 ? "" : `: ${fields.join(", ")}`}`,
        remedy: `nothing was changed. Bring in what ${target.name} has now, and look again: sluice sandbox sync ${open.name}`,
      })),
    );
  }
  return { tree, impact };
}

/** A return changes its target alone: whatever else would change was not committed as the definitions give it. */
async function surplusChanges(
  git: Git,
  head: string,
  tree: string,
  target: ClusterPlace,
): Promise<Problem[]> {
  const list = await git.run(["diff-tree", "-r", "-z", "--name-only", "--no-renames", head, tree]);
  const own = [`${clustersFolder}/${target.folder}/`, `${clusterFolder(target.name)}/`];
  const other = list
    .split("\0")
    .filter((path) => path !== "" && !own.some((folder) => path.startsWith(folder)));
  if (other.length === 0) return [];
  return [
    {
      where: other.slice(0, 3).join(", ") + (other.length > 3 ? `, … (${other.length})` : ""),
      message: `the ${manifestsFolder} of the branch are not what its definitions give, so nobody can say what was tried`,
      remedy: "sluice synth, commit, see that the sandbox is Ready with it, then return it",
    },
  ];
}
