import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { EngineEvent, Stack } from "@pulumi/pulumi/automation/index.js";
import { type Problem, UserError } from "../fleet/user-error.ts";
import type { Backend } from "./backend.ts";
import { failureProblems } from "./pulumi-failure.ts";
import { shortType } from "./planned-resource.ts";
import { type SettingName, settings } from "./stack-config.ts";

/** Which stack to run, and where its state is. */
export interface StackRequest {
  readonly root: string;
  readonly stack: string;
  readonly backend: Backend;
  /** Settings to give the stack before it runs; secret ones are kept as secrets. */
  readonly settings?: Readonly<Partial<Record<SettingName, string>>>;
}

/** How a run is coming along. */
export type Progress = (line: string) => void;

/** What a run did. */
export interface StackResult {
  /** How many resources were created, updated, deleted, unchanged (`same`). */
  readonly changes: Readonly<Record<string, number>>;
  /** Outputs of the stack, secret ones left out. */
  readonly outputs: Readonly<Record<string, unknown>>;
  /** Names of the secret ones. */
  readonly secretOutputs: readonly string[];
}

/** A stack that is there and configured, ready to run. */
export interface OpenStack {
  /** Brings the cluster to what its definition says. With `dryRun`, says what that would change. */
  up(progress: Progress, options?: { readonly dryRun?: boolean }): Promise<StackResult>;
  /** Takes down what Flux made, then the cluster. */
  destroy(progress: Progress, options?: { readonly dryRun?: boolean }): Promise<StackResult>;
  /** Gives a setting. */
  set(name: SettingName, value: string): Promise<void>;
  /** Forgets the stack, once it is empty, and its configuration file unless that is to stay. */
  remove(options?: { readonly keepConfig?: boolean }): Promise<void>;
}

/** A stack that a backend has. */
export interface KnownStack {
  readonly name: string;
  /** When it last ran, in UTC; undefined where it never did. */
  readonly lastUpdate: string | undefined;
  readonly resources: number | undefined;
  readonly running: boolean;
}

/**
 * Opens a stack, making it if there is none.
 * @param create false: a stack that is not there is an error
 * @throws UserError if the backend refuses
 */
export async function openStack(request: StackRequest, { create = true } = {}): Promise<OpenStack> {
  return (await openStackIfAny(request, create, true))!;
}

/**
 * Opens a stack, or gives undefined where there is none.
 * @param create makes it then @param wanted fails then
 */
export async function openStackIfAny(
  request: StackRequest,
  create = false,
  wanted = create,
): Promise<OpenStack | undefined> {
  const { LocalWorkspace } = await import("@pulumi/pulumi/automation/index.js");
  const { root, stack: stackName, backend } = request;
  const options = { envVars: environment(root, backend) };
  const args = { stackName, workDir: root };
  const stack = await failing(stackName, [], async () => {
    if (create) return LocalWorkspace.createOrSelectStack(args, options);
    return LocalWorkspace.selectStack(args, options).catch((error: unknown) => {
      if (!wanted && (error as Error).name === "StackNotFoundError") return undefined;
      throw error;
    });
  });
  if (stack === undefined) return undefined;
  const set = (name: SettingName, value: string) =>
    failing(stackName, [], () =>
      "secret" in settings[name] ? setSecret(request, name, value) : stack.setConfig(name, { value }),
    );
  for (const [name, value] of Object.entries(request.settings ?? {})) await set(name as SettingName, value);

  return {
    set,
    up: (progress, { dryRun = false } = {}) =>
      running(stack, progress, async (onEvent) => {
        if (dryRun)
          return (await stack.preview({ onEvent, color: "never", userAgent: "sluice" })).changeSummary;
        return (await stack.up({ onEvent, color: "never", userAgent: "sluice" })).summary.resourceChanges;
      }),
    destroy: (progress, { dryRun = false } = {}) =>
      running(stack, progress, async (onEvent) => {
        const run = dryRun ? stack.previewDestroy.bind(stack) : stack.destroy.bind(stack);
        const result = await run({ onEvent, color: "never", userAgent: "sluice" });
        return "changeSummary" in result ? result.changeSummary : result.summary.resourceChanges;
      }),
    remove: ({ keepConfig = false } = {}) =>
      failing(stackName, [], () => stack.workspace.removeStack(stackName, { preserveConfig: keepConfig })),
  };
}

/** The stacks of a project that a backend has. @throws UserError if the backend refuses */
export async function listStacks(root: string, backend: Backend): Promise<KnownStack[]> {
  const { LocalWorkspace } = await import("@pulumi/pulumi/automation/index.js");
  return failing("(all)", [], async () => {
    const workspace = await LocalWorkspace.create({ workDir: root, envVars: environment(root, backend) });
    const stacks = await workspace.listStacks();
    return stacks.map(({ name, lastUpdate, resourceCount, updateInProgress }) => ({
      // Pulumi's own service puts the organisation and the project before it.
      name: name.split("/").at(-1)!,
      lastUpdate,
      resources: resourceCount,
      running: updateInProgress === true,
    }));
  });
}

/** Gives a secret by the command's input: its arguments, which the library uses, every process of a machine may read. */
function setSecret({ root, stack, backend }: StackRequest, name: string, value: string): Promise<void> {
  const args = ["config", "set", name, "--secret", "--stack", stack, "--non-interactive"];
  return new Promise((resolve, reject) => {
    const env = { ...process.env, ...environment(root, backend) };
    const child = execFile("pulumi", args, { cwd: root, env }, (error, _, stderr) => {
      if (error === null) resolve();
      else reject(Object.assign(new Error(stderr || error.message), { name: "CommandError" }));
    });
    child.stdin!.on("error", () => undefined); // it ended before it read all: its exit code tells why
    child.stdin!.end(value);
  });
}

