import { spawn } from "node:child_process";
import type { CommandChangeRequests } from "../fleet/change-requests.ts";
import {
  type Answer,
  type ChangeRequest,
  type ChangeService,
  readAnswer,
  ServiceError,
  shown,
} from "./change-request.ts";
import { withoutToken } from "./fetch-json.ts";

/** Seconds that the program may take. */
const patience = 60;
/** Characters that it may print. */
const largest = 1 << 20;
/** The exit code of a program that may succeed later: EX_TEMPFAIL of sysexits.h. */
const tryAgain = 75;

/**
 * Change requests through a program: it gets the request as JSON on stdin, and prints the answer as JSON, the
 * same as over HTTP. Exit code 75 says that it is worth asking again.
 * @param root the folder that it runs in
 * @param tokens what must not be seen of what it prints
 */
export function commandService(
  { command }: CommandChangeRequests,
  root: string,
  tokens: readonly (string | undefined)[] = [],
): ChangeService {
  const name = command.join(" ");
  const hidden = (text: string) => tokens.reduce<string>(withoutToken, text);
  return {
    name: `the command '${name}'`,
    async ask(request: ChangeRequest, signal: AbortSignal): Promise<Answer> {
      const { code, stdout, stderr } = await run(command, root, JSON.stringify(request), signal);
      if (code !== 0) {
        const last = hidden(shown(stderr.trim().split("\n").at(-1) ?? ""));
        throw new ServiceError(`it ended with exit code ${code}${last === "" ? "" : `: ${last}`}`, {
          transient: code === tryAgain,
        });
      }
      let data: unknown;
      try {
        data = JSON.parse(stdout);
      } catch {
        throw new ServiceError(
          `its answer is malformed: it is no JSON (${hidden(shown(stdout)).slice(0, 80)})`,
        );
      }
      return readAnswer(data, request.commit);
    },
  };
}

function run(
  [program, ...args]: readonly string[],
  cwd: string,
  input: string,
  signal: AbortSignal,
): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    // In a group of its own, so that what it has started ends with it.
    const child = spawn(program!, args, { cwd, detached: true, stdio: ["pipe", "pipe", "pipe"] });
    let [stdout, stderr] = ["", ""];
    const end = (error: ServiceError) => {
      settle();
      reject(error);
      try {
        process.kill(-child.pid!, "SIGKILL");
      } catch {
        // It has ended, or never began.
      }
    };
    const late = () => {
      end(new ServiceError("it did not answer in time", { transient: true }));
    };
    const timer = setTimeout(() => {
      end(new ServiceError(`it did not end within ${patience} seconds`, { transient: true }));
    }, patience * 1000);
    const settle = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", late);
    };
    signal.addEventListener("abort", late);
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      if (stdout.length > largest) end(new ServiceError("its answer is malformed: it is too long"));
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr = (stderr + text).slice(-10_000);
    });
    child.on("error", (error: NodeJS.ErrnoException) => {
      end(new ServiceError(`it cannot be run: ${error.code ?? error.message}`));
    });
    child.on("close", (code, killed) => {
      settle();
      if (code === null) reject(new ServiceError(`it was ended by ${killed}`, { transient: true }));
      else resolve({ code, stdout, stderr });
    });
    child.stdin.on("error", () => undefined); // it need not read what it is asked
    child.stdin.end(input);
  });
}
