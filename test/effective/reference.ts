import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { createInterface } from "node:readline";

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

const source = join(import.meta.dirname, "reference");

/** Why the reference cannot run here, or undefined. */
export function whyNoReference(): string | undefined {
  try {
    execFileSync("go", ["version"], { stdio: "ignore" });
    return undefined;
  } catch {
    return "Go is not installed, which builds the reference computation";
  }
}

/** Builds the reference computation once for its sources, and gives the binary. */
export function buildReference(): string {
  const hash = createHash("sha256");
  for (const file of readdirSync(source).sort()) hash.update(file).update(readFileSync(join(source, file)));
  const folder = join(import.meta.dirname, "../../.cache/reference");
  const binary = join(folder, hash.digest("hex").slice(0, 16));
  if (!existsSync(binary)) {
    mkdirSync(folder, { recursive: true });
    execFileSync("go", ["build", "-o", binary, "."], { cwd: source, stdio: ["ignore", "ignore", "inherit"] });
  }
  return binary;
}

/** The independent computation as a process that answers questions. */
export class Reference {
  readonly #process: ChildProcess;
  readonly #waiting: ((answer: Answer) => void)[] = [];

  constructor() {
    this.#process = spawn(buildReference(), ["serve"], { stdio: ["pipe", "pipe", "inherit"] });
    createInterface({ input: this.#process.stdout! }).on("line", (line) => {
      this.#waiting.shift()?.(JSON.parse(line) as Answer);
    });
  }

  ask(question: Readonly<Record<string, unknown>>): Promise<Answer> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#process.stdin!.write(`${JSON.stringify(question)}\n`);
    });
  }

  close(): void {
    this.#process.stdin!.end();
  }
}
