import { UserError } from "../../lib/fleet/user-error.ts";
import { loadFleet } from "../../lib/synth/load.ts";
import { openStack, type OpenStack, type StackResult } from "../../lib/stack/automation.ts";
import { destroyProblem, stackToDestroy } from "../../lib/stack/destroy.ts";
import { thisMachine } from "../../lib/stack/machine.ts";
import { openFleet } from "../repository.ts";
import { describeResult } from "../stack-result.ts";
import { runSteps } from "../stack-progress.ts";

/** Options of the command. */
export interface SandboxDestroyOptions {
  readonly confirm?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** `sluice sandbox destroy`: first what Flux made, in order, then the cluster. */
export async function sandboxDestroy(
  name: string,
  { confirm, dryRun = false, json = false }: SandboxDestroyOptions,
): Promise<void> {
  const { root } = await openFleet();
  const cluster = (await loadFleet(root, name)).clusters[0]!;
  const problem = dryRun ? undefined : destroyProblem(cluster, confirm);
  if (problem !== undefined) throw new UserError(problem, 2);
  let stack: OpenStack | undefined;
  let result: StackResult | undefined;
  const unprotect = cluster.type.protected && confirm === name && !dryRun;
  await runSteps(
    [
      {
        title: `Open the stack ${name}`,
        run: async () =>
          void (stack = await openStack(stackToDestroy(root, cluster, thisMachine()), { create: false })),
      },
      ...(unprotect
        ? [
            {
              title: "Take the protection off",
              run: async (progress: (line: string) => void) => {
                await stack!.set("confirmDestroy", name);
                await stack!.up(progress);
              },
            },
          ]
        : []),
      {
        title: dryRun ? "See what would be deleted" : `Take down what Flux made, then the cluster`,
        run: async (progress) => void (result = await stack!.destroy(progress, { dryRun })),
      },
    ],
    json,
  );
  console.log(
    json ? JSON.stringify({ name, dryRun, ...result! }, null, 2) : describeResult(name, result!, dryRun),
  );
}
