// node test/effective/mutate.ts [COUNT] [SEED]: changes fleets COUNT times (2,000 unless told) and compares what
// impact says of each change with the independent computation in test/effective/reference.
import { compareFleet } from "./compare.ts";
import { Reference, whyNoReference } from "./reference.ts";

const why = whyNoReference();
if (why !== undefined) throw new Error(why);
const count = Number(process.argv[2] ?? 2000);
const seed = Number(process.argv[3] ?? 1);
const perFleet = 20;
const reference = new Reference();
const byMutation = new Map<string, { times: number; changed: number }>();
let wrong = 0;
let done = 0;
for (let fleet = 0; done < count; fleet++) {
  for (const { seed: own, mutation, changed, disagreements } of await compareFleet(
    seed + fleet,
    Math.min(perFleet, count - done),
    reference,
  )) {
    done++;
    const entry = byMutation.get(mutation) ?? { times: 0, changed: 0 };
    byMutation.set(mutation, { times: entry.times + 1, changed: entry.changed + changed });
    if (disagreements.length > 0) {
      wrong++;
      console.log(`✗ ${own} ${mutation}\n  ${disagreements.slice(0, 5).join("\n  ")}`);
    }
  }
  if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${count}`);
}
reference.close();
for (const [name, { times, changed }] of [...byMutation].sort())
  console.log(`${name.padEnd(42)} ${String(times).padStart(5)} times, ${changed} objects changed`);
console.log(`${done} mutations, ${wrong} with a disagreement`);
process.exitCode = wrong > 0 ? 1 : 0;
