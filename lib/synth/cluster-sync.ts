import type { Construct } from "constructs";
import { FluxInstance } from "../../constructs/flux/flux-instance.ts";
import { GitRepository } from "../../constructs/flux/git-repository.ts";
import { mirroredName } from "../../constructs/flux/images.ts";
import { Kustomization } from "../../constructs/flux/kustomization.ts";
import type { Cluster } from "../fleet/cluster.ts";
import { imageControllers } from "./image-updates.ts";

/** The version of Flux that a FluxInstance installs: the minor that the constructs are typed for, its newest patch. */
const fluxVersion = "2.9.x";
/** The GitRepository and the Kustomization that sync a cluster's folder, whoever owns them. */
const syncName = "flux-system";
/** What every Kustomization of the cluster's own folder reads from. */
export const syncSource = { kind: "GitRepository", name: syncName } as const;

/** Flux, as flux-operator keeps it, and the sync that it owns. @param folder the cluster's manifests @param raisesImages with Flux's image controllers */
export function fluxInstance(
  scope: Construct,
  cluster: Cluster,
  folder: string,
  raisesImages: boolean,
): void {
  const { repository } = cluster.fleet;
  const manifests = mirroredName(scope, {
    registry: "ghcr.io",
    repository: "controlplaneio-fluxcd/flux-operator-manifests",
  });
  new FluxInstance(scope, "flux", {
    teardown: "controller",
    // The teardown ends with it: deleting it strips Flux's finalizers.
    metadata: { annotations: { "kustomize.toolkit.fluxcd.io/prune": "disabled" } },
    distribution: {
      version: fluxVersion,
      registry: mirroredName(scope, { registry: "ghcr.io", repository: "fluxcd" }),
      artifact: `oci://${manifests}`,
    },
    components: [
      ...([
        "source-controller",
        "kustomize-controller",
        "helm-controller",
        "notification-controller",
      ] as const),
      ...(raisesImages ? imageControllers : []),
    ],
    cluster: { type: cluster.provider.kind === "eks" ? "aws" : "kubernetes", networkPolicy: true },
    sync: {
      kind: "GitRepository",
      url: repository.url,
      ref: `refs/heads/${cluster.branch}`,
      path: `./${folder}`,
      interval: "1m",
      ...(repository.secret === undefined ? {} : { pullSecret: repository.secret }),
      ...(repository.provider === undefined ? {} : { provider: repository.provider }),
    },
  });
}

/** The sync as `flux bootstrap` would write it, for a Flux that no operator keeps. */
export function syncObjects(scope: Construct, cluster: Cluster, folder: string): void {
  const { repository } = cluster.fleet;
  const source = new GitRepository(scope, "source", {
    teardown: "controller",
    metadata: { name: syncName },
    url: repository.url,
    ref: { branch: cluster.branch },
    ...(repository.secret === undefined ? {} : { secretRef: { name: repository.secret } }),
    ...(repository.provider === undefined ? {} : { provider: repository.provider }),
  });
  new Kustomization(scope, "sync", {
    teardown: "controller",
    metadata: { name: syncName },
    path: `./${folder}`,
    sourceRef: source,
    wait: false,
  });
}
