import { type Problem, UserError } from "../fleet/user-error.ts";
import type { LoadedFleet } from "../synth/load.ts";
import { identityOf } from "../synth/folder.ts";
import type { KubeJson } from "../synth/print.ts";
import { synthesise } from "../synth/synthesise.ts";
import type { Manifest } from "./manifest.ts";

/** Finds the TypeScript line that made an object, such as `clusters/production/cluster.ts:12 (apps/podinfo)`. */
export type FindMaker = (manifest: Manifest) => string | undefined;

/**
 * The lines of the definitions that make the fleet's objects, as the definitions are now: an object of an older
 * release is told where it is made today. Where the definitions cannot be synthesised, nothing is found, and the
 * first reason is told.
 */
export async function makersOf(loaded: LoadedFleet): Promise<{ find: FindMaker; problem?: Problem }> {
  const places = new Map<string, () => string>();
  try {
    await synthesise(loaded, {
      onObject: (from, identity, where) => void places.set(`${from} ${identity}`, where),
    });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { find: () => undefined, problem: error.problems[0]! };
  }
  return {
    find: ({ from, document }) => {
      if (from === undefined || typeof document !== "object" || document === null) return undefined;
      return "metadata" in document
        ? places.get(`${from} ${identityOf(document as unknown as KubeJson)}`)?.()
        : undefined;
    },
  };
}
