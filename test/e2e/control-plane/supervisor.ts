// Keeps the processes of one control plane: a process of its own, so that all end when whoever started them does,
// in whatever way. It is told what to do by lines of JSON on its input, answers by lines on its output, and kills
// everything when its input ends.
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, existsSync, openSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { createInterface } from "node:readline";

/** What the supervisor is asked to do. */
export type Request = { readonly id: number } & (
  | { readonly do: "ports"; readonly count: number }
  | {
      readonly do: "start";
      readonly name: string;
      readonly command: string;
      readonly args: readonly string[];
      readonly env: Readonly<Record<string, string>>;
      readonly log: string;
    }
  | { readonly do: "signal"; readonly name: string; readonly signal: NodeJS.Signals }
);

/** What the supervisor says: an answer to a request, or that a process has ended. */
export type Message =
  | { readonly id: number; readonly result?: number; readonly error?: string }
  | { readonly ended: string; readonly how: string };

const children = new Map<string, ChildProcess>();
const folder = process.argv[2]!;
let lock: Server | undefined;
let ending = false;

/** Linux kills a process whose parent has gone, if it was asked to: even the supervisor's own end leaves nothing. */
const guard = ["/usr/bin/setpriv", "/bin/setpriv"].find((path) => existsSync(path));

const lines = createInterface({ input: process.stdin });
lines.on("line", (line) => {
  const request = JSON.parse(line) as Request;
  perform(request).then(
    (result) => say({ id: request.id, ...(result === undefined ? {} : { result }) }),
    (error: unknown) => say({ id: request.id, error: (error as Error).message }),
  );
});
lines.on("close", end);
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, end);
process.stdout.on("error", end);

function say(message: Message): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

async function perform(request: Request): Promise<number | undefined> {
  switch (request.do) {
    case "ports":
      return reserve(request.count);
    case "start":
      return start(request);
    case "signal": {
      const child = children.get(request.name);
      if (child === undefined) throw new Error(`'${request.name}' does not run`);
      child.kill(request.signal);
      return undefined;
    }
  }
}

function start({ name, command, args, env, log }: Extract<Request, { do: "start" }>): number {
  if (children.has(name)) throw new Error(`'${name}' runs already`);
  const output = openSync(log, "a");
  const [program, ...rest] =
    guard === undefined ? [command, ...args] : [guard, "--pdeathsig", "KILL", "--", command, ...args];
  const child = spawn(program, rest, { env, stdio: ["ignore", output, output], cwd: folder });
  closeSync(output);
  children.set(name, child);
  const gone = (how: string) => {
    if (children.get(name) !== child) return;
    children.delete(name);
    if (ending) finish();
    else say({ ended: name, how });
  };
  child.on("error", (error) => gone(error.message));
  child.on("exit", (code, signal) => gone(signal ?? `exit code ${code}`));
  return child.pid ?? 0;
}

/**
 * Reserves a block of ports below those that the kernel gives to outgoing connections. Listening on the block's
 * first port is the lock: it goes with this process.
 */
async function reserve(count: number): Promise<number> {
  const first = 20_000;
  const blocks = Math.floor(10_000 / count);
  const offset = Math.floor(Math.random() * blocks);
  for (let index = 0; index < blocks; index++) {
    const base = first + count * ((offset + index) % blocks);
    const server = await listen(base);
    if (server === undefined) continue;
    const others = await Promise.all(Array.from({ length: count - 1 }, (_, port) => listen(base + 1 + port)));
    for (const other of others) other?.close();
    if (others.every((other) => other !== undefined)) {
      lock = server;
      return base + 1;
    }
    server.close();
  }
  throw new Error(`no ${count} free ports in a row between ${first} and ${first + 10_000}`);
}

function listen(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(undefined));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => resolve(server));
  });
}

function end(): void {
  if (ending) return;
  ending = true;
  for (const child of children.values()) child.kill("SIGKILL");
  finish();
  // Nothing survives SIGKILL for long; what cannot be told to have ended is not waited for.
  setTimeout(() => process.exit(1), 10_000).unref();
}

function finish(): void {
  if (children.size > 0) return;
  lock?.close();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  process.exit(0);
}
