import { setTimeout as sleep } from "node:timers/promises";
import { type Answer, type ChangeRequest, type ChangeService, ServiceError } from "./change-request.ts";

/** How long to wait for a decision. */
export interface Waiting {
  /** Seconds, from the first question on. 0 asks once. */
  readonly timeout: number;
  /** Seconds between two questions. */
  readonly interval: number;
  /** Is told of each answer that differs from the one before, and of each failure that is tried again. */
  readonly listener?: (news: Answer | ServiceError) => void;
}

/** What became of a question for approval. */
export type Decision =
  | { readonly state: "approved" | "rejected" | "pending"; readonly answer: Answer }
  | { readonly state: "unreachable"; readonly error: ServiceError };

/** Failures in a row after which a service counts as unreachable. */
const tries = 5;

/**
 * Asks until there is a decision or the time is over. Failures that may pass are tried again, at growing intervals;
 * no failure ever counts as an approval.
 */
export async function awaitDecision(
  service: ChangeService,
  request: ChangeRequest,
  { timeout, interval, listener }: Waiting,
): Promise<Decision> {
  const end = Date.now() + timeout * 1000;
  // A question asked once may take its time; when there is a time, none outlives it.
  const signal = timeout === 0 ? new AbortController().signal : AbortSignal.timeout(timeout * 1000);
  let failures = 0;
  let last: Answer | undefined;
  for (;;) {
    let pause = interval;
    try {
      const answer = await service.ask(request, signal);
      failures = 0;
      if (last === undefined || JSON.stringify(answer) !== JSON.stringify(last)) listener?.(answer);
      last = answer;
      if (answer.state !== "pending") return { state: answer.state, answer };
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      failures++;
      const over = Date.now() >= end;
      if (over && last !== undefined && signal.aborted) return { state: "pending", answer: last };
      if (!error.transient || failures === tries || over) return { state: "unreachable", error };
      listener?.(error);
      pause = Math.min(interval, 2 ** (failures - 1));
    }
    const left = end - Date.now();
    if (left <= 0 && last !== undefined) return { state: "pending", answer: last };
    await sleep(Math.max(0, Math.min(pause * 1000, left)));
  }
}
