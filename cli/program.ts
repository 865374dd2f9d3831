import { Command, Option } from "commander";
import type { ClusterAddOptions } from "./commands/cluster-add.ts";
import type { SandboxCreateOptions } from "./commands/sandbox-create.ts";
import type { SynthOptions } from "./commands/synth.ts";

const json = () => new Option("--json", "print one JSON object, for machines");
const dryRun = () => new Option("--dry-run", "say what would be done, and do nothing");

/** The commands. Each one's code is loaded when it runs: `sluice --help` costs little more than Node itself. */
export const program = new Command("sluice")
  .description("Run a fleet of Kubernetes clusters with GitOps: typed definitions in, Flux manifests out.")
  .configureHelp({ showGlobalOptions: true })
  .showHelpAfterError("(add --help for what there is)")
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));

program
  .command("synth")
  .description("write the manifests that the definitions in clusters/ give")
  .option("--cluster <name>", "only this cluster's folder")
  .option("--check", "write nothing; fail if the committed manifests are not what the definitions give")
  .addOption(dryRun())
  .addOption(json())
  .addHelpText("after", example("sluice synth", "sluice synth --cluster production", "sluice synth --check"))
  .action(async (options: SynthOptions) => (await import("./commands/synth.ts")).synth(options));

const cluster = program.command("cluster").description("the fleet's clusters");
cluster
  .command("add")
  .description("onboard a cluster of a type: its folder in clusters/, and its manifests")
  .argument("<name>", "the cluster's name; eu-west-2/edge makes the folder of eu-west-2-edge")
  .requiredOption("--type <type>", "its environment type")
  .option("--set <variable=value...>", "a variable of the platform", [])
  .option("--like <cluster>", "take the versions of Kubernetes and the platform from this cluster")
  .option(
    "--track <track>",
    "what the platform tracks, such as tag:1.4.2 (default: the type's, or that of --like)",
  )
  .option("--provider <provider>", "kind, kwok, eks:REGION or existing:CONTEXT", "kind")
  .addOption(dryRun())
  .addOption(json())
  .addHelpText("after", example("sluice cluster add edge --type development --set domain=edge.example.com"))
  .action(async (name: string, options: ClusterAddOptions) =>
    (await import("./commands/cluster-add.ts")).clusterAdd(name, options),
  );

const sandbox = program.command("sandbox").description("short-lived clones of clusters");
sandbox
  .command("create")
  .description("clone a cluster: a branch with its folder copied, its manifests, one commit")
  .argument("<name>", "the sandbox's name: its folder's and its stack's")
  .requiredOption("--from <cluster>", "the cluster to clone")
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

function example(...lines: string[]): string {
  return `\nExample${lines.length > 1 ? "s" : ""}:\n${lines.map((line) => `  $ ${line}`).join("\n")}`;
}
