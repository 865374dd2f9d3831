import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compareFleet, type Outcome } from "./compare.ts";
import { fleetOf } from "./fleets.ts";
import { buildReference, Reference } from "./reference.ts";

const built = await buildReference();
if ("missing" in built) console.warn(`skipped: mutations of fleets. ${built.missing}`);

/** `npm run effective` makes 2,000. */
const fleets = [11, 12, 13, 14, 15, 16, 17, 18, 19, 20];
const perFleet = 20;

describe.skipIf("missing" in built)(
  "200 changes of fleets, against kustomize and Flux's own substitution",
  () => {
    let reference: Reference;
    const outcomes: Outcome[] = [];
    beforeAll(() => {
      if ("binary" in built) reference = new Reference(built.binary);
    });
    afterAll(() => reference.close());

    test.each(fleets)(
      "fleet %i: impact names exactly the clusters and objects that differ",
      async (seed) => {
        const found = await compareFleet(await fleetOf(seed), seed, perFleet, reference);
        outcomes.push(...found);
        expect(found).toHaveLength(perFleet);
        expect(found.filter(({ disagreements }) => disagreements.length > 0)).toEqual([]);
      },
      300_000,
    );

    test("most of them change something, and some nothing", () => {
      const effective = outcomes.filter(({ changed }) => changed > 0).length;
      expect(effective).toBeGreaterThan(outcomes.length / 2);
      expect(effective).toBeLessThan(outcomes.length);
    });
  },
);
