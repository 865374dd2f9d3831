import { execFile } from "node:child_process";
import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";

/** The machine that runs a stack, as far as its checks ask. */
export interface Machine {
  readonly env: NodeJS.ProcessEnv;
  readonly home: string;
  /** Whether a command is on PATH. */
  has(command: string): boolean;
  /** Runs a command to its end, whatever that is; `code` is -1 where it could not run. */
  run(
    command: string,
    args: readonly string[],
    env?: Readonly<Record<string, string>>,
  ): Promise<{ code: number; stdout: string; stderr: string }>;
  /** Whether something listens there, within some seconds. */
  reaches(host: string, port: number): Promise<boolean>;
  /** A file's text, undefined where there is none. */
  read(path: string): string | undefined;
}

/** This machine. */
export function thisMachine(env: NodeJS.ProcessEnv = process.env): Machine {
  return {
    env,
    home: homedir(),
    has: (command) =>
      (env["PATH"] ?? "")
        .split(delimiter)
        .some((folder) => folder !== "" && isExecutable(join(folder, command))),
    run: (command, args, more = {}) =>
      new Promise((resolve) => {
        execFile(command, [...args], { env: { ...env, ...more }, timeout: 20_000 }, (error, stdout, stderr) =>
          resolve({
            code: error === null ? 0 : typeof error.code === "number" ? error.code : -1,
            stdout,
            stderr,
          }),
        );
      }),
    reaches: (host, port) =>
      new Promise((resolve) => {
        const socket = connect({ host, port, timeout: 5000 });
        const end = (reached: boolean) => {
          socket.destroy();
          resolve(reached);
        };
        socket.once("connect", () => end(true));
        socket.once("error", () => end(false));
        socket.once("timeout", () => end(false));
      }),
    read: (path) => (existsSync(path) ? readFileSync(path, "utf8") : undefined),
  };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
