import { styleText } from "node:util";
import { loadFleet } from "../../lib/synth/load.ts";
import {
  openStack,
  type OpenStack,
  type StackRequest,
  type StackResult,
} from "../../lib/stack/automation.ts";
import { thisMachine } from "../../lib/stack/machine.ts";
import { keepOutOfGit, prepareStack } from "../../lib/stack/prepare.ts";
import { openFleet } from "../repository.ts";
import { describeResult } from "../stack-result.ts";
import { runSteps } from "../stack-progress.ts";

/** Options of the command. */
export interface SandboxUpOptions {
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** `sluice sandbox up`: the cluster of a definition, running and attached to git. */
export async function sandboxUp(
  name: string,
  { dryRun = false, json = false }: SandboxUpOptions,
): Promise<void> {
  const { root } = await openFleet();
  const cluster = (await loadFleet(root, name)).clusters[0]!;
  let request: StackRequest | undefined;
  let stack: OpenStack | undefined;
  let result: StackResult | undefined;
  await runSteps(
    [
      {
        title: "Check what is needed",
        run: async () => {
          request = await prepareStack({ root, cluster, machine: thisMachine() });
          keepOutOfGit(request);
        },
      },
      { title: `Open the stack ${name}`, run: async () => void (stack = await openStack(request!)) },
      {
        title: dryRun
          ? "See what would change"
          : `Make ${cluster.provider.kind} cluster ${name} and attach it to git`,
        run: async (progress) => void (result = await stack!.up(progress, { dryRun })),
      },
    ],
    json,
  );
  if (json) console.log(JSON.stringify({ name, dryRun, ...result! }, null, 2));
  else {
    console.log(describeResult(name, result!, dryRun));
    if (!dryRun)
      console.log(
        [
          "",
          styleText("bold", "Next"),
          `  pulumi stack output kubeconfig --show-secrets --stack ${name} > ${name}.kubeconfig`,
          `  kubectl --kubeconfig ${name}.kubeconfig get kustomizations --all-namespaces --watch`,
        ].join("\n"),
      );
  }
}
