import { ApiError, type Clock, type ClusterApi } from "./cluster-api.ts";

/** How many requests are under way at once: more would only queue in the server. */
const parallel = 32;
/** How long an error that may pass is tried again, in milliseconds. */
export const defaultPatience = 45_000;

/**
 * The same API, which tries again what may have failed in passing, ever more slowly, and asks no more than 32
 * things at once. A conflict is for the caller, who has to look again.
 * @param patience milliseconds after which an error counts
 */
export function patientApi(api: ClusterApi, clock: Clock, patience = defaultPatience): ClusterApi {
  const free = limiter(parallel);
  const ask = <T>(request: () => Promise<T>) => free(() => tryAgain(request, clock, patience));
  return {
    server: api.server,
    kinds: () => ask(() => api.kinds()),
    list: (...args) => ask(() => api.list(...args)),
    get: (...args) => ask(() => api.get(...args)),
    patch: (...args) => ask(() => api.patch(...args)),
    delete: (...args) => ask(() => api.delete(...args)),
    create: (...args) => ask(() => api.create(...args)),
    may: (...args) => ask(() => api.may(...args)),
  };
}

async function tryAgain<T>(request: () => Promise<T>, clock: Clock, patience: number): Promise<T> {
  const began = clock.now();
  for (let pause = 100; ; pause = Math.min(2 * pause, 5000)) {
    try {
      return await request();
    } catch (error) {
      if (!(error instanceof ApiError) || !error.transient) throw error;
      if (clock.now() + pause - began > patience) throw error;
    }
    await clock.sleep(pause);
  }
}

/** Runs what it is given, at most so many at once, the others in the order of their coming. */
function limiter(most: number): <T>(run: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (run) => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    try {
      return await run();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
}
