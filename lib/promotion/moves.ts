import type { Cluster } from "../fleet/cluster.ts";
import type { Problem } from "../fleet/user-error.ts";
import type { Git } from "../git/git.ts";

/** The trailer of a commit that moves something: `platform on production to 1.1.0`. */
const movesTrailer = "Sluice-Moves";

/** The trailers of a commit that moves something on clusters. */
export function movesTrailers(
  what: string,
  moves: readonly { readonly cluster: string; readonly version: string }[],
): string {
  return moves
    .map(({ cluster, version }) => `${movesTrailer}: ${what} on ${cluster} to ${version}\n`)
    .join("");
}

/** The trailer of a commit that goes on in spite of open conditions: the reason. */
export const overrideTrailer = "Sluice-Override";

/** The values of a trailer, for git log's format: on one line, whatever was folded. */
const trailers = (key: string): string => `%(trailers:key=${key},valueonly,unfold,separator=%x1F)`;
const valuesIn = (text: string): string[] =>
  text.split("\u001f").flatMap((value) => (value.trim() === "" ? [] : [value.trim()]));

/** The moves of commits that record why they go on in spite of open conditions: `platform on production to 1.1.0`, with the reason. */
export async function overriddenMoves(git: Git, commits: string): Promise<Map<string, string>> {
  const log = await git.run([
    "log",
    `--format=${trailers(overrideTrailer)}%x00${trailers(movesTrailer)}`,
    commits,
  ]);
  return new Map(
    log.split("\n").flatMap((line) => {
      const [reasons = "", moves = ""] = line.split("\0");
      const reason = valuesIn(reasons).join("; ");
      return reason === "" ? [] : valuesIn(moves).map((move) => [move, reason] as const);
    }),
  );
}

/**
 * Branches, here and at the origin, that are not merged and move the same thing on one of these clusters: whoever
 * merges second would undo the first.
 */
export async function movesUnderWay(
  git: Git,
  what: string,
  clusters: readonly Pick<Cluster, "name">[],
): Promise<Problem[]> {
  const list = await git.run([
    "for-each-ref",
    "--no-merged=HEAD",
    "--format=%(objectname) %(refname:short)",
    "refs/heads",
    "refs/remotes/origin",
  ]);
  const branches = new Map(
    list.split("\n").flatMap((line) => (line === "" ? [] : [line.split(" ") as [string, string]])),
  );
  if (branches.size === 0) return [];
  const log = await git.run([
    "log",
    "--no-walk=unsorted",
    `--format=%H%x00${trailers(movesTrailer)}`,
    ...branches.keys(),
  ]);
  return log.split("\n").flatMap((line) => {
    const [commit = "", moves = ""] = line.split("\0");
    const branch = branches.get(commit) ?? commit;
    return valuesIn(moves).flatMap((move) => {
      const [, thing, cluster, version] = /^(\S+) on (\S+) to (.+)$/.exec(move) ?? [];
      if (thing !== what || !clusters.some(({ name }) => name === cluster)) return [];
      return {
        where: branch,
        message: `moves ${what} on ${cluster} to ${version}, and is not merged`,
        remedy: branch.startsWith("origin/")
          ? "merge it first, or give it up"
          : `merge it first, or give it up: git branch -D ${branch}`,
      };
    });
  });
}
