import { describe, expect, test } from "vitest";
import { describeName } from "../../../lib/flux/object-name.ts";
import { parseKey } from "../../../lib/teardown/objects.ts";
import type { TeardownResult } from "../../../lib/teardown/result.ts";
import { teardown } from "../../../lib/teardown/teardown.ts";
import { type Fault, faults } from "./fake/faults.ts";
import { Random } from "./fake/random.ts";
import { makeScenario, type Scenario } from "./fake/scenario.ts";

const seeds = Number(process.env["SLUICE_FAULT_SEEDS"] ?? 12);

/** One run, and after a report of something left a second one when that is mended. */
async function runWith(fault: Fault, seed: number): Promise<void> {
  const random = new Random(seed);
  const scenario = await makeScenario({
    operators: 2,
    apps: 1 + random.below(4),
    objects: 1 + random.below(3),
    labelled: random.chance(0.5),
    takes: random.below(3000),
    seed,
  });
  fault.prepare?.(scenario, random);
  const plain = scenario.cluster.api();
  const allExternal = fault.strangers === true || random.chance(0.5);
  const options = { allExternal, clock: scenario.clock, stepSeconds: 60, seconds: 900 };
  const first = teardown(fault.api?.(plain, scenario, random) ?? plain, options);
  let result: TeardownResult | undefined;
  if (fault.kills === true)
    result = await scenario.clock.run(
      Promise.race([first, scenario.clock.sleep(40_000).then(() => undefined)]),
    );
  else result = await scenario.clock.run(first);
  if (result !== undefined) judge(result, scenario, fault);
  if (result?.outcome === "clean") return;
  fault.mend?.(scenario);
  const again = await scenario.clock.run(teardown(plain, options));
  expect(again).toMatchObject({ outcome: "clean", left: [], failures: [] });
  judge(again, scenario, { ...fault, lasting: false });
}

/** A result has to be true: clean means that nothing is left, and what is left is named. */
function judge(result: TeardownResult, scenario: Scenario, fault: Fault): void {
  const left = [...scenario.cluster.objects.keys()].filter((key) => !scenario.bootstrap.has(key));
  if (result.outcome === "clean") {
    expect(left).toEqual([]);
    expect([...scenario.cluster.external]).toEqual([]);
  } else {
    expect(fault.lasting, JSON.stringify(result, null, 1)).toBe(true);
    const named = new Set(result.left.map(({ object }) => object));
    expect(left.map((key) => describeName(parseKey(key))).filter((name) => !named.has(name))).toEqual([]);
    expect(result.left.length).toBeGreaterThan(0);
    for (const { why } of result.left) expect(why).not.toBe("");
  }
  for (const key of scenario.bootstrap) expect(scenario.cluster.objects.has(key), key).toBe(true);
}

describe("a teardown leaves nothing, or says what and why and ends the next time", () => {
  test.each(faults.map((fault) => [fault.name, fault] as const))("%s", async (_, fault) => {
    for (let seed = 1; seed <= seeds; seed++)
      try {
        await runWith(fault, seed);
      } catch (error) {
        throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error });
      }
  });
});
