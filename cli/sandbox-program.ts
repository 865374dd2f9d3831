import { type Command, Option } from "commander";
import type { SandboxCreateOptions } from "./commands/sandbox-create.ts";
import type { SandboxDestroyOptions } from "./commands/sandbox-destroy.ts";
import type { SandboxReturnOptions } from "./commands/sandbox-return.ts";
import type { SandboxDeleteOptions } from "./commands/sandbox-delete.ts";
import type { SandboxExtendOptions } from "./commands/sandbox-extend.ts";
import type { SandboxListOptions } from "./commands/sandbox-list.ts";
import type { SandboxReapOptions } from "./commands/sandbox-reap.ts";
import type { SandboxShowOptions } from "./commands/sandbox-show.ts";
import type { SandboxSyncOptions } from "./commands/sandbox-sync.ts";
import type { SandboxUpOptions } from "./commands/sandbox-up.ts";
import { dryRun, example, json } from "./options.ts";

/** Adds `sluice sandbox`: the code of each command is loaded when it runs. */
export function addSandboxCommands(program: Command): void {
  const sandbox = program.command("sandbox").description("short-lived clones of clusters");
  sandbox
    .command("create")
    .description("clone a cluster: a branch with its folder copied, its manifests, one commit")
    .argument("<name>", "the sandbox's name: its folder's and its stack's")
    .requiredOption("--from <cluster>", "the cluster to clone")
    .option("--repository <url>", "the repository that it is in, where that is another")
    .requiredOption("--branch <branch>", "the branch to make; what tracked a branch tracks this one")
    .addOption(
      new Option("--purpose <purpose>", "what it is for")
        .choices(["platform", "performance", "application"])
        .default("platform"),
    )
    .option("--expires <time>", "when it may be deleted: 12h, 3d, 2w or a date", "3d")
    .option("--owner <name>", "who answers for it (default: git's user.email)")
    .option("--provider <provider>", "kind, kwok or existing:CONTEXT (default: its source's)")
    .addOption(dryRun())
    .addOption(json())
    .addHelpText("after", example("sluice sandbox create sandbox-a --from development --branch NOM-123-keda"))
    .action(async (name: string, options: SandboxCreateOptions) =>
      (await import("./commands/sandbox-create.ts")).sandboxCreate(name, options),
    );

  sandbox
    .command("up")
    .description("make the cluster of a definition and attach it to git, by its Pulumi stack")
    .argument("<name>", "the cluster's name")
    .addOption(dryRun())
    .addOption(json())
    .addHelpText(
      "after",
      example("sluice sandbox up sandbox-a", "SLUICE_GIT_TOKEN=… sluice sandbox up sandbox-a"),
    )
    .action(async (name: string, options: SandboxUpOptions) =>
      (await import("./commands/sandbox-up.ts")).sandboxUp(name, options),
    );
  sandbox
    .command("destroy")
    .description("take down what Flux made, in order, and then the cluster; its folder in git stays")
    .argument("<name>", "the cluster's name")
    .option("--confirm <name>", "its name again: for whatever is no sandbox, or is protected")
    .addOption(dryRun())
    .addOption(json())
    .addHelpText("after", example("sluice sandbox destroy sandbox-a"))
    .action(async (name: string, options: SandboxDestroyOptions) =>
      (await import("./commands/sandbox-destroy.ts")).sandboxDestroy(name, options),
    );
  sandbox
    .command("return")
    .description("carry what was changed in a sandbox back to its source, merged and proved, as one commit")
    .argument("<name>", "the sandbox's name")
    .option("--to <cluster>", "the cluster to return to (default: the sandbox's source)")
    .option("--repository <url>", "the sandbox's repository, where its source is in this one")
    .addOption(dryRun())
    .addOption(json())
    .addHelpText(
      "after",
      example("sluice sandbox return sandbox-a --dry-run", "sluice sandbox return sandbox-a"),
    )
    .action(async (name: string, options: SandboxReturnOptions) =>
      (await import("./commands/sandbox-return.ts")).sandboxReturn(name, options),
    );
  sandbox
    .command("sync")
    .description("bring in what has changed at the source since: merge main, and the source's files")
    .argument("<name>", "the sandbox's name")
    .addOption(dryRun())
    .addOption(json())
    .addHelpText("after", example("git fetch && sluice sandbox sync sandbox-a"))
    .action(async (name: string, options: SandboxSyncOptions) =>
      (await import("./commands/sandbox-sync.ts")).sandboxSync(name, options),
    );
  sandbox
    .command("delete")
    .description("take down the cluster and its stack, in order, and take the sandbox out of git")
    .argument("<name>", "the sandbox's name")
    .option("--keep-cluster", "leave the cluster and its stack as they are")
    .addOption(dryRun())
    .addOption(json())
    .addHelpText(
      "after",
      example("sluice sandbox delete sandbox-a --dry-run", "sluice sandbox delete sandbox-a"),
    )
    .action(async (name: string, options: SandboxDeleteOptions) =>
      (await import("./commands/sandbox-delete.ts")).sandboxDelete(name, options),
    );
  sandbox
    .command("list")
    .description("the sandboxes of all branches: owner, source, age, expiry, stack and cost a day")
    .addOption(json())
    .addHelpText("after", example("git fetch && sluice sandbox list"))
    .action(async (options: SandboxListOptions) =>
      (await import("./commands/sandbox-list.ts")).sandboxList(options),
    );
  sandbox
    .command("show")
    .description("a sandbox, and how what Flux applies to it differs from a fresh clone of its source")
    .argument("<name>", "the sandbox's name")
    .addOption(json())
    .addHelpText("after", example("sluice sandbox show sandbox-a"))
    .action(async (name: string, options: SandboxShowOptions) =>
      (await import("./commands/sandbox-show.ts")).sandboxShow(name, options),
    );
  sandbox
    .command("extend")
    .description("let a sandbox live longer: one commit")
    .argument("<name>", "the sandbox's name")
    .requiredOption("--expires <time>", "when it may be deleted: 12h, 3d, 2w from now, or a date")
    .addOption(dryRun())
    .addOption(json())
    .addHelpText("after", example("sluice sandbox extend sandbox-a --expires 3d"))
    .action(async (name: string, options: SandboxExtendOptions) =>
      (await import("./commands/sandbox-extend.ts")).sandboxExtend(name, options),
    );
  sandbox
    .command("reap")
    .description("delete the sandboxes that have expired, on all branches; without --yes, say which")
    .option("--yes", "do it")
    .option("--max <number>", "how many to delete in one run", "5")
    .option(
      "--grace <time>",
      "how long a sandbox is left after its owner was told, or, without --notify, after its expiry",
      "1d",
    )
    .option("--notify <hook>", "a URL to post to, or a shell command that reads JSON, to tell an owner")
    .addOption(json())
    .addHelpText(
      "after",
      example(
        "sluice sandbox reap",
        "sluice sandbox reap --yes --max 3 --notify https://hooks.example.com/…",
      ),
    )
    .action(async (options: SandboxReapOptions) =>
      (await import("./commands/sandbox-reap.ts")).sandboxReap(options),
    );
}
