import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { createInterface } from "node:readline";
import type { Message, Request } from "./supervisor.ts";

/** A program to run. */
export interface Program {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Beside PATH and HOME. */
  readonly env?: Readonly<Record<string, string>>;
}

type Order = Request extends infer R ? (R extends Request ? Omit<R, "id"> : never) : never;

/** Processes that end when this one does, or when they are stopped. Each writes a log into the folder. */
export class Processes {
  /** Removed at the end. */
  readonly folder: string;
  readonly #supervisor: ChildProcess;
  readonly #waiting = new Map<
    number,
    { resolve: (result?: number) => void; reject: (error: Error) => void }
  >();
  readonly #programs = new Map<string, Program>();
  readonly #ended = new Map<string, string>();
  readonly #endings = new Map<string, (() => void)[]>();
  #next = 0;
  #gone: Promise<void>;

  constructor(folder: string) {
    this.folder = folder;
    const script = join(import.meta.dirname, `supervisor${extname(import.meta.filename)}`);
    // A session of its own: Ctrl-C in a terminal reaches the tests first, which may still want to look around.
    this.#supervisor = spawn(process.execPath, [script, folder], {
      stdio: ["pipe", "pipe", "inherit"],
      detached: true,
    });
    createInterface({ input: this.#supervisor.stdout! }).on("line", (line) =>
      this.#hear(JSON.parse(line) as Message),
    );
    this.#supervisor.stdin!.on("error", () => undefined);
    this.#gone = new Promise((resolve) => {
      this.#supervisor.once("exit", () => {
        for (const { reject } of this.#waiting.values()) reject(new Error("the supervisor has ended"));
        this.#waiting.clear();
        resolve();
      });
    });
  }

  /** Reserves free ports in a row, for as long as these processes live. @returns the first */
  async ports(count: number): Promise<number> {
    return (await this.#ask({ do: "ports", count: count + 1 }))!;
  }

  /** Starts a program. @returns its process id */
  async start(program: Program): Promise<number> {
    this.#programs.set(program.name, program);
    this.#ended.delete(program.name);
    const { name, command, args, env = {} } = program;
    const own = { PATH: process.env["PATH"] ?? "", HOME: this.folder, TMPDIR: this.folder };
    return (await this.#ask({
      do: "start",
      name,
      command,
      args,
      env: { ...own, ...env },
      log: this.log(name),
    }))!;
  }

  /** Starts a program again that has ended, as it was. */
  async restart(name: string): Promise<number> {
    return this.start(this.#programs.get(name)!);
  }

  /** Sends a signal: SIGSTOP and SIGCONT make a process hang and go on. */
  async signal(name: string, signal: NodeJS.Signals): Promise<void> {
    await this.#ask({ do: "signal", name, signal });
  }

  /** Kills a process at once and waits until it has ended. */
  async kill(name: string): Promise<void> {
    const ended = new Promise<void>((resolve) => {
      this.#endings.set(name, [...(this.#endings.get(name) ?? []), resolve]);
    });
    await this.signal(name, "SIGKILL");
    await ended;
  }

  /** Whether a process was started and has not ended. */
  runs(name: string): boolean {
    return this.#programs.has(name) && !this.#ended.has(name);
  }

  /** How a process ended by itself, with the end of its log, or undefined while it runs. */
  ended(name: string): string | undefined {
    const how = this.#ended.get(name);
    return how === undefined ? undefined : `${name} ended (${how}):\n${this.logTail(name)}`;
  }

  /** Path of a process' log. */
  log(name: string): string {
    return join(this.folder, `${name}.log`);
  }

  /** The last lines of a process' log. */
  logTail(name: string, lines = 15): string {
    try {
      return readFileSync(this.log(name), "utf8").trim().split("\n").slice(-lines).join("\n");
    } catch {
      return "(no log)";
    }
  }

  /** Kills all processes and removes the folder. */
  async stop(): Promise<void> {
    this.#supervisor.stdin!.end();
    await this.#gone;
  }

  #ask(order: Order): Promise<number | undefined> {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      if (this.#supervisor.exitCode !== null || this.#supervisor.signalCode !== null) {
        reject(new Error("the supervisor has ended"));
        return;
      }
      this.#waiting.set(id, { resolve, reject });
      this.#supervisor.stdin!.write(`${JSON.stringify({ id, ...order })}\n`);
    });
  }

  #hear(message: Message): void {
    if ("ended" in message) {
      this.#ended.set(message.ended, message.how);
      for (const resolve of this.#endings.get(message.ended) ?? []) resolve();
      this.#endings.delete(message.ended);
      return;
    }
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.error === undefined) waiting?.resolve(message.result);
    else waiting?.reject(new Error(message.error));
  }
}
