// npm run e2e:faults -- [--runs 200] [--skip 0] [--commit HEAD] [--seed 123] [--side-by-side 3]: teardowns of small
// fleets on real control planes while something goes wrong. The seeds follow from the commit, unless they are given.
import { parseArgs } from "node:util";
import { describeProblems, UserError } from "../../../lib/fleet/user-error.ts";
import { Unavailable } from "../control-plane/unavailable.ts";
import { faults, type RunReport, runWithFault } from "./faults.ts";
import { headCommit, seedsOfCommit } from "./fault-seeds.ts";
import { SmallCluster } from "./small-cluster.ts";

const { seeds, sideBySide } = readOptions();
const began = performance.now();
const open = [...seeds];
const reports: RunReport[] = [];
const failures: { seed: number; fault: string; message: string }[] = [];

try {
  await Promise.all(Array.from({ length: Math.min(sideBySide, seeds.length) }, () => work()));
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(describeProblems(error.problems));
  process.exit(error instanceof Unavailable ? 69 : 1);
}

for (const { name } of faults) {
  const of = reports.filter(({ fault }) => fault === name);
  if (of.length === 0) continue;
  const outcomes = [...Map.groupBy(of, ({ first }) => first)].map(
    ([first, list]) => `${list.length} ${first}`,
  );
  console.log(
    `${String(of.length).padStart(4)} ${name}: at first ${outcomes.join(", ")}; all clean in the end`,
  );
}
for (const { seed, fault, message } of failures) console.error(`✗ seed ${seed}, ${fault}: ${message}`);
const minutes = ((performance.now() - began) / 60_000).toFixed(1);
console.log(`${reports.length} of ${seeds.length} runs as they have to be, in ${minutes} min`);
process.exitCode = failures.length === 0 && reports.length === seeds.length ? 0 : 1;

/** Runs what is open, on a cluster of its own; on a new one after a failure, which may have left anything. */
async function work(): Promise<void> {
  let cluster: SmallCluster | undefined;
  try {
    for (let seed = open.shift(); seed !== undefined; seed = open.shift()) {
      try {
        cluster ??= await started();
        const report = await runWithFault(cluster, seed);
        reports.push(report);
        console.log(
          `✓ ${seed} ${report.fault}: ${report.first}, ${report.runs} run(s), ${report.seconds.toFixed(0)} s`,
        );
      } catch (error) {
        if (error instanceof UserError) throw error;
        const { name } = faults[seed % faults.length]!;
        failures.push({ seed, fault: name, message: (error as Error).message });
        console.log(`✗ ${seed} ${name}: ${(error as Error).message}`);
        await cluster?.stop();
        cluster = undefined;
      }
    }
  } finally {
    await cluster?.stop();
  }
}

/** A cluster; on a machine with much to do one more, where the first did not come up in time. */
function started(): Promise<SmallCluster> {
  return SmallCluster.start().catch((error: unknown) => {
    if (error instanceof UserError) throw error;
    console.log(`a cluster did not start: ${(error as Error).message}; trying another`);
    return SmallCluster.start();
  });
}

function readOptions(): { seeds: readonly number[]; sideBySide: number } {
  const { values } = parseArgs({
    options: {
      runs: { type: "string", default: "200" },
      skip: { type: "string", default: "0" },
      commit: { type: "string", default: headCommit() },
      seed: { type: "string", multiple: true, default: [] },
      "side-by-side": { type: "string", default: "3" },
    },
  });
  const problems = [
    ...[values.runs, values.skip, values["side-by-side"], ...values.seed]
      .filter((value) => !/^\d{1,9}$/.test(value))
      .map((value) => ({ where: "npm run e2e:faults", message: `'${value}' is no number` })),
    ...(/^[0-9a-f]{7,40}$/.test(values.commit)
      ? []
      : [{ where: "--commit", message: `'${values.commit}' is no commit's hash` }]),
  ];
  if (problems.length > 0) {
    console.error(describeProblems(problems));
    process.exit(2);
  }
  const [runs, skip] = [Number(values.runs), Number(values.skip)];
  const ofCommit = seedsOfCommit(skip + runs, values.commit).slice(skip);
  const seeds = values.seed.length > 0 ? values.seed.map(Number) : ofCommit;
  console.log(`${seeds.length} runs, seeds from ${seeds[0]} (commit ${values.commit.slice(0, 12)})`);
  return { seeds, sideBySide: Math.max(1, Number(values["side-by-side"])) };
}
