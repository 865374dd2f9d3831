// Stand-ins of what a cluster of the reference fleet has beside Kubernetes and Flux: charts, operators, a cloud.
import { extname, join } from "node:path";
import type { ControlPlane } from "../control-plane/index.ts";
import { External } from "./external.ts";

export { behaviourAnnotation, type KindBehaviour, operatorLabel } from "./behaviour.ts";
export { ChartMirror, type UsedChart, usedCharts } from "./chart-mirror.ts";
export { type StandInChart, standInCharts } from "./charts.ts";
export { External };

/** The processes of the stand-ins: what charts' operators do, and what a cloud does. */
export const standIns = ["operators", "cloud"] as const;

/**
 * Starts the stand-ins of a cluster's operators and cloud.
 * @param cleaning how many seconds an operator or the cloud takes to clean up after one object. @default 0.2
 * @returns what the cluster has made outside of itself
 */
export async function startStandIns(
  { processes, kubeconfigFile, folder }: ControlPlane,
  cleaning = 0.2,
): Promise<External> {
  const outside = join(folder, "external");
  for (const name of standIns)
    await processes.start({
      name,
      command: process.execPath,
      args: [
        join(import.meta.dirname, `${name}${extname(import.meta.filename)}`),
        kubeconfigFile,
        outside,
        String(cleaning),
      ],
    });
  return new External(outside);
}
