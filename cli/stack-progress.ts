import { Listr } from "listr2";
import type { Step, Steps } from "../lib/sandbox/steps.ts";

/** Runs steps one after the other, each with its newest line below it; silent where nobody watches. */
export async function runSteps(steps: readonly Step[], silent: boolean): Promise<void> {
  const tasks = new Listr(
    steps.map(({ title, run }) => ({
      title,
      task: async (_: unknown, task: { output: string }) => run((line) => (task.output = line)),
    })),
    silent || process.stderr.isTTY !== true
      ? { renderer: "silent" }
      : { renderer: "default", rendererOptions: { showErrorMessage: false, collapseErrors: false } },
  );
  await tasks.run();
}

/** Runs a command, or with `dryRun` only what finds out what it would do. */
export async function runCommand<T>(
  { plan, act, outcome }: Steps<T>,
  { dryRun, silent }: { readonly dryRun: boolean; readonly silent: boolean },
): Promise<T> {
  await runSteps(dryRun ? plan : [...plan, ...act], silent);
  return outcome();
}
