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

/** The moves of commits that record why they go on in spite of open conditions: `platform on production to 1.1.0`, with the reason. */
export async function overriddenMoves(git: Git, commits: string): Promise<Map<string, string>> {
  const values = (key: string) => `%(trailers:key=${key},valueonly,separator=%x1F)`;
  const log = await git.run([
    "log",
    `--format=${values(overrideTrailer)}%x09${values(movesTrailer)}`,
    commits,
  ]);
  return new Map(
    log.split("\n").flatMap((line) => {
      const [reason = "", moves = ""] = line.split("\t");
      return reason.trim() === ""
        ? []
        : moves.split("\u001f").map((move) => [move.trim(), reason.trim()] as const);
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
    `--format=%H%x09%(trailers:key=${movesTrailer},valueonly,separator=%x1F)`,
    ...branches.keys(),
  ]);
  return log.split("\n").flatMap((line) => {
    const [commit = "", trailers = ""] = line.split("\t");
    const branch = branches.get(commit) ?? commit;
    return trailers.split("\u001f").flatMap((trailer) => {
      const [, thing, cluster, version] = /^(\S+) on (\S+) to (.+)$/.exec(trailer.trim()) ?? [];
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