/** What the Pulumi CLI is run with: the Node of this repository first, and the backend. */
function environment(root: string, backend: Backend): Record<string, string> {
  const path = [
    join(root, "node_modules", ".bin"),
    dirname(process.execPath),
    process.env["PATH"] ?? "",
  ].join(":");
  const common = { PATH: path, PULUMI_SKIP_UPDATE_CHECK: "true" };
  if (backend.kind === "configured") return { ...common, PULUMI_BACKEND_URL: backend.url };
  const { PULUMI_CONFIG_PASSPHRASE, PULUMI_CONFIG_PASSPHRASE_FILE } = process.env;
  const chosen = PULUMI_CONFIG_PASSPHRASE !== undefined || PULUMI_CONFIG_PASSPHRASE_FILE !== undefined;
  return {
    ...common,
    PULUMI_BACKEND_URL: backend.url,
    ...(chosen ? {} : { PULUMI_CONFIG_PASSPHRASE_FILE: passphraseFile(backend.passphraseFile) }),
  };
}

/** A passphrase for the secrets in this user's state, made once. */
function passphraseFile(file: string): string {
  if (!existsSync(file)) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, randomBytes(32).toString("base64url"), { mode: 0o600, flag: "wx" });
  }
  return file;
}

type Diagnostic = Parameters<typeof failureProblems>[1][number];

/** Runs the engine, tells its progress, and turns a failure into what a user can act on. */
async function running(
  stack: Stack,
  progress: Progress,
  run: (onEvent: (event: EngineEvent) => void) => Promise<Readonly<Record<string, number>> | undefined>,
): Promise<StackResult> {
  const diagnostics: Diagnostic[] = [];
  const onEvent = (event: EngineEvent) => {
    const { diagnosticEvent: said, resourcePreEvent: begun, resOpFailedEvent: failed } = event;
    if (begun !== undefined && begun.metadata.op !== "same")
      progress(`${verbs[begun.metadata.op] ?? begun.metadata.op} ${resourceName(begun.metadata.urn)}`);
    if (failed !== undefined) progress(`failed: ${resourceName(failed.metadata.urn)}`);
    if (said === undefined || said.ephemeral === true) return;
    const message = plain(said.message);
    const resource = said.urn === undefined || said.urn === "" ? undefined : resourceName(said.urn);
    if (said.severity === "error") diagnostics.push({ resource, message });
    else if (said.severity !== "warning" && message !== "") progress(message);
  };
  const changes = await failing(stack.name, diagnostics, () => retryDeadLock(stack, () => run(onEvent)));
  const outputs = await failing(stack.name, [], () => stack.outputs());
  const entries = Object.entries(outputs);
  return {
    changes: changes ?? {},
    outputs: Object.fromEntries(
      entries.filter(([, { secret }]) => !secret).map(([name, { value }]) => [name, value as unknown]),
    ),
    secretOutputs: entries.filter(([, { secret }]) => secret).map(([name]) => name),
  };
}

const verbs: Readonly<Record<string, string>> = {
  create: "making",
  update: "updating",
  delete: "deleting",
  replace: "replacing",
  "create-replacement": "making anew",
  "delete-replaced": "deleting the old",
  read: "reading",
};

/** `type name` of a URN. */
function resourceName(urn: string): string {
  const [type = "", name = ""] = urn.split("::").slice(-2);
  return `${shortType(type.split("$").at(-1)!)} ${name}`;
}

/** Without the colours' markup, `<{%reset%}>`. */
const plain = (text: string) => text.replace(/<\{%.*?%\}>/g, "").trim();

/**
 * A run that was killed leaves its lock in a file backend. Where the lock is of a process of this machine that
 * lives no more, it is lifted; any other is another run, and stays.
 */
async function retryDeadLock<T>(stack: Stack, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    const text = error instanceof Error ? error.message : "";
    const holders = [...text.matchAll(/created by \S+@(\S+) \(pid (\d+)\)/g)];
    const { hostname } = await import("node:os");
    const dead =
      holders.length > 0 && holders.every(([, host, pid]) => host === hostname() && !isAlive(Number(pid)));
    if (!dead) throw error;
    await stack.cancel();
    return run();
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

async function failing<T>(
  stack: string,
  diagnostics: readonly Diagnostic[],
  run: () => Promise<T>,
): Promise<T> {
  try {
    return await run();
  } catch (error) {
    const problems: Problem[] = failureProblems(stack, diagnostics);
    if (problems.length > 0) throw new UserError(problems);
    if (isCommandError(error)) {
      const errors = errorLines((error as Error).message);
      throw new UserError(
        failureProblems(
          stack,
          errors.map((message) => ({ resource: undefined, message })),
        ),
      );
    }
    throw error;
  }
}

const isCommandError = (error: unknown): boolean =>
  error instanceof Error &&
  /^(CommandError|ConcurrentUpdateError|StackNotFoundError|StackAlreadyExistsError)$/.test(error.name);

/** What the CLI printed as errors; all of it where it marks none. */
function errorLines(message: string): string[] {
  const stderr = /stderr:([\s\S]*?)(?:\n\s*err\?:|$)/.exec(message)?.[1]?.trim() ?? message;
  const errors = stderr
    .split(/^error: /m)
    .slice(1)
    .map((text) => text.trim());
  return errors.length > 0 ? errors : [stderr];
}
