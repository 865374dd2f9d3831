import type { Output, Resource } from "@pulumi/pulumi";

/** What is known of a kind cluster. */
export interface KindFacts {
  readonly provider: "kind";
}

/** What is known of a kwok cluster. */
export interface KwokFacts {
  readonly provider: "kwok";
}

/** What is known of a cluster that someone else made. */
export interface ExistingFacts {
  readonly provider: "existing";
}

/** What is known of an EKS cluster. */
export interface EksFacts {
  readonly provider: "eks";
  readonly region: string;
  readonly accountId: Output<string>;
  readonly vpcId: Output<string>;
  /** ARN of the key that volumes are encrypted with. */
  readonly volumesKey: Output<string>;
  /** ARN of the role that an external resource of the cluster is reached with, by its purpose. */
  readonly roleArns: Readonly<Record<string, Output<string>>>;
}

/** What the stack found out about the cluster that it made: what `outputs` turns into variables. */
export type ClusterFacts = KindFacts | KwokFacts | ExistingFacts | EksFacts;

/** A running cluster, whatever made it. */
export interface ProvidedCluster<F extends ClusterFacts = ClusterFacts> {
  /** A secret. */
  readonly kubeconfig: Output<string>;
  /**
   * Tells this cluster from one that replaces it, and is not known while it is being replaced: so the engine takes
   * down what is in the old one before that goes, and makes everything anew in the new one.
   */
  readonly identity: Output<string>;
  readonly facts: F;
  /** What has to be there before Flux, and may go only after what Flux made has gone. */
  readonly ready: readonly Resource[];
}
