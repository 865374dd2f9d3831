import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { clusterName } from "./flux-fleet.ts";

const command = new URL("../../bin/sluice.js", import.meta.url).pathname;

/** A change of one file, by what it reaches: one cluster's app, one cluster's variables, every cluster, one app's path. */
const changes: readonly ((n: number) => {
  file: string;
  from: string;
  to: string;
  clusters: "one" | "all";
})[] = [
  (n) => ({
    file: `manifests/clusters/${clusterName(n)}/apps/app-1/app-1.yaml`,
    from: "log.level: info",
    to: `log.level: debug-${n}`,
    clusters: "one",
  }),
  (n) => ({
    file: `manifests/clusters/${clusterName(n)}/platform.yaml`,
    from: ".example.com",
    to: `.${n}.example.com`,
    clusters: "one",
  }),
  (n) => ({
    file: `manifests/platform/services/object-${3 * (n % 10)}.yaml`,
    from: "log.level: info",
    to: `log.level: debug-${n}`,
    clusters: "all",
  }),
  (n) => ({
    file: `manifests/clusters/${clusterName(n)}/apps.yaml`,
    from: "timeout: 5m",
    to: "timeout: 9m",
    clusters: "one",
  }),
];

/**
 * Changes one file of the working tree, asks for the impact with a new process, and takes the change back.
 * @param times how often, each time another file @param only which of the kinds of change
 * @returns seconds of each whole process
 */
export function impactTimes(root: string, count: number, times: number, only?: number): number[] {
  return Array.from({ length: times }, (_, n) => {
    const change = changes[only ?? n % changes.length]!((n * 7 + 3) % count);
    const path = join(root, change.file);
    const text = readFileSync(path, "utf8");
    writeFileSync(path, text.replace(change.from, change.to));
    try {
      const begin = performance.now();
      const output = execFileSync(process.execPath, [command, "impact", "--json"], {
        cwd: root,
        encoding: "utf8",
        maxBuffer: 1 << 28,
      });
      const seconds = (performance.now() - begin) / 1000;
      const { clusters } = JSON.parse(output) as { clusters: readonly unknown[] };
      const expected = change.clusters === "one" ? 1 : count;
      if (clusters.length !== expected)
        throw new Error(`${change.file}: ${clusters.length} clusters instead of ${expected}`);
      return seconds;
    } finally {
      writeFileSync(path, text);
    }
  });
}
