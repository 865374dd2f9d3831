import { styleText } from "node:util";
import { loadFleet } from "../../lib/synth/load.ts";
import { thisMachine } from "../../lib/stack/machine.ts";
import { prepareStack } from "../../lib/stack/prepare.ts";
import { openFleet } from "../repository.ts";
import { describeResult } from "../stack-result.ts";
import { runStack } from "../stack-run.ts";

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
  const { root, git } = await openFleet();
  const cluster = (await loadFleet(root, name)).clusters[0]!;
  const result = await runStack({
    git,
    name,
    shared: cluster.sandbox === undefined,
    prepare: () => prepareStack({ root, cluster, machine: thisMachine() }),
    title: dryRun
      ? "See what would change"
      : `Make ${cluster.provider.kind} cluster ${name} and attach it to git`,
    run: (stack, progress) => stack.up(progress, { dryRun }),
    dryRun,
    silent: json,
  });
  if (json) console.log(JSON.stringify({ name, dryRun, ...result }, null, 2));
  else {
    console.log(describeResult(name, result, dryRun));
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
