import * as pulumi from "@pulumi/pulumi";
import type { Cluster } from "../lib/fleet/cluster.ts";
import type { BundleClass } from "../lib/fleet/fleet.ts";
import { existing } from "../lib/fleet/providers.ts";
import { throwIfAny, UserError } from "../lib/fleet/user-error.ts";
import type { FromStackOf } from "../lib/fleet/variables.ts";
import { fluxObjects } from "../lib/stack/flux-objects.ts";
import { kubernetesProblem } from "../lib/stack/kubernetes-versions.ts";
import { type OutputValue, outputData, stackVariables } from "../lib/stack/output-values.ts";
import { tagsOf } from "../lib/stack/sandbox-tags.ts";
import { fluxInstall, missingSettings, settingProblems } from "../lib/stack/stack-config.ts";
import { findFleetRoot } from "../lib/synth/find-root.ts";
import { folderNames, loadFleet } from "../lib/synth/load.ts";
import type { PodRole } from "./eks/roles.ts";
import { FluxBootstrap } from "./flux/bootstrap.ts";
import { mocked } from "./mocked.ts";
import type { ClusterFacts } from "./provided-cluster.ts";
import { provideCluster } from "./provide-cluster.ts";
import { stackSettings } from "./stack-settings.ts";
import { teardownHook } from "./teardown.ts";

type UnionToIntersection<U> = (U extends unknown ? (one: U) => void : never) extends (all: infer I) => void
  ? I
  : never;
type VariablesOf<C extends BundleClass> = UnionToIntersection<
  C extends unknown ? FromStackOf<C["variables"]> : never
>;

/** A value for each variable that the bundles `C` expect from the stack; undefined where the provider has none. */
export type StackOutputs<C extends BundleClass> = {
  readonly [Name in keyof VariablesOf<C>]: pulumi.Input<VariablesOf<C>[Name]> | undefined;
};

/** What a fleet's stack is made from. */
export interface ClusterStackOptions<C extends BundleClass, O extends StackOutputs<C>> {
  /** The fleet's bundles, whose variables the outputs have to give. */
  readonly bundles: readonly C[];
  /**
   * Turns what is known of a cluster into the variables that bundles expect from the stack. Leaving one out does
   * not compile; `undefined` says that a provider has none, and needs a default in the bundle. What more it
   * returns, the cluster's apps may ask for by name.
   */
  readonly outputs: (facts: ClusterFacts, cluster: Cluster) => O;
  /** Roles of AWS for ServiceAccounts beside the platform's own. @default none */
  readonly podRoles?: (cluster: Cluster) => readonly PodRole[];
}

/** What `pulumi stack output` shows. */
export interface ClusterStackOutputs {
  /** A secret. */
  readonly kubeconfig: pulumi.Output<string>;
  readonly cluster: string;
  readonly provider: ClusterFacts["provider"];
  /** The public half of the SSH key made for the cluster, to be registered at the git server. */
  readonly gitPublicKey?: pulumi.Output<string>;
}

/**
 * The program of every stack of a fleet: the stack's name is the cluster's name, and the cluster's definition
 * says all else.
 * @throws pulumi.RunError with what is wrong and how to mend it
 */
export async function clusterStack<C extends BundleClass, O extends StackOutputs<C>>(
  options: ClusterStackOptions<C, O>,
): Promise<ClusterStackOutputs> {
  try {
    return await run(options as unknown as ClusterStackOptions<BundleClass, Outputs>);
  } catch (error) {
    // Pulumi prints a RunError without the stack of a program's defect.
    if (error instanceof UserError && !mocked()) throw new pulumi.RunError(error.message);
    throw error;
  }
}

type Outputs = Readonly<Record<string, pulumi.Input<string | number | boolean> | undefined>>;

