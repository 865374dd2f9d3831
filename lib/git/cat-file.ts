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
  next: number;
}

/** A `git cat-file --batch-command`, which answers in the order of the questions. */
export class CatFile {
  readonly #process: ChildProcessByStdio<Writable, Readable, Readable>;
  /** In the order in which they were asked. */
  readonly #pending: Questions[] = [];
  #waiting: { readonly done: () => void; readonly failed: (error: Error) => void } | undefined;
  #ended: GitError | undefined;
  /** Of the object that the last chunk ended within: room for all of it, and how much of that is filled. */
  #cut: { readonly bytes: Buffer; filled: number } | undefined;
  /** A header that the last chunk ended within. */
  #head: Buffer | undefined;
  #stderr = "";

  constructor(git: Git) {
    this.#process = spawn("git", ["cat-file", "--batch-command", "--buffer"], {
      cwd: git.root,
      stdio: ["pipe", "pipe", "pipe"],
      env: { ...process.env, LC_ALL: "C", GIT_TERMINAL_PROMPT: "0" },
    });
    this.#process.stdout.on("data", (chunk: Buffer) => {
      this.#take(chunk);
      this.#tell();
    });
    this.#process.stderr.on("data", (chunk: Buffer) => (this.#stderr += chunk.toString()));
    this.#process.stdin.on("error", () => undefined); // its end tells why
    const end = () => {
      this.#ended = new GitError(["cat-file"], this.#stderr || "git ended");
      this.#tell();
    };
    this.#process.on("error", end);
    this.#process.on("close", end);
  }

  /** Asks for objects by names that git knows, at least one; also while answers come. */
  ask(names: readonly string[], each: Answer): void {
    this.#pending.push({ names, each, next: 0 });
    const lines = names.map((name) => `contents ${name.replaceAll("\n", "")}\n`);
    this.#process.stdin.write(`${lines.join("")}flush\n`);
  }

  /** Ends when nothing is left to be answered. @throws GitError when git ends before that */
  answered(): Promise<void> {
    return new Promise((done, failed) => {
      this.#waiting = { done, failed };
      this.#tell();
    });
  }

  #tell(): void {
    if (this.#pending.length === 0) this.#waiting?.done();
    else if (this.#ended !== undefined) this.#waiting?.failed(this.#ended);
  }

  /** Copies no more than the object that a chunk ends within, and keeps no chunk for it. */
  #take(chunk: Buffer): void {
    let data = chunk;
    const cut = this.#cut;
    if (cut !== undefined) {
      const copied = chunk.copy(cut.bytes, cut.filled);
      cut.filled += copied;
      if (cut.filled < cut.bytes.length) return;
      this.#cut = undefined;
      this.#parse(cut.bytes);
      data = chunk.subarray(copied);
    } else if (this.#head !== undefined) data = Buffer.concat([this.#head, chunk]);
    this.#head = undefined;
    this.#parse(data);
  }

  #parse(data: Buffer): void {
    let at = 0;
    let pending: Questions | undefined;
    while ((pending = this.#pending[0]) !== undefined && at < data.length) {
      const end = data.indexOf(10, at);
      if (end < 0) break;
      const name = pending.names[pending.next]!;
      const header = readHeader(data, at, end, name);
      if (header === undefined) {
        pending.each(name, undefined, undefined, undefined);
        at = end + 1;
      } else {
        const content = end + 1;
        if (data.length <= content + header.size) {
          const bytes = Buffer.allocUnsafe(content + header.size + 1 - at);
          this.#cut = { bytes, filled: data.copy(bytes, 0, at) };
          return;
        }
        pending.each(name, header.type, data.subarray(content, content + header.size), header.id);
        at = content + header.size + 1;
      }
      if (++pending.next === pending.names.length) this.#pending.shift();
    }
    if (at < data.length) this.#head = data.subarray(at);
  }

  /** Lets git end. */
  close(): void {
    this.#process.stdin.end();
  }
}

const types = ["blob", "tree", "commit", "tag"] as const;
const [space, zero, nine] = [32, 48, 57];

/**
 * Reads `ID TYPE SIZE`, byte by byte as there is one for each object.
 * @returns undefined for `NAME missing` and its like
 */
function readHeader(data: Buffer, at: number, end: number, name: string) {
  const type = data.indexOf(space, at) + 1;
  const length = type - 1 - at;
  if (length !== 40 && length !== 64) return undefined;
  let start = end;
  let size = 0;
  for (let factor = 1; data[start - 1]! >= zero && data[start - 1]! <= nine; factor *= 10)
    size += (data[--start]! - zero) * factor;
  const word = start - 1 - type;
  const known = types.find((each) => each.length === word && each.charCodeAt(0) === data[type]);
  if (start === end || known === undefined) return undefined;
  const isId = name.length === length && !name.endsWith("}");
  return { type: known, size, id: isId ? name : data.toString("latin1", at, type - 1) };
}
