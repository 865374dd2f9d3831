import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Cluster } from "../fleet/cluster.ts";
import { unknownCluster } from "../fleet/suggestion.ts";
import { type Problem, throwIfAny, UserError } from "../fleet/user-error.ts";
import { type FileContent, filesAt } from "../git/commit-files.ts";
import type { Git } from "../git/git.ts";
import { type Blob, mergeBlobs, mergeTrees, sameBlob } from "../git/three-way.ts";
import { readBlob } from "../git/read-blob.ts";
import { compareFiles } from "../synth/files.ts";
import { loadFleet } from "../synth/load.ts";
import { clustersFolder } from "../synth/paths.ts";
import { synthesise } from "../synth/synthesise.ts";
import { newBranchProblem, type PlannedCommit, settledFleet } from "./change.ts";

/** Whose describing files are carried where. */
export interface ConfigRequest {
  readonly from: string;
  readonly to: string;
  /** The commit at which the target had all that it should have of the source. @default as the history says */
  readonly since?: string;
  /** @default promote/config-<from>-to-<to> */
  readonly branch?: string;
}

/** Definitions that may be carried over. */
export interface ConfigPlan extends PlannedCommit {
  readonly head: string;
  /** The commit since which the source's changes are carried over. */
  readonly since: string;
  /** The target's describing files that change, added and removed ones among them. */
  readonly changed: readonly string[];
  readonly notices: readonly Problem[];
}

/** What is a cluster's own, and stays where it is. */
const identity = ["versions.yaml", "sandbox.yaml"];
/** The trailer that says which commit of which cluster's definitions another got. */
const configTrailer = "Sluice-Config";

/**
 * Carries what was changed of a cluster's describing files over to another's, by a three-way merge: what differs
 * between them on purpose stays, as do versions.yaml and the target's name. Nothing is changed.
 * @throws UserError with the conflicts, or with what is wrong with the definitions that come of it
 */
export async function planConfig(git: Git, request: ConfigRequest): Promise<ConfigPlan> {
  const fleet = await settledFleet(git);
  const [from, to] = (
    [
      ["--from", request.from],
      ["--to", request.to],
    ] as const
  ).map(([option, name]) => clusterOf(fleet.clusters, option, name, git.root)) as [Cluster, Cluster];
  if (from === to)
    throw new UserError({ where: "--to", message: `${to.name} is what it is carried over from` });
  const since = await sinceWhen(git, from, to, request.since);
  const branch = request.branch ?? `promote/config-${from.name}-to-${to.name}`;
  const taken = await newBranchProblem(git, branch);
  if (taken !== undefined) throw new UserError(taken);

  const labels = { ours: to.name, base: `${from.name} at ${since.slice(0, 12)}`, theirs: from.name };
  const [base, ours, theirs] = await Promise.all([
    describingFiles(git, since, from),
    describingFiles(git, fleet.head, to),
    describingFiles(git, fleet.head, from),
  ]);
  const merged = await mergeTrees(base, ours, theirs, mergeBlobs(git, labels), labels, sameBlob);
  throwIfAny(
    merged.conflicts.map(({ path, kind, text }) => ({
      where: `${clustersFolder}/${to.folder}/${path}`,
      message: `conflict (${kind}) between ${from.name} and ${to.name}:\n${text.replace(/^/gm, "    ")}`,
      remedy: `make the two agree there by hand, commit, and do it again with --since ${fleet.head.slice(0, 12)}`,
    })),
  );
  const changed = [...new Set([...ours.keys(), ...merged.files.keys()])].filter((path) => {
    const [old, now] = [ours.get(path), merged.files.get(path)];
    return old === undefined || now === undefined || !sameBlob(old, now);
  });
  const definitions = new Map(
    changed.map((path) => [`${clustersFolder}/${to.folder}/${path}`, merged.files.get(path)]),
  );
  const made =
    changed.length === 0
      ? { files: new Map<string, string | undefined>(), notices: [] }
      : await manifestsWith(git, fleet.head, definitions);
  return {
    head: fleet.head,
    since,
    branch,
    changed: [...definitions.keys()],
    notices: made.notices,
    files: new Map<string, FileContent | undefined>([...definitions, ...made.files]),
    message: `Carry the definitions of ${from.name} over to ${to.name}\n\nWhat changed of them since ${since.slice(0, 12)}; versions stay.\n\n${configTrailer}: ${from.name} at ${fleet.head} to ${to.name}\n`,
  };
}

