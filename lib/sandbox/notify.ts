import { spawn } from "node:child_process";
import { UserError } from "../fleet/user-error.ts";

/** What a sandbox's owner is told, as JSON. */
export interface Notice {
  /** `expired`: it is going to be deleted; `deleted`; `failed`: it could not be. */
  readonly event: "expired" | "deleted" | "failed";
  readonly sandbox: string;
  readonly owner: string;
  readonly source: string;
  readonly branch: string;
  readonly expires: string;
  /** When it is deleted, unless it is extended. */
  readonly due: string | undefined;
  /** A sentence for people. */
  readonly text: string;
}

/** Tells somebody. @throws UserError where that failed */
export type Notify = (notice: Notice) => Promise<void>;

/** How long a hook may take, in milliseconds. */
const patience = 30_000;

/** Posts each notice to a URL, or runs a shell command with it on standard input. @param hook the URL or the command */
export function notifier(hook: string): Notify {
  return /^https?:\/\//.test(hook) ? (notice) => post(hook, notice) : (notice) => runHook(hook, notice);
}

async function post(url: string, notice: Notice): Promise<void> {
  // The path of a webhook is its password.
  const where = new URL(url).host;
  let status: number;
  try {
    const answer = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(notice),
      signal: AbortSignal.timeout(patience),
    });
    await answer.body?.cancel();
    status = answer.status;
  } catch (error) {
    const { cause, name } = error as Error & { cause?: { code?: string } };
    throw notSent(`${where} did not answer (${cause?.code ?? name})`, notice);
  }
  if (status < 200 || status > 299) throw notSent(`${where} answered ${status}`, notice);
}

function runHook(command: string, notice: Notice): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn("sh", ["-c", command], { stdio: ["pipe", "ignore", "pipe"], timeout: patience });
    let stderr = "";
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    child.stdin.on("error", () => undefined); // it need not read it
    child.on("error", (error) => reject(notSent(error.message, notice)));
    child.on("close", (code, signal) => {
      if (code === 0) resolve();
      else
        reject(
          notSent(
            `the command ended with ${signal ?? `code ${code}`}: ${stderr.trim().split("\n").at(-1)}`,
            notice,
          ),
        );
    });
    child.stdin.end(`${JSON.stringify(notice)}\n`);
  });
}

const notSent = (message: string, { sandbox, owner }: Notice): UserError =>
  new UserError({
    where: "--notify",
    message: `${owner} was not told about ${sandbox}: ${message}`,
    remedy: "mend the hook: what nobody was told about is not deleted",
  });
