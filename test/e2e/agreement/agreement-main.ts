// npm run e2e:agreement [-- --only cycle,prune] [-- --seed 123] [-- --from 20 --count 20]: small fleets on the real
// controllers, each compared with its simulation. All else of a fleet follows from its seed.
import { parseArgs } from "node:util";
import { Random } from "../../lib/teardown/fake/random.ts";
import { twists } from "./catalogue.ts";
import { AgreementPlane } from "./plane.ts";
import { type AgreementReport, runFleets, type Wanted } from "./run.ts";

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    seed: { type: "string", default: "1" },
    from: { type: "string", default: "0" },
    count: { type: "string", default: "1000" },
    "side-by-side": { type: "string", default: "12" },
  },
});
/** Each twist once, then some of them together. */
const random = new Random(Number(values.seed));
const names = Object.keys(twists);
const single = names.filter((name) => name !== "healthy");
/** Two of these define one kind in two ways, again and again: of such a fleet nothing holds for good. */
const defines = /definition|custom-object|by-expression|half-applied|transition-rule/;
const pairs = Array.from({ length: 8 }, () => [random.pick(single), random.pick(single)] as const)
  .filter(([a, b]) => a !== b && !(defines.test(a) && defines.test(b)))
  .map((names) => names.join("+"));
const all: Wanted[] = [...names, "healthy", "healthy", ...pairs].map((name, index) => ({
  name,
  seed: Number(values.seed) * 1000 + index,
}));
const only = values.only?.split(",");
const wanted = all
  .filter(({ name }) => only === undefined || only.includes(name))
  .slice(Number(values.from), Number(values.from) + Number(values.count));

const began = performance.now();
const reports: AgreementReport[] = [];
const plane = await AgreementPlane.start();
try {
  const size = Number(values["side-by-side"]);
  for (let at = 0; at < wanted.length; at += size)
    for (const report of await runFleets(plane, wanted.slice(at, at + size))) {
      reports.push(report);
      const { name, seed, disagreements } = report;
      console.log(`${disagreements.length === 0 ? "✓" : "✗"} ${name} (${seed})`);
      for (const text of disagreements) console.log(`    ${text}`);
    }
} finally {
  await plane.stop();
}
const total = (field: "verdicts" | "ready" | "objects" | "orders") =>
  reports.reduce((sum, report) => sum + report[field], 0);
const agreeing = reports.filter(({ disagreements }) => disagreements.length === 0).length;
const minutes = ((performance.now() - began) / 60_000).toFixed(1);
console.log(
  `${agreeing} of ${wanted.length} fleets agree: ${total("verdicts")} verdicts (${total("ready")} Ready), ` +
    `${total("objects")} objects, ${total("orders")} pairs in order, in ${minutes} min`,
);
process.exitCode = agreeing === wanted.length && reports.length > 0 ? 0 : 1;
