import { type AgreementFleet, agreementFleet } from "./catalogue.ts";
import { type Compared, compare, predict } from "./compare.ts";
import type { AgreementPlane } from "./plane.ts";

/** A fleet to run: its twists, and the seed that all else follows from. */
export interface Wanted {
  readonly name: string;
  readonly seed: number;
}

/** How a fleet ended, and how its simulation did. */
export interface AgreementReport extends Compared {
  readonly name: string;
  readonly seed: number;
}

/** Runs fleets side by side on the real controllers, with their changes, and compares each with its simulation. */
export async function runFleets(
  plane: AgreementPlane,
  wanted: readonly Wanted[],
): Promise<AgreementReport[]> {
  const fleets = wanted.map(({ name, seed }) => agreementFleet(name, seed, plane.charts));
  const first = await plane.apply(fleets, false);
  const base = plane.head;
  const reports = new Map<AgreementFleet, Compared>();
  for (const fleet of fleets)
    reports.set(fleet, compare(fleet, await predict(plane.clone, fleet.name, base), first, true));
  const changing = fleets.filter(({ change }) => change !== undefined);
  if (changing.length > 0) {
    const second = await plane.apply(fleets, true);
    for (const fleet of changing) {
      const prediction = await predict(plane.clone, fleet.name, plane.head, base);
      reports.set(fleet, sum(reports.get(fleet)!, compare(fleet, prediction, second, false)));
    }
  }
  await plane.remove(fleets);
  return wanted.map((each, index) => ({ ...each, ...reports.get(fleets[index]!)! }));
}

function sum(a: Compared, b: Compared): Compared {
  return {
    verdicts: a.verdicts + b.verdicts,
    ready: a.ready + b.ready,
    objects: a.objects + b.objects,
    orders: a.orders + b.orders,
    disagreements: [...a.disagreements, ...b.disagreements.map((text) => `after the change: ${text}`)],
  };
}
