import { execFile, spawn, type ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

/** What the reference answers. */
export interface Answer {
  readonly text?: string;
  readonly value?: unknown;
  readonly error?: string;
}

/** A unit as the reference computes it. */
export interface ReferenceUnit {
  readonly id: string;
  readonly objects: readonly Record<string, unknown>[];
  readonly error?: string;
}

const run = promisify(execFile);
const source = join(import.meta.dirname, "reference");

/**
 * Builds the reference computation, once for its sources.
 * @returns the binary, or why it cannot be built here: without Go, or without its modules
 * @throws Error if it does not compile
 */
export async function buildReference(): Promise<{ binary: string } | { missing: string }> {
  const hash = createHash("sha256");
  for (const file of readdirSync(source).sort()) hash.update(file).update(readFileSync(join(source, file)));
  const folder = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "sluice/reference");
  const binary = join(folder, hash.digest("hex").slice(0, 16));
  if (existsSync(binary)) return { binary };
  try {
    await run("go", ["version"]);
  } catch {
    return { missing: "Go is not installed, which builds the reference computation" };
  }
  mkdirSync(folder, { recursive: true });
  // Two runs may build at once: each its own file.
  const made = `${binary}.${process.pid}`;
  try {
    await run("go", ["build", "-o", made, "."], { cwd: source, maxBuffer: 1 << 26 });
  } catch (error) {
    const { stderr = String(error) } = error as { stderr?: string };
    const offline = stderr.split("\n").find((line) => unreachable.test(line));
    if (offline !== undefined)
      return { missing: `Go has not all modules of the reference computation: ${offline}` };
    throw new Error(`the reference computation does not compile:\n${stderr}`, { cause: error });
  }
  renameSync(made, binary);
  return { binary };
}

/** How Go says that it could not fetch a module, or the version of itself that go.mod asks for. */
const unreachable =
  /dial tcp|no such host|connection refused|i\/o timeout|GOPROXY|lookup disabled|toolchain not available|404 Not Found/;

/** The independent computation as a process that answers questions. */
export class Reference {
  readonly #process: ChildProcess;
  readonly #waiting: { resolve: (answer: Answer) => void; reject: (error: Error) => void }[] = [];
  /** Its checkouts. */
  readonly #folder = mkdtempSync(join(tmpdir(), "sluice-reference-"));

  constructor(binary: string) {
    this.#process = spawn(binary, ["serve"], {
      stdio: ["pipe", "pipe", "ignore"],
      env: { ...process.env, TMPDIR: this.#folder },
    });
    createInterface({ input: this.#process.stdout! }).on("line", (line) => {
      this.#waiting.shift()?.resolve(JSON.parse(line) as Answer);
    });
    this.#process.on("close", () => {
      for (const { reject } of this.#waiting) reject(new Error("the reference computation ended"));
      rmSync(this.#folder, { recursive: true, force: true });
    });
  }

  /** Answers come in the order of the questions. @throws Error if the process ends */
  ask(question: Readonly<Record<string, unknown>>): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#process.stdin!.write(`${JSON.stringify(question)}\n`);
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#process.on("close", () => {
        resolve();
      });
      this.#process.stdin!.end();
    });
  }
}
