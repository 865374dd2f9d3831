import { resolve } from "node:path";
import { loadFleet } from "../../lib/synth/load.ts";
import { attachedStack } from "../../lib/stack/attached-stack.ts";
import {
  openStack,
  type OpenStack,
  type StackRequest,
  type StackResult,
} from "../../lib/stack/automation.ts";
import { stackToDestroy } from "../../lib/stack/destroy.ts";
import { thisMachine } from "../../lib/stack/machine.ts";
import { keepOutOfGit, prepareStack } from "../../lib/stack/prepare.ts";
import { openFleet } from "../repository.ts";
import { describeResult } from "../stack-result.ts";
import { runSteps } from "../stack-progress.ts";

/** Options of the command. */
export interface AttachOptions {
  readonly to: string;
  readonly kubeconfig?: string;
  readonly flux?: "operator" | "chart" | "none";
  readonly detach?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** `sluice attach`: a further cluster is synced to a cluster's folder, without a commit. */
export async function attach(context: string, options: AttachOptions): Promise<void> {
  const { to, kubeconfig, flux, detach = false, dryRun = false, json = false } = options;
  const { root } = await openFleet();
  const cluster = (await loadFleet(root, to)).clusters[0]!;
  const name = attachedStack(to, context);
  const machine = thisMachine();
  let request: StackRequest | undefined;
  let stack: OpenStack | undefined;
  let result: StackResult | undefined;
  await runSteps(
    [
      {
        title: "Check what is needed",
        run: async () => {
          const settings = {
            attachTo: to,
            context,
            ...(kubeconfig === undefined ? {} : { kubeconfig: resolve(kubeconfig) }),
            ...(flux === undefined ? {} : { flux }),
          };
          request = detach
            ? stackToDestroy(root, cluster, machine, { stack: name, context })
            : await prepareStack({ root, cluster, stack: name, settings, machine });
          keepOutOfGit(request);
        },
      },
      {
        title: `Open the stack ${name}`,
        run: async () => void (stack = await openStack(request!, { create: !detach })),
      },
      {
        title: detach ? `Detach ${context}` : `Attach ${context} to ${to}`,
        run: async (progress) => {
          result = await (detach ? stack!.destroy(progress, { dryRun }) : stack!.up(progress, { dryRun }));
          if (detach && !dryRun) await stack!.remove();
        },
      },
    ],
    json,
  );
  console.log(
    json ? JSON.stringify({ name, dryRun, ...result! }, null, 2) : describeResult(name, result!, dryRun),
  );
}
