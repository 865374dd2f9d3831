import { ApiError } from "./cluster-api.ts";
import { groupKind, type KubeObject, parseKey } from "./objects.ts";
import type { Step } from "./plan.ts";
import { runStep, type StepContext } from "./run-step.ts";
import type { Left } from "./wait.ts";

/** How one step ended. */
export interface StepResult {
  readonly step: Step;
  /** `stuck` when something does not go, `failed` when the server refuses or is silent, `ended` when told to end. */
  readonly outcome: "done" | "stuck" | "failed" | "ended" | "not begun";
  /** What is left of it. */
  readonly left: readonly Left[];
  /** What the server said. */
  readonly message?: string;
  /** The steps that this one waited for in vain. */
  readonly because?: readonly Step[];
}

/** Told how it goes. */
export interface StepListener {
  begun(step: Step): void;
  over(result: StepResult, milliseconds: number): void;
}

/**
 * Does the steps of a plan, each as soon as those before it are over, side by side where the order allows. What
 * waits for a step that failed is not begun; everything else goes on.
 */
export async function execute(context: StepContext, listener: StepListener): Promise<StepResult[]> {
  const { steps } = context.plan;
  const results = new Map<string, Promise<StepResult>>();
  for (const step of steps) {
    const before = step.after.map((id) => results.get(id)!);
    results.set(step.id, begin(step, before));
  }
  return Promise.all(results.values());

  async function begin(step: Step, before: readonly Promise<StepResult>[]): Promise<StepResult> {
    const because = (await Promise.all(before)).filter(({ outcome }) => outcome !== "done");
    if (because.length > 0)
      return { step, outcome: "not begun", left: [], because: because.map((each) => each.step) };
    if (context.signal.aborted || context.clock.now() >= context.deadline)
      return { step, outcome: "not begun", left: [] };
    listener.begun(step);
    const began = context.clock.now();
    const result = await attempt(step);
    listener.over(result, context.clock.now() - began);
    return result;
  }

  async function attempt(step: Step): Promise<StepResult> {
    try {
      const left = await runStep(step, context);
      if (left.length === 0) return { step, outcome: "done", left };
      const outcome = context.signal.aborted ? "ended" : "stuck";
      return { step, outcome, left: await Promise.all(left.map(whole)) };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return { step, outcome: "failed", left: [], message: error.message };
    }
  }

  /** With its conditions, which may say what it waits for; but no Secret is read. */
  async function whole(left: Left): Promise<Left> {
    const { namespace, name, group, kind } = parseKey(left.key);
    if (group === "" && (kind === "Secret" || kind === "ConfigMap")) return left;
    let object: KubeObject | undefined;
    try {
      object = await context.api.get(context.kinds.get(groupKind({ group, kind }))!, namespace, name, {
        whole: true,
      });
    } catch {
      // Then its metadata has to do.
    }
    return object === undefined ? left : { ...left, object };
  }
}
