import { FleetBuilder } from "./fleet-builder.ts";
import { Random } from "../../lib/teardown/fake/random.ts";
import { waiting } from "./twists/waiting.ts";
import { building } from "./twists/building.ts";
import { applying } from "./twists/applying.ts";
import { access } from "./twists/access.ts";
import { health } from "./twists/health.ts";
import { releases } from "./twists/releases.ts";
import { changing } from "./twists/changing.ts";
import type { Twist } from "./twists/twist.ts";

/** A fleet whose fate is known to the real controllers, and to be told by the simulation. */
export interface AgreementFleet {
  readonly name: string;
  /** Its files at first. */
  readonly files: ReadonlyMap<string, string>;
  /** Its files after a change, where there is one; what is in none of them is removed. */
  readonly change: ReadonlyMap<string, string> | undefined;
}

/** Every twist, by name. */
export const twists: Readonly<Record<string, Twist>> = {
  healthy: () => undefined,
  ...waiting,
  ...building,
  ...applying,
  ...access,
  ...health,
  ...releases,
  ...changing,
};

/** Those that `npm run e2e` runs: one of each sort. */
export const sample = [
  "healthy",
  "cycle",
  "missing-source",
  "unset-variable",
  "definition-later",
  "pods-without-account",
  "half-applied",
  "two-owners",
  "release-into-nowhere",
  "prune",
] as const;

/** A fleet by the name of its twist, or by several joined by `+`. @param charts `oci://…` of the stand-in charts */
export function agreementFleet(name: string, seed: number, charts: string): AgreementFleet {
  const id = `f${seed}`;
  const fleet = new FleetBuilder(id, new Random(seed), charts).healthy();
  const changes = name.split("+").map((each) => {
    const twist = twists[each];
    if (twist === undefined) throw new Error(`there is no twist '${each}'`);
    return twist(fleet);
  });
  const files = fleet.files();
  const later = changes.filter((change) => change !== undefined);
  for (const change of later) change();
  return { name: id, files, change: later.length === 0 ? undefined : fleet.files() };
}
