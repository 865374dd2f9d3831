import type { IHelmReleaseSpec } from "@kubernetes-models/flux-cd/helm.toolkit.fluxcd.io/v2/HelmReleaseSpec";
import { Chart } from "cdk8s";
import type { Construct } from "constructs";
import { fluxNamespace, FluxObject, type SpecProps } from "./flux-object.ts";
import { dependency, type Reference } from "./references.ts";

/** The spec of a HelmRelease, other releases by their constructs or by name. */
export type HelmReleaseProps = Omit<SpecProps<IHelmReleaseSpec, "interval">, "dependsOn" | "values"> & {
  /** Releases that have to be Ready first. */
  readonly dependsOn?: readonly (Reference<HelmRelease> & { readonly readyExpr?: string })[];
  /** The chart's values. */
  readonly values?: Readonly<Record<string, unknown>>;
};

const defaults: Partial<IHelmReleaseSpec> = {
  interval: "30m",
  timeout: "5m",
  install: { crds: "CreateReplace", remediation: { retries: 3 } },
  upgrade: {
    crds: "CreateReplace",
    cleanupOnFail: true,
    remediation: { retries: 3, remediateLastFailure: true },
  },
  driftDetection: { mode: "enabled" },
};

/**
 * A release of a chart. By default custom resource definitions in the chart's `crds` folder are installed and
 * upgraded, a failed install or upgrade is tried three times and then rolled back, and what someone changes by
 * hand is put right.
 */
export class HelmRelease extends FluxObject {
  declare readonly kind: "HelmRelease";

  constructor(scope: Construct, id: string, { dependsOn, ...props }: HelmReleaseProps) {
    const namespace = props.metadata?.namespace ?? Chart.of(scope).namespace ?? fluxNamespace;
    super(
      scope,
      id,
      "helm.toolkit.fluxcd.io/v2",
      "HelmRelease",
      {
        ...props,
        ...(dependsOn === undefined || dependsOn.length === 0
          ? {}
          : { dependsOn: dependsOn.map((to) => dependency(to, namespace)) }),
      },
      defaults,
    );
  }
}

/**
 * Drift that is none: an autoscaler's replicas, for the objects that one scales.
 * @param names the Deployments that are autoscaled. @default all of the release
 */
export function scaledByOthers(...names: readonly string[]): NonNullable<IHelmReleaseSpec["driftDetection"]> {
  const targets =
    names.length === 0 ? [{ kind: "Deployment" }] : names.map((name) => ({ kind: "Deployment", name }));
  return { mode: "enabled", ignore: targets.map((target) => ({ paths: ["/spec/replicas"], target })) };
}
