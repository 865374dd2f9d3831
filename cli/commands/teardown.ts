import { createInterface } from "node:readline/promises";
import { UserError } from "../../lib/fleet/user-error.ts";
import {
  ApiError,
  connect,
  describePlan,
  describeResult,
  noticesOf,
  planData,
  planOf,
  resume,
  teardown as tearDown,
  type TeardownOptions as EngineOptions,
} from "../../lib/teardown/index.ts";
import { parseDuration } from "../duration.ts";
import { printNotices } from "../report.ts";
import { teardownProgress } from "../teardown-progress.ts";

/** Options of the command. */
export interface TeardownOptions {
  readonly context: string;
  readonly kubeconfig?: string;
  readonly root: readonly string[];
  readonly timeout: string;
  readonly stepTimeout: string;
  readonly removeFinalizers: readonly string[];
  readonly ignoreUnavailable?: boolean;
  readonly removeSync?: boolean;
  readonly allExternal?: boolean;
  readonly resume?: boolean;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** `sluice teardown`: what Flux and its users have made in a cluster goes, in order. Exit code 1 if anything is left. */
export async function teardown(options: TeardownOptions): Promise<void> {
  const { context, kubeconfig, dryRun = false, json = false } = options;
  const engine = engineOptions(options);
  const api = await connect({ context, ...(kubeconfig === undefined ? {} : { file: kubeconfig }) });
  try {
    if (options.resume === true) {
      const resumed = await resume(api);
      if (json) console.log(JSON.stringify({ context, resumed }, null, 2));
      else
        console.log(
          resumed.length === 0
            ? "No teardown has suspended anything here."
            : `Given back to Flux: ${resumed.join(", ")}.`,
        );
      return;
    }
    if (dryRun) {
      const plan = await planOf(api, { ...engine, patience: 5000 });
      if (json)
        console.log(JSON.stringify({ context, ...planData(plan), notices: noticesOf(plan) }, null, 2));
      else {
        printNotices(noticesOf(plan));
        console.log(describePlan(plan));
      }
      return;
    }
    if (options.yes !== true) {
      const plan = await planOf(api, { ...engine, patience: 5000 });
      await confirm(context, api.server, `${describePlan(plan)}\n`, json);
    }
    const ending = endOnSignal();
    const result = await tearDown(api, {
      ...engine,
      signal: ending,
      ...(json ? {} : { listener: teardownProgress() }),
    });
    console.log(json ? JSON.stringify({ context, ...result }, null, 2) : describeResult(result, context));
    // Not only the exit code: a second signal may still be listened for.
    process.exit(result.outcome === "clean" ? 0 : 1);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    throw new UserError({
      where: context,
      message: error.status === 0 ? `the cluster does not answer: ${error.message}` : error.message,
      remedy:
        error.status === 0
          ? "see whether it runs, and whether the context leads there"
          : "see to the server, and run this again",
    });
  }
}

/** @throws UserError for each option that has no such value */
function engineOptions(options: TeardownOptions): EngineOptions {
  const problems = [
    ...options.root
      .filter((root) => !/^[^/]+\/[^/]+$/.test(root))
      .map((root) => ({ where: "--root", message: `'${root}' is no namespace/name` })),
    ...options.removeFinalizers
      .filter((name) => !/^[A-Z]\w*(\/[^/]+){1,2}$/.test(name))
      .map((name) => ({ where: "--remove-finalizers", message: `'${name}' is no Kind/namespace/name` })),
  ];
  const [seconds, stepSeconds] = [options.timeout, options.stepTimeout].map(parseDuration);
  if (seconds === undefined)
    problems.push({ where: "--timeout", message: `'${options.timeout}' is no time such as 90s, 10m or 1h` });
  if (stepSeconds === undefined)
    problems.push({
      where: "--step-timeout",
      message: `'${options.stepTimeout}' is no time such as 90s, 10m or 1h`,
    });
  if (problems.length > 0) throw new UserError(problems, 2);
  return {
    roots: options.root,
    seconds: seconds!,
    stepSeconds: stepSeconds!,
    removeFinalizers: options.removeFinalizers,
    removeSync: options.removeSync === true,
    allExternal: options.allExternal === true,
    ignoreUnavailable: options.ignoreUnavailable === true,
  };
}

async function confirm(context: string, server: string, plan: string, json: boolean): Promise<void> {
  if (!process.stdin.isTTY || json)
    throw new UserError(
      {
        where: context,
        message: `everything that Flux has made in ${server} would go`,
        remedy: "look at it with --dry-run, then say --yes",
      },
      2,
    );
  console.error(plan);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`This cannot be undone. The name of the context, to go on: `);
  terminal.close();
  if (answer.trim() !== context)
    throw new UserError(
      { where: context, message: `'${answer.trim()}' is another name: nothing is done` },
      2,
    );
}

/** Ends in good order at the first Ctrl-C, at once at the second. */
function endOnSignal(): AbortSignal {
  const ending = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.on(signal, () => {
      if (ending.signal.aborted) process.exit(130);
      console.error("ending: what has been asked for goes on by itself, nothing more begins");
      ending.abort();
    });
  return ending.signal;
}
