import type { Progress } from "../stack/automation.ts";

/** One thing that a command does. Ended between two of them, or in one, a command can be run again. */
export interface Step {
  readonly title: string;
  readonly run: (progress: Progress) => Promise<void>;
}

/** A command as the list of what it does, in order. */
export interface Steps<T> {
  /** What finds out what is to be done, and changes nothing. */
  readonly plan: readonly Step[];
  /** What does it. */
  readonly act: readonly Step[];
  /** What came of it: of the plan alone, where nothing else ran. */
  readonly outcome: () => T;
}

/** How a command is run. */
export interface RunOptions {
  /** Only what finds out what would be done. @default false */
  readonly dryRun?: boolean;
  /** Told of each step before it runs. */
  readonly before?: (title: string) => void;
  readonly progress?: Progress;
}

/** Runs a command to its end. */
export async function runToEnd<T>(
  { plan, act, outcome }: Steps<T>,
  { dryRun = false, before = () => undefined, progress = () => undefined }: RunOptions = {},
): Promise<T> {
  for (const step of dryRun ? plan : [...plan, ...act]) {
    before(step.title);
    await step.run(progress);
  }
  return outcome();
}
