import { afterAll, beforeAll, expect, it } from "vitest";
import { sample } from "./agreement/catalogue.ts";
import { AgreementPlane } from "./agreement/plane.ts";
import { runFleets } from "./agreement/run.ts";

/** `npm run e2e:agreement` runs all of them, and some together. */
let plane: AgreementPlane | undefined;
beforeAll(async () => {
  plane = await AgreementPlane.start();
});
afterAll(() => plane?.stop());

it("the simulation of small fleets agrees with the real controllers", { timeout: 400_000 }, async () => {
  const wanted = sample.map((name, index) => ({ name, seed: 100 + index }));
  const reports = await runFleets(plane!, wanted);
  expect(reports).toHaveLength(sample.length);
  for (const { name, verdicts, disagreements } of reports) {
    expect(disagreements, name).toEqual([]);
    expect(verdicts, name).toBeGreaterThan(3);
  }
});