function clusterOf(clusters: readonly Cluster[], option: string, name: string, root: string): Cluster {
  const found = clusters.find((cluster) => cluster.name === name);
  if (found === undefined)
    throw new UserError(
      {
        where: option,
        message: unknownCluster(
          name,
          clusters.map((each) => each.name),
        ),
      },
      2,
    );
  if (found.sandbox !== undefined)
    throw new UserError({
      where: option,
      message: `${name} is a sandbox`,
      remedy: "what works there is returned to its source first",
    });
  if (existsSync(join(root, clustersFolder, found.folder, "clusters.ts")))
    throw new UserError({
      where: option,
      message: `${name} is a row of a table, and has no describing files of its own`,
    });
  return found;
}

/** Where the target's knowledge of the source ends: the last time that it was carried over, or else the last change of the target's own files. */
async function sinceWhen(git: Git, from: Cluster, to: Cluster, asked: string | undefined): Promise<string> {
  if (asked !== undefined) {
    const commit = await git.commit(asked);
    if (commit === undefined)
      throw new UserError({ where: "--since", message: `git knows no commit '${asked}'` }, 2);
    return commit;
  }
  const log = await git.run([
    "log",
    `--format=%(trailers:key=${configTrailer},valueonly)`,
    `--grep=^${configTrailer}: ${from.name} at .* to ${to.name}$`,
    "-1",
    "HEAD",
  ]);
  const [, recorded] = new RegExp(`^${from.name} at ([0-9a-f]{40,64}) to ${to.name}$`, "m").exec(log) ?? [];
  if (recorded !== undefined) {
    if ((await git.commit(recorded)) !== undefined) return recorded;
    throw new UserError({
      where: recorded.slice(0, 12),
      message: `${to.name} last got ${from.name}'s definitions of this commit, which is not in this clone: the history was rewritten, or the clone is shallow`,
      remedy: "git fetch --unshallow, or say from which commit on: --since COMMIT",
    });
  }
  const folder = `${clustersFolder}/${to.folder}`;
  const last = await git.run([
    "log",
    "-1",
    "--format=%H",
    "HEAD",
    "--",
    folder,
    ...identity.map((file) => `:(exclude)${folder}/${file}`),
  ]);
  return last;
}

/** The describing files of a cluster's folder at a commit, without those of clusters below it. */
async function describingFiles(git: Git, revision: string, { folder }: Cluster): Promise<Map<string, Blob>> {
  const root = `${clustersFolder}/${folder}`;
  const all = new Map(
    [...(await filesAt(git, revision, root))].map(([path, blob]) => [path.slice(root.length + 1), blob]),
  );
  const nested = [...all.keys()].filter((path) => /.\/clusters?\.ts$/.test(path)).map(dirname);
  return new Map(
    [...all].filter(
      ([path]) =>
        !identity.includes(path) &&
        !path.startsWith("secrets/") &&
        !nested.some((other) => path.startsWith(`${other}/`)),
    ),
  );
}

/** The manifests that come of other definitions: synthesised in a copy of the commit, so that nothing here changes. */
async function manifestsWith(
  git: Git,
  head: string,
  definitions: ReadonlyMap<string, Blob | undefined>,
): Promise<{ files: Map<string, string | undefined>; notices: readonly Problem[] }> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-definitions-"));
  try {
    await unpack(git, head, folder);
    if (existsSync(join(git.root, "node_modules")))
      await symlink(join(git.root, "node_modules"), join(folder, "node_modules"));
    for (const [path, content] of definitions) {
      await mkdir(join(folder, dirname(path)), { recursive: true });
      if (content === undefined) await rm(join(folder, path));
      else await writeFile(join(folder, path), await readBlob(git, content.blob));
    }
    const { files, folders, notices } = await synthesise(await loadFleet(folder), { git });
    const { added, changed, stale } = compareFiles(folder, folders, files);
    return {
      notices,
      files: new Map<string, string | undefined>([
        ...[...added, ...changed].map((path) => [path, files.get(path)!] as const),
        ...stale.map((path) => [path, undefined] as const),
      ]),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Lays a commit's files into a folder. */
function unpack(git: Git, commit: string, folder: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = execFile("tar", ["-x", "-C", folder], (error) => {
      if (error === null) resolve();
      else reject(new Error(`the commit could not be unpacked: ${error.message}`));
    });
    const archive = execFile("git", ["archive", "--format=tar", commit], {
      cwd: git.root,
      encoding: "buffer",
      maxBuffer: 1 << 30,
    });
    archive.on("error", reject);
    archive.stdout!.pipe(child.stdin!);
  });
}
