import { contextOf } from "../context.ts";
import type { Construct } from "constructs";

/** How an app follows its load. Needs metrics-server. */
export interface AutoscalingProps {
  /** @default the app's `replicas` */
  readonly minReplicas?: number;
  readonly maxReplicas: number;
  /** Use of the requested CPU, in percent, to keep to. @default 80 */
  readonly cpu?: number;
}

/** The replicas of an app that does not say: the cluster's environment type's, 2 outside a cluster. */
export function defaultReplicas(app: Construct): number {
  return contextOf(app)?.cluster?.replicas ?? 2;
}

/** What is wrong with an app's replicas. */
export function replicaProblems(
  replicas: number,
  autoscaling: AutoscalingProps | undefined,
): (string | false)[] {
  const whole = (name: string, value: number, least: number) =>
    !(Number.isInteger(value) && value >= least) &&
    `${name} is a whole number from ${least} on, not ${value}`;
  if (autoscaling === undefined) return [whole("replicas", replicas, 0)];
  const { minReplicas = replicas, maxReplicas, cpu = 80 } = autoscaling;
  return [
    whole("minReplicas", minReplicas, 1),
    whole("maxReplicas", maxReplicas, 1),
    whole("cpu, in percent,", cpu, 1),
    minReplicas > maxReplicas && `minReplicas (${minReplicas}) is over maxReplicas (${maxReplicas})`,
  ];
}