async function run(options: ClusterStackOptions<BundleClass, Outputs>): Promise<ClusterStackOutputs> {
  const stack = pulumi.getStack();
  const settings = stackSettings();
  const root = fleetRoot();
  const given = settings.given();
  throwIfAny(settingProblems(given, stack));
  const cluster = await clusterOf(root, stack, settings.text("attachTo"));
  const context = settings.text("context");
  const kubeconfig = settings.text("kubeconfig");
  const provider =
    context === undefined
      ? cluster.provider
      : existing({ context, ...(kubeconfig === undefined ? {} : { kubeconfig }) });
  const install = fluxInstall(cluster, settings.text("flux"));
  const unknown = kubernetesProblem(provider.kind, cluster.versions.kubernetes, cluster.versions.file);
  // A plan shows what it lacks; a run does not begin without it.
  const missing = mocked() ? [] : missingSettings(cluster, settings.has, install, stack);
  throwIfAny([...(unknown === undefined ? [] : [unknown]), ...missing]);
  const objects = fluxObjects(root, cluster);

  const tags = tagsOf({ ...cluster, name: stack });
  const confirmed = settings.text("confirmDestroy") === stack;
  const protect = cluster.type.protected && !confirmed;
  const provided = await provideCluster(
    { ...cluster, name: stack, provider },
    {
      tags,
      mayBeDestroyed: confirmed,
      podRoles: options.podRoles?.(cluster) ?? [],
      mirror: cluster.fleet.mirror,
    },
    { protect },
  );
  // The stack makes it, so it goes with the stack.
  const clusterGoes = provider.kind !== "existing";
  const values = options.outputs(provided.facts, cluster);
  const flux = new FluxBootstrap(
    stack,
    {
      cluster,
      kubeconfig: provided.kubeconfig,
      identity: provided.identity,
      settings,
      install,
      objects,
      outputs: resolveOutputs(cluster, values),
      secretOutputs: await anySecret(cluster, values),
      keep: {
        flux: clusterGoes || install === "none" || install === "components",
        sync: clusterGoes || cluster.flux === "bootstrap",
        values: clusterGoes,
      },
      tags,
    },
    { protect, dependsOn: [...provided.ready] },
  );
  teardownHook(
    stack,
    {
      kubeconfig: provided.kubeconfig,
      cluster: cluster.name,
      identity: provided.identity,
      root,
      clusterGoes,
      timeout: Number(settings.text("teardownTimeout") ?? 3600),
    },
    { protect, dependsOn: [...provided.ready, ...flux.parts] },
  );
  return {
    kubeconfig: provided.kubeconfig,
    cluster: cluster.name,
    provider: provided.facts.provider,
    ...(flux.gitPublicKey === undefined ? {} : { gitPublicKey: flux.gitPublicKey }),
  };
}

function fleetRoot(): string {
  const root = findFleetRoot(process.cwd());
  if (root === undefined)
    throw new UserError({
      where: process.cwd(),
      message: "no clusters/fleet.ts here or in a folder above",
      remedy: "Pulumi.yaml belongs into the fleet's root",
    });
  return root;
}

async function clusterOf(root: string, stack: string, attachTo: string | undefined): Promise<Cluster> {
  const name = attachTo ?? stack;
  const known = folderNames(root);
  if (!known.includes(name)) {
    // It may be a row of a table, or nothing: only then is the whole fleet worth loading.
    const { clusters } = await loadFleet(root);
    const names = clusters.map((cluster) => cluster.name);
    if (!names.includes(name))
      throw new UserError({
        where: attachTo === undefined ? `stack ${stack}` : `stack ${stack}, attachTo`,
        message: `'${name}' is no cluster of the fleet`,
        remedy: `a stack has the name of its cluster, one of: ${names.join(", ")}`,
      });
  }
  const { clusters } = await loadFleet(root, name);
  return clusters[0]!;
}

/** Whether anything goes into a Secret: a variable that is declared so, or what the stack itself keeps secret. */
async function anySecret(cluster: Cluster, outputs: Outputs): Promise<boolean> {
  const variables = stackVariables(cluster);
  for (const [name, value] of Object.entries(outputs)) {
    if (value === undefined) continue;
    const variable = variables.get(name);
    if (variable === undefined ? await pulumi.isSecret(pulumi.output(value)) : variable.secret === true)
      return true;
  }
  return false;
}

/** Waits for the values and checks them as if git had given them. */
function resolveOutputs(cluster: Cluster, outputs: Outputs) {
  const names = Object.keys(outputs);
  const values = names
    .map((name) => outputs[name])
    .map((value) => (value === undefined ? undefined : asValue(value)));
  return pulumi.output(values).apply((resolved) => {
    const data = outputData(
      stackVariables(cluster),
      Object.fromEntries(names.map((name, index) => [name, resolved[index]])),
    );
    if ("problems" in data) throwIfAny(data.problems);
    return data as Exclude<typeof data, { problems: unknown }>;
  });
}

/** A value, with whether it is a secret told beside it, as data has to be sorted by that. */
function asValue(value: pulumi.Input<string | number | boolean>): pulumi.Output<OutputValue> {
  const output = pulumi.output(value);
  return output.apply(async (plain) => ({ value: plain, secret: await pulumi.isSecret(output) }));
}
