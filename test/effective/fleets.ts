import type { TestedFleet } from "./compare.ts";
import { foreignFleet } from "./foreign-model.ts";
import { sluiceFleet } from "./mutations.ts";

/** The fleet of a seed: every other one is hand-written, without Sluice. */
export const fleetOf = (seed: number): Promise<TestedFleet> =>
  seed % 2 === 0 ? Promise.resolve(foreignFleet(seed)) : sluiceFleet(seed);
