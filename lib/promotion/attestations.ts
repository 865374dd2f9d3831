import { createHash } from "node:crypto";
import { UserError } from "../fleet/user-error.ts";
import { commitTree, filesAt, treeWith } from "../git/commit-files.ts";
import { type Git, GitError } from "../git/git.ts";
import { type Evidence, mergeEvidence, type Observation, withObservation, continued } from "./evidence.ts";
import type { PipelineCluster } from "./pipeline.ts";

/** The branch that keeps what was seen of clusters: a file for each content of each thing on each cluster. */
export const attestationsBranch = "sluice/attestations";
const local = `refs/heads/${attestationsBranch}`;
const remote = `refs/remotes/origin/${attestationsBranch}`;
/** Where those of a repository are fetched to that has the stages before: read, and never written or pushed. */
const elsewhere = "refs/sluice/elsewhere/attestations";

/** What to fetch of a repository that has the stages before, for git fetch. */
export const attestationsRefspec = `${local}:${elsewhere}`;

type Machines = NonNullable<PipelineCluster["machines"]>;

/** All that was recorded. */
export interface Attestations {
  readonly evidence: readonly Evidence[];
  /** What the machines of clusters ran at the newest look, by cluster. */
  readonly machines: ReadonlyMap<string, Machines & { readonly at: number }>;
}

/** What a look at one cluster adds. */
export interface NewAttestation {
  readonly cluster: string;
  readonly observations: readonly Observation[];
  readonly machines: Machines;
  readonly at: number;
}

/** Reads what this clone, its origin and the repository of the stages before had when it last fetched, together. @throws UserError if it cannot be read */
export async function readAttestations(git: Git): Promise<Attestations> {
  const all = await Promise.all([local, remote, elsewhere].map((ref) => recordsAt(git, ref)));
  return attestationsIn(all.reduce(merged));
}

/**
 * Records looks at clusters, as a commit on the branch of its own, and pushes it if asked to.
 * @returns the commit, undefined where the same was recorded before
 * @throws UserError if the branch was rewritten at the origin, or cannot be pushed; nothing is pushed then
 */
export async function writeAttestations(
  git: Git,
  looks: readonly NewAttestation[],
  { push }: { readonly push: boolean },
): Promise<string | undefined> {
  for (let attempt = 1; ; attempt++) {
    if (push) await fetchAttestations(git);
    const [own, theirs] = await Promise.all([recordsAt(git, local), recordsAt(git, remote)]);
    const base = (await git.commit(remote)) ?? (await git.commit(local));
    const before = base === undefined ? new Map<string, unknown>() : await recordsAt(git, base);
    const now = merged(own, theirs);
    for (const look of looks) add(now, look);
    const changed = new Map(
      [...now]
        .map(([path, record]) => [path, print(record)] as const)
        .filter(([path, text]) => text !== print(before.get(path))),
    );
    if (changed.size === 0) return undefined;
    const names = [...new Set(looks.map(({ cluster }) => cluster))].join(", ");
    const tree = await treeWith(
      git,
      base ?? (await git.run(["hash-object", "-t", "tree", "-w", "--stdin"], { input: "" })),
      changed,
    );
    const commit = await commitTree(
      git,
      tree,
      base === undefined ? [] : [base],
      `Attest what ${names} ran\n`,
    );
    if (!push) {
      await git.run(["update-ref", "-m", "sluice: attest", local, commit]);
      return commit;
    }
    try {
      await git.run(["push", "--quiet", "origin", `${commit}:${local}`]);
      await git.run(["update-ref", remote, commit]);
      return commit;
    } catch (error) {
      // Somebody else recorded something in between: theirs and ours go together.
      if (
        error instanceof GitError &&
        attempt < 4 &&
        /rejected|fetch first|non-fast-forward|lock/i.test(error.stderr)
      )
        continue;
      throw new UserError({
        where: "origin",
        message: `the attestation could not be pushed: ${(error as Error).message}`,
        remedy: `allow to push to the branch ${attestationsBranch}, or leave --push out and push it later`,
      });
    }
  }
}

/**
 * Fetches the branch. What was rewritten there is not taken.
 * @throws UserError if the origin does not answer, or its history is another one
 */
export async function fetchAttestations(git: Git): Promise<void> {
  try {
    // Not quiet: only then it says what it refuses.
    await git.run(["fetch", "--no-tags", "--refmap=", "origin", `${local}:${remote}`]);
  } catch (error) {
    const { stderr } = error as GitError;
    if (stderr.includes("couldn't find remote ref")) return;
    throw new UserError(
      /non-fast-forward|rejected/.test(stderr)
        ? {
            where: "origin",
            message: `the history of ${attestationsBranch} was rewritten there: what was attested before is not all in it`,
            remedy: `find out who did it; to take theirs: git fetch origin +${local}:${remote}`,
          }
        : {
            where: "origin",
            message: `${attestationsBranch} cannot be fetched: ${(error as Error).message}`,
          },
    );
  }
}

type Records = Map<string, unknown>;

async function recordsAt(git: Git, revision: string): Promise<Records> {
  if ((await git.commit(revision)) === undefined) return new Map();
  const records: Records = new Map();
  for (const [path, { blob }] of await filesAt(git, revision, ".")) {
    if (!path.endsWith(".json")) continue;
    try {
      records.set(path, JSON.parse(await git.run(["cat-file", "blob", blob])));
    } catch {
      throw new UserError({
        where: `${attestationsBranch}:${path}`,
        message: "cannot be read as JSON",
        remedy: "remove the file from that branch: what it said has to be attested again",
      });
    }
  }
  return records;
}

const isMachines = (path: string): boolean => path.endsWith("/machines.json");

function merged(a: Records, b: Records): Records {
  const all = new Map(a);
  for (const [path, record] of b) {
    const other = all.get(path);
    if (other === undefined) all.set(path, record);
    else if (isMachines(path))
      all.set(path, later(other as Machines & { at: number }, record as Machines & { at: number }));
    else all.set(path, mergeEvidence(other as Evidence, record as Evidence));
  }
  return all;
}

const later = <T extends { readonly at: number }>(a: T, b: T): T => (b.at > a.at ? b : a);

function add(records: Records, { cluster, observations, machines, at }: NewAttestation): void {
  for (const observation of observations) {
    const path = pathOf(observation);
    const known = records.get(path) as Evidence | undefined;
    records.set(path, withObservation(known, continued(observation, known)));
  }
  records.set(`${cluster}/machines.json`, { ...machines, at });
}

function pathOf({ cluster, what, content }: Pick<Evidence, "cluster" | "what" | "content">): string {
  return `${cluster}/${what}/${createHash("sha256").update(content).digest("hex").slice(0, 16)}.json`;
}

const print = (record: unknown): string =>
  record === undefined ? "" : `${JSON.stringify(record, null, 2)}\n`;

function attestationsIn(records: Records): Attestations {
  const evidence: Evidence[] = [];
  const machines = new Map<string, Machines & { at: number }>();
  for (const [path, record] of records)
    if (isMachines(path))
      machines.set(path.slice(0, -"/machines.json".length), record as Machines & { at: number });
    else evidence.push(record as Evidence);
  return { evidence, machines };
}
