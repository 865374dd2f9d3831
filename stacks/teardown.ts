import { existsSync } from "node:fs";
import { relative, sep } from "node:path";
import { local } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

/** What the ordered teardown needs to know. */
export interface TeardownHookArgs {
  readonly kubeconfig: pulumi.Input<string>;
  readonly cluster: string;
  /** With another cluster, what is in the one before is taken down first. */
  readonly identity: pulumi.Input<string>;
  /** The repository's root, where Pulumi.yaml is. */
  readonly root: string;
  /** Whether the cluster itself goes with the stack, and what it holds outside with it. */
  readonly clusterGoes: boolean;
  /** Seconds that it may take. */
  readonly timeout: number;
}

/**
 * Does nothing until the stack is destroyed. Then it runs first, as it depends on everything that Flux works
 * with: what Flux made is deleted in order while its controllers live (a PersistentVolume or load balancer left
 * behind would outlive the cluster, and block the deletion of its VPC).
 */
export function teardownHook(
  name: string,
  { kubeconfig, cluster, identity, root, clusterGoes, timeout }: TeardownHookArgs,
  options: pulumi.CustomResourceOptions,
): local.Command {
  return new local.Command(
    `${name}-teardown`,
    {
      // Set, so that a changed environment runs nothing.
      create: ":",
      update: ":",
      delete: [
        // From wherever the plugin runs to the root of whichever checkout this is.
        'until [ -f Pulumi.yaml ]; do [ "$PWD" != / ] || { echo "no Pulumi.yaml above: run it in the fleet" >&2; exit 1; }; cd ..; done',
        `PATH="$PWD/node_modules/.bin:$PATH" exec node ${entryPoint(root)}`,
      ].join("\n"),
      environment: {
        SLUICE_KUBECONFIG: pulumi.secret(kubeconfig),
        SLUICE_CLUSTER: cluster,
        SLUICE_CLUSTER_GOES: String(clusterGoes),
        SLUICE_TEARDOWN_TIMEOUT: String(timeout),
      },
      triggers: [identity],
      addPreviousOutputInEnv: false,
    },
    { ...options, deleteBeforeReplace: true, customTimeouts: { delete: `${Math.ceil(timeout / 60) + 5}m` } },
  );
}

/** The program that tears down, as a path from the repository's root: the state is read on other machines. */
function entryPoint(root: string): string {
  const source = `${import.meta.dirname}/teardown-run.ts`;
  const file = existsSync(source) ? source : `${import.meta.dirname}/teardown-run.js`;
  return relative(root, file).split(sep).join("/");
}
