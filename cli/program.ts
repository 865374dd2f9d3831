import { Command, Option } from "commander";
import type { ArtifactPushOptions } from "./commands/artifact-push.ts";
import type { CheckCommandOptions } from "./commands/check.ts";
import type { ClusterAddOptions } from "./commands/cluster-add.ts";
import type { GateOptions } from "./commands/gate.ts";
import type { ImpactOptions } from "./commands/impact.ts";
import type { ReleaseFreezeOptions } from "./commands/release-freeze.ts";
import type { ReleaseThawOptions } from "./commands/release-thaw.ts";
import type { AttachOptions } from "./commands/attach.ts";
import type { PlanOptions } from "./commands/plan.ts";
import type { SimulateOptions } from "./commands/simulate.ts";
import type { ReleaseCreateOptions } from "./commands/release-create.ts";
import type { StatusOptions } from "./commands/status.ts";
import type { TeardownOptions } from "./commands/teardown.ts";
import { dryRun, example, json } from "./options.ts";
import { addPromotionCommands } from "./promotion-program.ts";
import { addSandboxCommands } from "./sandbox-program.ts";
import type { SynthOptions } from "./commands/synth.ts";

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

const paths = () =>
  new Option("--path <folder...>", "folders that Flux syncs, in a repository that Sluice did not make");

program
  .command("impact")
  .description("what a change does to every cluster, object by object")
  .option("--base <ref>", "what to compare with (default: where the branch left main)")
  .option("--head <ref>", "the change (default: the working tree)")
  .addOption(paths())
  .option("--release <version>", "as if the head were released as this version")
  .addOption(
    new Option("--format <format>", "how to print it")
      .choices(["text", "json", "markdown", "html"])
      .default("text"),
  )
  .option("--render", "render the charts of HelmReleases too, with helm")
  .option("--charts <folder>", "chart archives for --render (default: ~/.cache/sluice/charts)")
  .option("--no-registry", "do not look for releases in their registry that the clone lacks")
  .addOption(json())
  .addHelpText("after", example("sluice impact", "sluice impact --base origin/main --format markdown"))
  .action(async (options: ImpactOptions) => (await import("./commands/impact.ts")).impact(options));

program
  .command("gate")
  .description("whether a commit may be merged: one that reaches a protected cluster needs an approval")
  .option("--base <ref>", "what it is to be merged into (default: origin's main branch)")
  .option("--head <ref>", "the commit (default: HEAD)")
  .option("--timeout <time>", "how long to wait for a decision; 0s asks once", "10m")
  .option("--poll <time>", "how often to ask meanwhile", "15s")
  .option("--no-registry", "do not look for releases in their registry that the clone lacks")
  .addOption(dryRun())
  .addOption(json())
  .addHelpText("after", example("sluice gate --base origin/main", "sluice gate --dry-run"))
  .action(async (options: GateOptions) => (await import("./commands/gate.ts")).gate(options));

program
  .command("check")
  .description("whether what Flux will apply to every cluster will work, before it is merged")
  .option("--cluster <name...>", "tell only about these clusters")
  .addOption(paths())
  .option(
    "--definitions <folder>",
    "CustomResourceDefinitions of kinds that the fleet does not define itself",
  )
  .option("--kubernetes <version>", "the version of clusters whose definition does not say, such as 1.35")
  .addOption(
    new Option("--format <format>", "how to print it").choices(["text", "json", "sarif"]).default("text"),
  )
  .option("--no-registry", "do not look for releases in their registry that the clone lacks")
  .option("--live", "ask the clusters as well: a dry run of every object on their API servers")
  .option("--context <context>", "with --live: the kubeconfig's context (default: the one of each cluster)")
  .option("--kubeconfig <path>", "with --live: the kubeconfig (default: KUBECONFIG, then ~/.kube/config)")
  .addOption(json())
  .addHelpText(
    "after",
    example(
      "sluice check",
      "sluice check --format sarif > check.sarif",
      "sluice check --path clusters/production",
    ),
  )
  .action(async (options: CheckCommandOptions) => (await import("./commands/check.ts")).check(options));

