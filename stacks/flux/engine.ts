import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { Mirror } from "../../lib/fleet/mirror.ts";
import type { FluxObjects } from "../../lib/stack/flux-objects.ts";
import type { FluxInstall } from "../../lib/stack/stack-config.ts";
import { bootstrapObject } from "./bootstrap-object.ts";

/** How Flux itself comes into a cluster. */
export interface FluxEngineArgs {
  readonly install: FluxInstall;
  readonly namespace: string;
  readonly mirror: Mirror | undefined;
  /** What `flux bootstrap` committed, for `components`. */
  readonly components: FluxObjects["components"];
  /** Leave Flux where it is when the stack is destroyed: the cluster goes with it, or it was there before. */
  readonly keep: boolean;
}

/** The charts that install Flux, at the versions that are tried with this version of Sluice. */
const charts = {
  operator: {
    name: "flux-operator",
    version: "0.58.1",
    repository: "oci://ghcr.io/controlplaneio-fluxcd/charts",
    // Flux's own versions are the FluxInstance's matter.
    values: {},
  },
  // Flux 2.8: the community's chart follows the minor versions of Flux some weeks behind.
  chart: {
    name: "flux2",
    version: "2.18.3",
    repository: "oci://ghcr.io/fluxcd-community/charts",
    values: { imageAutomationController: { create: false }, imageReflectionController: { create: false } },
  },
} as const;

/** Makes what installs Flux. @returns what its custom objects have to wait for */
export function fluxEngine(
  name: string,
  { install, namespace, mirror, components, keep }: FluxEngineArgs,
  options: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  if (install === "none") return [];
  if (install === "components") {
    // The namespace is the stack's own already, whoever made it.
    const objects = components.filter(
      ({ kind, metadata }) => kind !== "Namespace" || metadata.name !== namespace,
    );
    // In this order, so that definitions and namespaces are there before what is made of them.
    const first = objects.filter(({ kind }) => kind === "Namespace" || kind === "CustomResourceDefinition");
    const made = first.map((object) => bootstrapObject(name, object, { ...options, retainOnDelete: true }));
    const rest = objects
      .filter((object) => !first.includes(object))
      .map((object) => bootstrapObject(name, object, { ...options, retainOnDelete: true, dependsOn: made }));
    return [...made, ...rest];
  }
  const { name: chart, version, repository, values } = charts[install];
  return [
    new kubernetes.helm.v3.Release(
      `${name}-${chart}`,
      {
        name: chart,
        namespace,
        chart: `${(mirror?.charts ?? repository).replace(/\/$/, "")}/${chart}`,
        version,
        values: { ...values, ...imageOf(install, mirror) },
        // A run that was interrupted may have left half a release: it is made whole, not refused.
        atomic: true,
        cleanupOnFail: true,
        timeout: 600,
      },
      { ...options, retainOnDelete: keep },
    ),
  ];
}

function imageOf(install: "operator" | "chart", mirror: Mirror | undefined): object {
  const images = mirror?.images?.replace(/\/$/, "");
  if (images === undefined) return {};
  if (install === "operator")
    return { image: { repository: `${images}/ghcr.io/controlplaneio-fluxcd/flux-operator` } };
  const controllers = {
    sourceController: "source",
    kustomizeController: "kustomize",
    helmController: "helm",
    notificationController: "notification",
  };
  return {
    ...Object.fromEntries(
      Object.entries(controllers).map(([key, controller]) => [
        key,
        { image: `${images}/ghcr.io/fluxcd/${controller}-controller` },
      ]),
    ),
    // It looks before the installation whether the cluster will do.
    cli: { image: `${images}/ghcr.io/fluxcd/flux-cli` },
  };
}
