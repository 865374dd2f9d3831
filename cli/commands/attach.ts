import { resolve } from "node:path";
import { loadFleet } from "../../lib/synth/load.ts";
import { attachedStack } from "../../lib/stack/attached-stack.ts";
import { forgetConfig } from "../../lib/stack/config-file.ts";
import { stackToDestroy } from "../../lib/stack/destroy.ts";
import { thisMachine } from "../../lib/stack/machine.ts";
import { prepareStack } from "../../lib/stack/prepare.ts";
import { openFleet } from "../repository.ts";
import { describeResult } from "../stack-result.ts";
import { runStack } from "../stack-run.ts";

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
  const { root, git } = await openFleet();
  const cluster = (await loadFleet(root, to)).clusters[0]!;
  const name = attachedStack(to, context);
  const machine = thisMachine();
  const settings = {
    attachTo: to,
    context,
    ...(kubeconfig === undefined ? {} : { kubeconfig: resolve(kubeconfig) }),
    ...(flux === undefined ? {} : { flux }),
  };
  const result = await runStack({
    git,
    name,
    shared: false,
    prepare: async () =>
      detach
        ? stackToDestroy(root, cluster, machine, { stack: name, context })
        : prepareStack({ root, cluster, stack: name, settings, machine }),
    create: !detach,
    title: detach ? `Detach ${context}` : `Attach ${context} to ${to}`,
    run: async (stack, progress) => {
      if (!detach) return stack.up(progress, { dryRun });
      const destroyed = await stack.destroy(progress, { dryRun });
      if (!dryRun) {
        await stack.remove({ keepConfig: true });
        if (git !== undefined) await forgetConfig(git, name);
      }
      return destroyed;
    },
    dryRun,
    silent: json,
  });
  console.log(
    json ? JSON.stringify({ name, dryRun, ...result }, null, 2) : describeResult(name, result, dryRun),
  );
}