program
  .command("simulate")
  .description("what becomes Ready in which order, what never does and why: no cluster needed")
  .argument("[cluster...]", "only these clusters")
  .option("--fail <object>", "what a failure of this stops: apps, 'HelmRelease apps/web'")
  .option("--base <ref>", "as a change of clusters that run this revision: what it restarts")
  .option("--given <object...>", "what something outside of git makes: 'ConfigMap flux-system/facts'", [])
  .addOption(paths())
  .option("--no-registry", "do not look for releases in their registry that the clone lacks")
  .addOption(json())
  .addHelpText(
    "after",
    example(
      "sluice simulate",
      "sluice simulate production --fail 'HelmRelease kyverno/kyverno'",
      "sluice simulate staging --base origin/main",
    ),
  )
  .action(async (names: string[], options: SimulateOptions) =>
    (await import("./commands/simulate.ts")).simulate(names, options),
  );

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

addSandboxCommands(program);

const artifact = program.command("artifact").description("releases of bundles, as OCI artifacts");
artifact
  .command("push")
  .description("pack a bundle as it is at a commit, byte for byte reproducible, push it and sign it")
  .argument("[bundle]", "the bundle's name", "platform")
  .requiredOption("--tag <version>", "the release: 1.4.2")
  .option("--revision <revision>", "the commit to pack (default: the git tag of the same name)")
  .option("--key <file>", "private key to sign with, in cosign's format; its password in COSIGN_PASSWORD")
  .option("--keyless", "sign as whom the CI's identity token is of, with Fulcio and Rekor")
  .option("--fulcio-url <url>", "with --keyless: Fulcio (default: the public one)")
  .option("--rekor-url <url>", "with --keyless: Rekor (default: the public one)")
  .option(
    "--path <folder>",
    "a folder of any repository instead of a fleet's bundle: an app team's manifests",
  )
  .option("--url <url>", "with --path: where to, oci://registry.example.com/team/app")
  .option("--source <url>", "with --path: the repository's URL (default: that of origin)")
  .option("--insecure", "with --path: plain HTTP, for a registry on the same machine")
  .addOption(dryRun())
  .addOption(json())
  .addHelpText(
    "after",
    example(
      "sluice artifact push --tag 1.4.2 --key cosign.key",
      "sluice artifact push --tag 1.4.2 --keyless",
      "sluice artifact push --path deploy --url oci://registry.example.com/team/shop --tag 1.4.2",
    ),
  )
  .action(async (bundle: string, options: ArtifactPushOptions) =>
    (await import("./commands/artifact-push.ts")).artifactPush(bundle, options),
  );

const release = program.command("release").description("releases of the fleet's bundles");
release
  .command("create")
  .description("tag HEAD as a release, with notes of what it does to which cluster")
  .argument("<version>", "the version: 1.4.2")
  .addOption(dryRun())
  .addOption(json())
  .addHelpText("after", example("sluice release create 1.4.2 --dry-run", "sluice release create 1.4.2"))
  .action(async (version: string, options: ReleaseCreateOptions) =>
    (await import("./commands/release-create.ts")).releaseCreate(version, options),
  );
release
  .command("freeze")
  .description("stop merges that change a bundle, for a while: a commit that the gate enforces")
  .argument("[bundle...]", "the bundles (default: platform)")
  .requiredOption("--reason <text>", "why, for those whom it stops")
  .requiredOption("--until <time>", "when it ends by itself: 12h, 2d or a date")
  .option("--by <name>", "who asks for it (default: git's user.email)")
  .option("--branch <branch>", "a new branch to commit on (default: the current one)")
  .addOption(dryRun())
  .addOption(json())
  .addHelpText("after", example('sluice release freeze --until 2d --reason "testing 1.5.0"'))
  .action(async (bundles: string[], options: ReleaseFreezeOptions) =>
    (await import("./commands/release-freeze.ts")).releaseFreeze(bundles, options),
  );
