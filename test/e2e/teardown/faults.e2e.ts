import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { faults, runWithFault } from "./faults.ts";
import { SmallCluster } from "./small-cluster.ts";

/** A fixed sample, in which each fault is; `npm run e2e:faults` has ten times as many, others with each commit. */
const seeds = Array.from({ length: 20 }, (_, index) => 1000 * faults.length + index);

describe("a teardown while something goes wrong", () => {
  let cluster: SmallCluster;
  beforeAll(async () => {
    cluster = await SmallCluster.start();
  });
  afterAll(() => cluster?.stop());

  test.each(seeds.map((seed) => [faults[seed % faults.length]!.name, seed] as const))(
    "%s (seed %i)",
    { timeout: 300_000 },
    async (name, seed) => {
      expect(await runWithFault(cluster, seed)).toMatchObject({ fault: name });
    },
  );
});
