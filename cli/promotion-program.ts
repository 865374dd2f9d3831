import { type Command, Option } from "commander";
import type { AttestOptions } from "./commands/attest.ts";
import type { PromoteOptions } from "./commands/promote.ts";
import type { PromotionsOptions } from "./commands/promotions.ts";
import type { RollbackOptions } from "./commands/rollback.ts";
import { dryRun, example, json } from "./options.ts";

/** The commands that move versions through the fleet. */
export function addPromotionCommands(program: Command): void {
  const kubeconfig = () =>
    new Option("--kubeconfig <path>", "the kubeconfig (default: KUBECONFIG, then ~/.kube/config)");
  const newBranch = () =>
    new Option("--branch <branch>", "the branch to make (default: named after what it does)");

  program
    .command("promote")
    .description(
      "bring a version to a cluster once it ran on the stage before: a commit on a branch, and its impact",
    )
    .argument("[what]", "a bundle, an app, kubernetes, or config: the definitions", "platform")
    .requiredOption("--to <cluster|type>", "a cluster, or all clusters of a type")
    .option("--version <version>", "the version (default: what the stage before runs)")
    .option("--override <reason>", "go on in spite of what is open; the reason is recorded")
    .option("--from <cluster>", "with config: whose definitions are carried over")
    .option("--since <commit>", "with config: from which commit on (default: since the last time)")
    .addOption(newBranch())
    .addOption(kubeconfig())
    .addOption(dryRun())
    .addOption(json())
    .addHelpText(
      "after",
      example(
        "sluice promote --to production",
        "sluice promote podinfo --to production --version 6.14.1",
        "sluice promote kubernetes --to staging",
        "sluice promote config --from staging --to production",
      ),
    )
    .action(async (what: string, options: PromoteOptions) =>
      (await import("./commands/promote.ts")).promote(what, options),
    );

  program
    .command("promotions")
    .description("what runs where, and what waits for what")
    .argument("[what...]", "only these bundles or apps, or kubernetes")
    .addOption(kubeconfig())
    .option("--no-live", "only what was attested; look at no cluster")
    .addOption(json())
    .addHelpText("after", example("sluice promotions", "sluice promotions platform --no-live"))
    .action(async (names: string[], options: PromotionsOptions) =>
      (await import("./commands/promotions.ts")).promotions(names, options),
    );

  program
    .command("attest")
    .description("look at clusters and record in git what each runs, how it is and since when")
    .argument("[cluster...]", "the clusters (default: all that the kubeconfig leads to)")
    .option("--push", "push the record, together with what others recorded meanwhile")
    .addOption(kubeconfig())
    .addOption(dryRun())
    .addOption(json())
    .addHelpText("after", example("sluice attest staging --push"))
    .action(async (names: string[], options: AttestOptions) =>
      (await import("./commands/attest.ts")).attest(names, options),
    );

  program
    .command("rollback")
    .description("bring back the version that a cluster had before: a commit on a branch, and its impact")
    .argument("<cluster>", "the cluster")
    .argument("[what]", "a bundle or an app", "platform")
    .addOption(newBranch())
    .addOption(dryRun())
    .addOption(json())
    .addHelpText("after", example("sluice rollback production", "sluice rollback staging podinfo --dry-run"))
    .action(async (name: string, what: string, options: RollbackOptions) =>
      (await import("./commands/rollback.ts")).rollback(name, what, options),
    );
}
