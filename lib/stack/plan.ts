import { fork } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Cluster } from "../fleet/cluster.ts";
import { type Problem, UserError } from "../fleet/user-error.ts";
import { type MonthlyCost, monthlyCost } from "./prices.ts";
import { planDifferences, type ResourceDifference } from "./plan-differences.ts";
import type { PlanMessage } from "./plan-run.ts";
import type { StackPlan } from "./planned-resource.ts";
import { readProject, readStackConfig } from "./project.ts";
import { fluxInstall, missingSettings, type SettingName } from "./stack-config.ts";

/** All that is known of a cluster's stack before it runs. */
export interface ClusterPlan {
  readonly plan: StackPlan;
  /** Undefined where it costs nothing beyond the machine that it runs on. */
  readonly cost: MonthlyCost | undefined;
  /** What the stack's configuration still lacks. */
  readonly missing: readonly Problem[];
  /** For a sandbox whose source still exists: what its stack makes differently. */
  readonly differences: readonly ResourceDifference[] | undefined;
}

/**
 * Plans a cluster's stack without credentials: its real program runs with mocked providers, so neither the
 * Pulumi CLI nor a cloud nor the network is needed.
 * @param source the cluster that a sandbox is a clone of, to compare with
 * @throws UserError with what is wrong with the definition
 */
export async function planCluster(root: string, cluster: Cluster, source?: Cluster): Promise<ClusterPlan> {
  const project = readProject(root);
  const planOf = ({ name }: Cluster) =>
    runProgram({ ...project, stack: name, config: readStackConfig(root, project.name, name), root });
  const [plan, sourcePlan] = await Promise.all([
    planOf(cluster),
    source === undefined ? undefined : planOf(source),
  ]);
  const { values } = readStackConfig(root, project.name, cluster.name);
  const setting = (name: SettingName) => values[`${project.name}:${name}`];
  return {
    plan,
    cost: monthlyCost(cluster),
    missing: missingSettings(
      cluster,
      (name) => setting(name) !== undefined,
      fluxInstall(cluster, setting("flux")),
      cluster.name,
    ),
    differences: sourcePlan === undefined ? undefined : planDifferences(sourcePlan, plan),
  };
}

interface ProgramRun {
  readonly root: string;
  readonly main: string;
  readonly name: string;
  readonly stack: string;
  readonly config: ReturnType<typeof readStackConfig>;
}

/** Runs a stack's program with mocked providers, in a process of its own. */
async function runProgram({ root, main, name, stack, config }: ProgramRun): Promise<StackPlan> {
  const source = new URL("./plan-run.ts", import.meta.url);
  const script = fileURLToPath(existsSync(source) ? source : new URL("./plan-run.js", import.meta.url));
  const child = fork(script, [main, stack, name, JSON.stringify(config)], {
    cwd: root,
    // What the program prints is no part of the plan.
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  let stderr = "";
  child.stderr?.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const message = await new Promise<PlanMessage>((resolve) => {
    child.once("message", (value) => resolve(value as PlanMessage));
    child.once("error", (error) => resolve({ defect: error.message }));
    child.once("close", (code) => resolve({ defect: `the program ended with code ${code}\n${stderr}` }));
  });
  if ("plan" in message) return message.plan;
  if ("problems" in message) throw new UserError(message.problems);
  throw new Error(`the program of stack '${stack}' failed: ${message.defect}`);
}
