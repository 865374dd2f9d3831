import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { GitError, type Git } from "./git.ts";

/** What is done with each answer: no type means that there is no such object. */
export type Answer = (
  name: string,
  type: string | undefined,
  content: Buffer | undefined,
  id: string | undefined,
) => void;

interface Questions {
  readonly names: readonly string[];
  readonly each: Answer;
  readonly done: () => void;
  readonly failed: (error: Error) => void;
  next: number;
}

/** A `git cat-file --batch-command`, which answers in the order of the questions. */
export class CatFile {
  readonly #process: ChildProcessByStdio<Writable, Readable, Readable>;
  #pending: Questions | undefined;
  #chunks: Buffer[] = [];
  #length = 0;
  /** Bytes that have to be there before it is worth looking. */
  #needed = 0;
  #stderr = "";

  constructor(git: Git) {
    this.#process = spawn("git", ["cat-file", "--batch-command", "--buffer"], {
      cwd: git.root,
      stdio: ["pipe", "pipe", "pipe"],
      env: { ...process.env, LC_ALL: "C", GIT_TERMINAL_PROMPT: "0" },
    });
    this.#process.stdout.on("data", (chunk: Buffer) => {
      this.#take(chunk);
    });
    this.#process.stderr.on("data", (chunk: Buffer) => (this.#stderr += chunk.toString()));
    this.#process.stdin.on("error", () => undefined); // its end tells why
    const end = () => {
      this.#pending?.failed(new GitError(["cat-file"], this.#stderr || "git ended"));
    };
    this.#process.on("error", end);
    this.#process.on("close", end);
  }

  /** Asks for objects by names that git knows. @throws GitError when git ends before it has answered */
  read(names: readonly string[], each: Answer): Promise<void> {
    return new Promise((done, failed) => {
      this.#pending = { names, next: 0, each, done, failed };
      const lines = names.map((name) => `contents ${name.replaceAll("\n", "")}\n`);
      this.#process.stdin.write(`${lines.join("")}flush\n`);
    });
  }

  /** Copies no more than the object that a chunk ends within. */
  #take(chunk: Buffer): void {
    let data = chunk;
    if (this.#length > 0) {
      const rest = this.#needed === 0 ? chunk.length : Math.min(chunk.length, this.#needed - this.#length);
      this.#chunks.push(chunk.subarray(0, rest));
      this.#length += rest;
      if (this.#length < this.#needed) return;
      const whole = Buffer.concat(this.#chunks, this.#length);
      this.#chunks = [];
      this.#length = 0;
      this.#parse(whole);
      // A header that was cut has been put together with all of the chunk.
      if (rest === chunk.length) return;
      data = chunk.subarray(rest);
    }
    this.#parse(data);
  }

  #parse(data: Buffer): void {
    let at = 0;
    this.#needed = 0;
    while (this.#pending !== undefined && at < data.length) {
      const end = data.indexOf(10, at);
      if (end < 0) break;
      const [id, type, length] = data.toString("latin1", at, end).split(" ") as [string, string, string?];
      const pending: Questions = this.#pending;
      const name = pending.names[pending.next]!;
      if (length === undefined || (id.length !== 40 && id.length !== 64)) {
        pending.each(name, undefined, undefined, undefined);
        at = end + 1;
      } else {
        const content = end + 1;
        const size = Number(length);
        if (data.length <= content + size) {
          this.#needed = content + size + 1 - at;
          break;
        }
        pending.each(name, type, data.subarray(content, content + size), id);
        at = content + size + 1;
      }
      if (++pending.next === pending.names.length) {
        this.#pending = undefined;
        pending.done();
      }
    }
    if (at < data.length) {
      this.#chunks = [at === 0 ? data : data.subarray(at)];
      this.#length = data.length - at;
    }
  }

  /** Lets git end. */
  close(): void {
    this.#process.stdin.end();
  }
}
