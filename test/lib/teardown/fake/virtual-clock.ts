import type { Clock } from "../../../../lib/teardown/cluster-api.ts";

/** Time that passes as fast as there is nothing to do: hours in milliseconds, and the same on every machine. */
export class VirtualClock implements Clock {
  #now = 0;
  #next = 0;
  readonly #timers: { at: number; order: number; run: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted === true) resolve();
      else {
        this.at(milliseconds, resolve);
        signal?.addEventListener("abort", () => resolve(), { once: true });
      }
    });
  }

  /** Runs something after so many milliseconds. */
  at(milliseconds: number, run: () => void): void {
    const timer = { at: this.#now + milliseconds, order: this.#next++, run };
    // A binary heap would be longer; most timers are late ones.
    let index = this.#timers.length;
    while (index > 0 && later(this.#timers[index - 1]!, timer)) index--;
    this.#timers.splice(index, 0, timer);
  }

  /** Lets time pass until the promise is settled. @throws Error if it never will be */
  async run<T>(promise: Promise<T>): Promise<T> {
    let settled = false;
    const done = () => (settled = true);
    promise.then(done, done);
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      if (settled) return promise;
      const timer = this.#timers.shift();
      if (timer === undefined) throw new Error("nothing will ever happen again");
      this.#now = Math.max(this.#now, timer.at);
      timer.run();
      // What is due in the same moment.
      while (this.#timers[0]?.at === timer.at) this.#timers.shift()!.run();
    }
  }
}

const later = (a: { at: number; order: number }, b: { at: number; order: number }) =>
  a.at > b.at || (a.at === b.at && a.order > b.order);
