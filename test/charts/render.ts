import { loadAll } from "js-yaml";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Manifest } from "./objects.ts";
import type { ChartRelease } from "./releases.ts";

/** Helm's version, or undefined if there is no helm on the PATH. */
export function helmVersion(): string | undefined {
  const { status, stdout } = spawnSync("helm", ["version", "--template", "{{ .Version }}"], {
    encoding: "utf8",
  });
  return status === 0 ? stdout.trim() : undefined;
}

/**
 * What the chart in a folder makes of a release's values.
 * @throws Error with helm's message if it refuses them
 */
export function render(chart: string, { name, namespace, values }: ChartRelease): Manifest[] {
  const folder = mkdtempSync(join(tmpdir(), "sluice-charts-"));
  try {
    const file = join(folder, "values.json");
    writeFileSync(file, JSON.stringify(values));
    const flags = ["--namespace", namespace, "--values", file, "--include-crds", "--kube-version", "1.35.0"];
    const { status, stdout, stderr } = spawnSync("helm", ["template", name, chart, ...flags], {
      encoding: "utf8",
      maxBuffer: 1 << 28,
    });
    if (status !== 0) throw new Error(stderr);
    return (loadAll(stdout) as (Manifest | null)[]).filter(
      (object) => object !== null && object !== undefined,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}
