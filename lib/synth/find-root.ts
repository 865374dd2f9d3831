import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { clustersFolder } from "./paths.ts";

/** The nearest folder from `start` upwards that holds `clusters/fleet.ts`, or undefined. */
export function findFleetRoot(start: string): string | undefined {
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, clustersFolder, "fleet.ts"))) return folder;
    if (dirname(folder) === folder) return undefined;
  }
}
