import { createTwoFilesPatch } from "diff";
import type { Problem } from "../fleet/user-error.ts";
import type { Git } from "../git/git.ts";
import { type Blob, sameBlob } from "../git/three-way.ts";
import { loadFleet } from "../synth/load.ts";
import { clustersFolder } from "../synth/paths.ts";
import type { ClusterPlace } from "./source.ts";

/** A clone of a row of a table. */
export interface TableClone {
  readonly name: string;
  readonly target: ClusterPlace;
  /** What the clone began with. */
  readonly base: ReadonlyMap<string, Blob>;
  /** What it has now. */
  readonly edited: ReadonlyMap<string, Blob>;
}

/**
 * What to change in a table by hand: its rows have one definition and one versions.yaml, so that no merge can say
 * whether a change is meant for one row or for all. @returns nothing where the clone is as it was
 */
export async function tableProblems(
  git: Git,
  { name, target, base, edited }: TableClone,
): Promise<Problem[]> {
  const text = (blob: Blob | undefined) =>
    blob === undefined ? Promise.resolve("") : git.run(["cat-file", "blob", blob.blob]);
  const paths = [...new Set([...base.keys(), ...edited.keys()])].sort();
  const differing = paths.filter((path) => {
    const [old, now] = [base.get(path), edited.get(path)];
    return old === undefined || now === undefined || !sameBlob(old, now);
  });
  if (differing.length === 0) return [];
  const { clusters } = await loadFleet(git.root);
  const rows = clusters.filter((cluster) => cluster.folder === target.folder).length;
  const table = `${clustersFolder}/${target.folder}/clusters.ts`;
  return Promise.all(
    differing.map(async (path): Promise<Problem> => {
      const [old, now] = await Promise.all([text(base.get(path)), text(edited.get(path))]);
      const from = `${target.name} (a row of ${table})`;
      const patch = createTwoFilesPatch(
        from,
        `${name}/${path}`,
        `${old}\n`,
        `${now}\n`,
        undefined,
        undefined,
        {
          context: 2,
        },
      );
      const shown = patch.split("\n").slice(1).join("\n").trimEnd();
      return path === "versions.yaml"
        ? {
            where: `${clustersFolder}/${target.folder}/versions.yaml`,
            message: `all ${rows} rows of the table run what it says; ${name} has changed it:\n${shown}`,
            remedy: `change it there for all rows; or, for ${target.name} alone, take its row out of ${table} and give it a folder of its own`,
          }
        : {
            where: table,
            message: `${target.name} is a row of a table, which no merge can edit; ${name} has changed ${path}:\n${shown}`,
            remedy: `write it into the table: as a column that the row '${target.name}' has another value for, or for all ${rows} rows`,
          };
    }),
  );
}
