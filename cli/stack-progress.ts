import { Listr } from "listr2";
import type { Progress } from "../lib/stack/automation.ts";

/** One step that a person waits for. */
export interface Step {
  readonly title: string;
  readonly run: (progress: Progress) => Promise<void>;
}

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