release
  .command("thaw")
  .description("end a freeze: a commit that removes it")
  .option("--by <name>", "who asks for it (default: git's user.email)")
  .option("--branch <branch>", "a new branch to commit on (default: the current one)")
  .addOption(dryRun())
  .addOption(json())
  .addHelpText("after", example("sluice release thaw"))
  .action(async (options: ReleaseThawOptions) =>
    (await import("./commands/release-thaw.ts")).releaseThaw(options),
  );

program
  .command("attach")
  .description("sync a further cluster, any context of a kubeconfig, to a cluster's folder; no commit")
  .argument("<context>", "the kubeconfig's context")
  .requiredOption("--to <cluster>", "the cluster whose folder it is synced to")
  .option("--kubeconfig <path>", "the kubeconfig (default: KUBECONFIG, then ~/.kube/config)")
  .addOption(
    new Option("--flux <how>", "how Flux is installed; none where it is there").choices([
      "operator",
      "chart",
      "none",
    ]),
  )
  .option("--detach", "take down what Flux made there, and what the attach brought")
  .addOption(dryRun())
  .addOption(json())
  .addHelpText("after", example("sluice attach docker-desktop --to development"))
  .action(async (context: string, options: AttachOptions) =>
    (await import("./commands/attach.ts")).attach(context, options),
  );

program
  .command("plan")
  .description("what a cluster's stack would make and cost: no credentials, no cloud, no network")
  .argument("<name>", "the cluster's name")
  .addOption(json())
  .addHelpText("after", example("sluice plan production", "sluice plan sandbox-a --json"))
  .action(async (name: string, options: PlanOptions) =>
    (await import("./commands/plan.ts")).plan(name, options),
  );

program
  .command("teardown")
  .description(
    "remove what Flux and its users have made in a cluster, in order, until only a bootstrap is left",
  )
  .requiredOption("--context <context>", "the kubeconfig's context: any cluster that runs Flux")
  .option("--kubeconfig <path>", "the kubeconfig (default: KUBECONFIG, then ~/.kube/config)")
  .option("--yes", "do not ask")
  .option("--timeout <time>", "how long all of it may take", "1h")
  .option("--step-timeout <time>", "how long a step may take without anything going", "10m")
  .option("--root <namespace/name...>", "the Kustomization that syncs the cluster (default: found out)", [])
  .option(
    "--remove-finalizers <kind/namespace/name...>",
    "take the finalizers of these objects, and of no others",
    [],
  )
  .option(
    "--ignore-unavailable",
    "delete custom objects without a finalizer even while their controller is away",
  )
  .option(
    "--all-external",
    "remove load balancers, volumes and ingresses whoever made them, as the cluster is to go",
  )
  .option("--remove-sync", "remove the sync as well, where it does not hold Flux itself")
  .option("--resume", "delete nothing; give back to Flux what an unfinished teardown has suspended")
  .addOption(dryRun())
  .addOption(json())
  .addHelpText(
    "after",
    example(
      "sluice teardown --context kind-sandbox-a --dry-run",
      "sluice teardown --context kind-sandbox-a --yes",
    ),
  )
  .action(async (options: TeardownOptions) => (await import("./commands/teardown.ts")).teardown(options));

addPromotionCommands(program);

program
  .command("status")
  .description("every cluster: what it tracks, what it runs, and the first reason why it is not ready")
  .argument("[cluster...]", "only these clusters")
  .option("--kubeconfig <path>", "the kubeconfig (default: KUBECONFIG, then ~/.kube/config)")
  .addOption(json())
  .addHelpText("after", example("sluice status", "sluice status production --json"))
  .action(async (names: string[], options: StatusOptions) =>
    (await import("./commands/status.ts")).status(names, options),
  );
