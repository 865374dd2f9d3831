import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Git } from "../lib/git/git.ts";
import {
  openStack,
  openStackIfAny,
  type OpenStack,
  type Progress,
  type StackRequest,
  type StackResult,
} from "../lib/stack/automation.ts";
import { forgetConfig, keepOutOfGit } from "../lib/stack/config-file.ts";
import { configFile } from "../lib/stack/stack-config.ts";
import { runSteps } from "./stack-progress.ts";

/** A run of a stack. */
export interface StackRun {
  readonly git: Git | undefined;
  /** The stack's name. */
  readonly name: string;
  /** Whether the stack's configuration is for git, where others reach the stack. */
  readonly shared: boolean;
  /** Checks all that can be checked before. */
  readonly prepare: () => Promise<StackRequest>;
  /** Whether a stack that is not there is made. @default true */
  readonly create?: boolean;
  readonly title: string;
  readonly run: (stack: OpenStack, progress: Progress) => Promise<StackResult>;
  /** Then a stack that was made for the run is gone afterwards. */
  readonly dryRun: boolean;
  readonly silent: boolean;
}

/** Runs a stack, telling each step where somebody watches. */
export async function runStack(options: StackRun): Promise<StackResult> {
  const { git, name, create = true, dryRun } = options;
  let request: StackRequest | undefined;
  let stack: OpenStack | undefined;
  let result: StackResult | undefined;
  let undo = () => Promise.resolve();
  await runSteps(
    [
      {
        title: "Check what is needed",
        run: async () => {
          request = await options.prepare();
          if (git !== undefined && !(options.shared && request.backend.kind === "configured"))
            await keepOutOfGit(git, name);
        },
      },
      {
        title: `Open the stack ${name}`,
        run: async () => {
          const configured = existsSync(join(request!.root, configFile(name)));
          stack = create && !dryRun ? undefined : await openStackIfAny(request!, false, !create);
          if (stack !== undefined) return;
          const made = await openStack(request!);
          stack = made;
          if (dryRun)
            undo = async () => {
              await made.remove({ keepConfig: configured });
              if (git !== undefined && !configured) await forgetConfig(git, name);
            };
        },
      },
      {
        title: options.title,
        run: async (progress) => {
          try {
            result = await options.run(stack!, progress);
          } finally {
            await undo();
          }
        },
      },
    ],
    options.silent,
  );
  return result!;
}
