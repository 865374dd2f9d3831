// npm run effective [-- COUNT [SEED]]: changes fleets COUNT times (2,000 unless told) and compares what impact says
// of each change with the independent computation in test/effective/reference. Every other fleet is hand-written.
import { compareFleet } from "./compare.ts";
import { fleetOf } from "./fleets.ts";
import { buildReference, Reference } from "./reference.ts";

const built = await buildReference();
if ("missing" in built) throw new Error(built.missing);
const count = Number(process.argv[2] ?? 2000);
const seed = Number(process.argv[3] ?? 1);
const perFleet = 20;
const reference = new Reference(built.binary);
const byMutation = new Map<string, { times: number; reached: number; changed: number }>();
let wrong = 0;
let done = 0;
for (let own = seed; done < count; own++) {
  const outcomes = await compareFleet(await fleetOf(own), own, Math.min(perFleet, count - done), reference);
  for (const { seed: id, mutation, changed, disagreements } of outcomes) {
    done++;
    const { times, reached, changed: all } = byMutation.get(mutation) ?? { times: 0, reached: 0, changed: 0 };
    byMutation.set(mutation, {
      times: times + 1,
      reached: reached + (changed > 0 ? 1 : 0),
      changed: all + changed,
    });
    if (disagreements.length > 0) {
      wrong++;
      console.log(`✗ ${id} ${mutation}\n  ${disagreements.slice(0, 5).join("\n  ")}`);
    }
  }
  if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${count}`);
}
await reference.close();
for (const [name, { times, reached, changed }] of [...byMutation].sort())
  console.log(
    `${name.padEnd(42)} ${String(times).padStart(5)} times, ${reached} with an effect, ${changed} objects changed`,
  );
console.log(`${done} mutations, ${wrong} with a disagreement`);
process.exitCode = wrong > 0 ? 1 : 0;
