// npm run bench [-- --json] [-- --only synth.floor]: ratios of one run each, as the machine's speed cancels out of them.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { benchFolder, clusterName, makeFleet } from "./fleet.ts";
import { checkAgainstKubeconform } from "./check.ts";
import { impactTimes } from "./impact.ts";
import { makeImpactFleet } from "./impact-fleet.ts";
import type { TeardownTimes } from "./teardown-run.ts";

interface Bench {
  readonly key: string;
  readonly what: string;
  /** The most that it may be. */
  readonly limit: number;
  /** Undefined where it cannot be measured here: it has said why. */
  readonly run: () => number | undefined;
}

const here = import.meta.dirname;
const folders: string[] = [];
const note = (text: string) => process.stderr.write(`${text}\n`);

function child<T>(script: string, ...args: string[]): T {
  return JSON.parse(
    execFileSync(process.execPath, [join(here, script), ...args], { encoding: "utf8", maxBuffer: 1 << 28 }),
  ) as T;
}
interface Synth {
  milliseconds: number;
  written: number;
  peakMiB: number;
}
const synth = (root: string, ...only: string[]) => child<Synth>("synth-run.ts", root, ...only);
const temporary = () => {
  const folder = mkdtempSync(join(benchFolder, "sluice-bench-out-"));
  folders.push(folder);
  return folder;
};
const fleetOf = (count: number) => {
  const root = makeFleet(count);
  folders.push(root);
  return root;
};
const impactFleetOf = (count: number, tags?: readonly string[]) => {
  const root = makeImpactFleet(count, tags);
  folders.push(root);
  return root;
};
const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

/** The median over `times` pairs of a/b, each pair run one after the other. */
function ratio(times: number, a: () => number, b: () => number): number {
  return median(Array.from({ length: times }, () => a() / b()));
}

/** A first synthesis of `count` clusters, in a new folder: a disk is slow where files were just deleted. */
function first(count: number): Synth & { root: string } {
  const root = fleetOf(count);
  return { ...synth(root), root };
}

const peaks: number[] = [];

const benches: readonly Bench[] = [
  {
    key: "synth.floor",
    what: "1,000 clusters, against only printing the same objects and writing the same files",
    limit: 0.8,
    run: () =>
      median(
        Array.from({ length: 5 }, () => {
          const { milliseconds, root } = first(1000);
          return milliseconds / child<Synth>("floor-run.ts", root, temporary()).milliseconds;
        }),
      ),
  },
  {
    key: "synth.plainCdk8s",
    what: "2,000 clusters, against the same objects in one plain cdk8s App",
    limit: 1 / 12,
    run: () => {
      const runs = [first(2000), first(2000), first(2000)];
      return (
        median(runs.map(({ milliseconds }) => milliseconds)) /
        child<Synth>("plain-run.ts", runs[0]!.root, temporary()).milliseconds
      );
    },
  },
  {
    key: "synth.growth10x",
    what: "10,000 clusters, against 1,000",
    limit: 11.5,
    run: () => {
      return ratio(
        3,
        () => {
          const run = first(10_000);
          peaks.push(run.peakMiB);
          return run.milliseconds;
        },
        () => median([1, 2, 3].map(() => first(1000).milliseconds)),
      );
    },
  },
  {
    key: "synth.peakMiB10k",
    what: "MiB that 10,000 clusters take at the most",
    limit: 2048,
    run: () => Math.max(...(peaks.length > 0 ? peaks : [first(10_000).peakMiB])),
  },
  {
    key: "synth.oneChanged",
    what: "one of 1,000 clusters by --cluster, against all",
    limit: 0.1,
    run: () => {
      const { root, milliseconds: all } = first(1000);
      const again = synth(root);
      if (again.written !== 0) throw new Error(`a second run wrote ${again.written} files`);
      return median([1, 2, 3, 4, 5].map(() => synth(root, clusterName(500)).milliseconds)) / all;
    },
  },
  {
    key: "teardown.overhead",
    what: "finalizers of 2 s each on a real control plane, against deletions in an order written by hand",
    limit: 1.3,
    run: () => {
      const { engine, byHand } = child<TeardownTimes>("teardown-run.ts", "order");
      return median(engine.map((time, index) => time / byHand[index]!));
    },
  },
  {
    key: "teardown.roundTrips",
    what: "1,000 objects through 50 ms of latency, against 1,000 round trips one after the other",
    limit: 0.2,
    run: () => {
      const { many, roundTrips } = child<TeardownTimes>("teardown-run.ts", "many");
      return many / roundTrips;
    },
  },
  {
    key: "cli.start",
    what: "sluice --help, against node -e 0",
    limit: 2,
    run: () => {
      const time = (...args: string[]) => {
        const begin = performance.now();
        execFileSync(process.execPath, args, { stdio: "ignore" });
        return performance.now() - begin;
      };
      const help = () => time(join(here, "../../bin/sluice.js"), "--help");
      help();
      return ratio(15, help, () => time("-e", "0"));
    },
  },
  {
    key: "impact.p95Seconds",
    what: "seconds of sluice impact for a change of one file, 100 clusters of 500 objects",
    limit: 1,
    run: () => {
      const root = impactFleetOf(100);
      return impactTimes(root, 100, 20).toSorted((a, b) => a - b)[18]!;
    },
  },
  {
    key: "impact.growth",
    what: "a change of one app on 1,000 clusters, against 100",
    limit: 2,
    run: () => {
      const [large, small] = [impactFleetOf(1000), impactFleetOf(100)];
      return ratio(
        7,
        () => impactTimes(large, 1000, 1, 0)[0]!,
        () => impactTimes(small, 100, 1, 0)[0]!,
      );
    },
  },
  {
    key: "check.kubeconform",
    what: "time of sluice check for an object, against kubeconform's: 300 clusters of 500 objects, with more found",
    limit: 0.5,
    run: () => {
      const ratios = checkAgainstKubeconform(300, 3, folders, note);
      return ratios === undefined ? undefined : median(ratios);
    },
  },
  {
    key: "git.catFile",
    what: "1,000 clusters at three references, against git cat-file --batch of the same objects",
    limit: 2,
    run: () => {
      const tags = ["1.0.0", "1.1.0", "1.2.0"];
      const root = impactFleetOf(1000, tags);
      return median(
        [1, 2, 3].map(() => {
          const { library, git } = child<{ library: number; git: number }>("cat-file-run.ts", root, ...tags);
          return library / git;
        }),
      );
    },
  },
];

/** A value, or undefined where the machine lacks what it takes: exit code 69 of whatever measures it, which says why. */
function measure(key: string, run: () => number | undefined): number | undefined {
  try {
    return run();
  } catch (error) {
    if ((error as { status?: unknown }).status !== 69) throw error;
    note(`- ${key.padEnd(18)}  SKIPPED, for the reason above`);
    return undefined;
  }
}

const only = process.argv.includes("--only") ? process.argv[process.argv.indexOf("--only") + 1]! : "";
const results: Record<string, number> = {};
let failed = false;
try {
  for (const { key, what, limit, run } of benches.filter((bench) => bench.key.startsWith(only))) {
    const value = measure(key, run);
    if (value === undefined) continue;
    results[key] = Number(value.toPrecision(3));
    const good = value <= limit;
    failed ||= !good;
    note(
      `${good ? "✓" : "✗"} ${key.padEnd(18)} ${String(results[key]).padStart(8)}  at most ${Number(limit.toPrecision(3))}: ${what}`,
    );
  }
} finally {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
}
if (process.argv.includes("--json")) console.log(JSON.stringify(results));
process.exitCode = failed ? 1 : 0;
