/**
 * Runs a command of a sandbox's life and kills itself, as nobody can catch it, before one of its steps or after the
 * last: `sandbox-killed.ts COMMAND ROOT BACKEND STEP`.
 */
import { type LifeCommand, lifeSteps } from "./sandbox-life.ts";

const [command, root, backend, step] = process.argv.slice(2) as [LifeCommand, string, string, string];
const { plan, act } = await lifeSteps(command, root, backend);
let left = Number(step);
for (const { run } of [...plan, ...act]) {
  if (left-- === 0) process.kill(process.pid, "SIGKILL");
  await run(() => undefined);
}
process.kill(process.pid, "SIGKILL");
