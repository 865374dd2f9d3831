import { spawnSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { makeCheckFleet, faultCount } from "./check-fleet.ts";
import { benchFolder } from "./fleet.ts";
import { buildKubeconform, runKubeconform, schemaFolder } from "./kubeconform.ts";

const command = new URL("../../bin/sluice.js", import.meta.url).pathname;

/**
 * Checks a fleet with `sluice check` and the same objects, as files, with kubeconform, each a whole process, one
 * after the other.
 * @param folders are removed by the caller
 * @returns for each time the check's time for an object against kubeconform's; undefined, with the reason told, where
 * kubeconform cannot be built
 */
export function checkAgainstKubeconform(
  clusters: number,
  times: number,
  folders: string[],
  note: (text: string) => void,
): number[] | undefined {
  let program: string;
  try {
    program = buildKubeconform();
  } catch (error) {
    note(
      `check.kubeconform skipped: kubeconform cannot be built from its Go module: ${(error as Error).message}`,
    );
    return undefined;
  }
  const root = makeCheckFleet(clusters);
  const schemas = schemaFolder();
  const objects = mkdtempSync(join(benchFolder, "sluice-bench-objects-"));
  folders.push(root, schemas, objects);
  const { status, stderr } = spawnSync(
    process.execPath,
    [join(import.meta.dirname, "print-objects.ts"), root, objects],
    { encoding: "utf8" },
  );
  if (status !== 0) throw new Error(stderr);
  return Array.from({ length: times }, (_, n) => {
    const other = runKubeconform(program, schemas, objects);
    const own = runCheck(root);
    if (other.skipped + other.errors > 0 || other.invalid !== faultCount.ofSchemas)
      throw new Error(`kubeconform found ${JSON.stringify(other)} instead of ${faultCount.ofSchemas} faults`);
    if (own.problems !== faultCount.all)
      throw new Error(`the check found ${own.problems} instead of ${faultCount.all} faults`);
    if (own.objects !== other.resources)
      throw new Error(`the check had ${own.objects} objects, kubeconform ${other.resources}`);
    const rates = [own, other].map(({ seconds }) => Math.round(own.objects / seconds));
    note(
      `  ${n + 1}: ${rates[0]} objects/s with ${own.problems} faults found, kubeconform ${rates[1]} with ${other.invalid}`,
    );
    return own.seconds / other.seconds;
  });
}

function runCheck(root: string): { seconds: number; objects: number; problems: number } {
  const began = performance.now();
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [command, "check", "--json", "--no-registry"],
    {
      cwd: root,
      encoding: "utf8",
      maxBuffer: 1 << 28,
    },
  );
  const seconds = (performance.now() - began) / 1000;
  if (status !== 1) throw new Error(`sluice check: ${status} ${stderr}`);
  const { problems, objects } = JSON.parse(stdout) as { problems: unknown[]; objects: number };
  return { seconds, objects, problems: problems.length };
}
