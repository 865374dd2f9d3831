import * as pulumi from "@pulumi/pulumi";
import { contextKubeconfig, kubeconfigFiles } from "../lib/stack/kubeconfig.ts";
import { mocked } from "./mocked.ts";
import type { ExistingFacts, ProvidedCluster } from "./provided-cluster.ts";

/** Which cluster it is. */
export interface ExistingClusterArgs {
  readonly context: string;
  /** The kubeconfig's path. @default KUBECONFIG, then ~/.kube/config */
  readonly kubeconfig?: string;
}

/** A cluster that someone else made: the stack makes nothing of it, and leaves it when it is destroyed. */
export class ExistingCluster extends pulumi.ComponentResource implements ProvidedCluster<ExistingFacts> {
  readonly kubeconfig: pulumi.Output<string>;
  readonly identity: pulumi.Output<string>;
  readonly facts: ExistingFacts = { provider: "existing" };
  readonly ready: readonly pulumi.Resource[];

  /** @throws UserError if there is no such kubeconfig or context */
  constructor(name: string, args: ExistingClusterArgs, options: pulumi.ComponentResourceOptions = {}) {
    super("sluice:existing:Cluster", name, { context: args.context }, options);
    this.identity = pulumi.output(`${name}-${args.context}`);
    const text = mocked()
      ? `context ${args.context}`
      : contextKubeconfig(args.context, kubeconfigFiles(args.kubeconfig));
    this.kubeconfig = pulumi.secret(text);
    this.ready = [this];
    this.registerOutputs({ kubeconfig: this.kubeconfig });
  }
}
