import { Chart } from "cdk8s";
import type { Construct, IConstruct } from "constructs";

/** The namespace that a cluster's apps share, with the ServiceAccount that applies them. Made by the platform's configs. */
export const appsNamespace = "apps";

/**
 * The apps of one cluster: what a cluster's `apps` function gets. Each direct child is an app, with a folder
 * and a Flux Kustomization of its own, so that one bad app stops no other.
 */
export class Apps extends Chart {
  /** Whether a construct is the apps of a cluster. (`instanceof` is not to be used: cdk8s makes it true for every chart.) */
  static isApps(construct: IConstruct): construct is Apps {
    return "clusterApps" in construct;
  }

  /** The apps of a cluster that a construct is one of, or part of one of. */
  static above(construct: IConstruct): Apps | undefined {
    return construct.node.scopes.find((scope) => Apps.isApps(scope));
  }

  readonly clusterApps = true;

  constructor(scope: Construct, id: string) {
    super(scope, id, { namespace: appsNamespace, disableResourceNameHashes: true });
  }
}
