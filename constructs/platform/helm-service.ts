import type { IHelmReleaseSpec } from "@kubernetes-models/flux-cd/helm.toolkit.fluxcd.io/v2/HelmReleaseSpec";
import { Construct } from "constructs";
import { rememberPlace } from "../../lib/fleet/place.ts";
import { chartSource, type ChartReference } from "../flux/chart-source.ts";
import { HelmRelease } from "../flux/helm-release.ts";
import { chartVersionAnnotations } from "../flux/release-health.ts";
import { KubeObject, type MergePatch, mergePatch } from "../kube-object.ts";
import { type ImageValues, mirroredImages } from "./mirrored-images.ts";

/** What every service of the platform takes. */
export interface ServiceProps {
  /** The chart's version. It belongs to the platform's release, never to a variable. @default the version that the values were written for */
  readonly version?: string;
  /** The namespace that the service lives in. @default the service's own */
  readonly namespace?: string;
  /** Merged into the chart's values (JSON merge patch). */
  readonly values?: MergePatch;
  /** Merged into the HelmRelease (JSON merge patch): the way to any field that the props do not have. */
  readonly overrides?: MergePatch;
}

/** What one service is: its chart, and the values that make it fit for production. */
export interface HelmServiceSpec {
  /** The release's name, and the names of its objects. */
  readonly name: string;
  readonly chart: ChartReference;
  readonly namespace: string;
  /** Pod Security level that the namespace enforces. @default baseline */
  readonly podSecurity?: "privileged" | "baseline" | "restricted";
  /** Whether the namespace is the service's to make. @default true */
  readonly createNamespace?: boolean;
  readonly values: Readonly<Record<string, unknown>>;
  /** All images that the chart can run, for the fleet's mirror. @default the values name them */
  readonly images?: ImageValues;
  /** Fields of the HelmRelease's spec other than the defaults. */
  readonly release?: Partial<IHelmReleaseSpec>;
}

/** A service of the platform: its namespace, its chart's source and its release. */
export abstract class HelmService extends Construct {
  readonly namespace: string;
  readonly release: HelmRelease;

  constructor(
    scope: Construct,
    id: string,
    spec: HelmServiceSpec,
    { version, namespace, values, overrides }: ServiceProps,
  ) {
    super(scope, id);
    rememberPlace(this, new.target);
    this.namespace = namespace ?? spec.namespace;
    if (spec.createNamespace !== false)
      new KubeObject(this, "namespace", {
        apiVersion: "v1",
        kind: "Namespace",
        metadata: {
          name: this.namespace,
          labels: { "pod-security.kubernetes.io/enforce": spec.podSecurity ?? "baseline" },
        },
        teardown: "controller",
      });
    const chart = { ...spec.chart, version: version ?? spec.chart.version };
    const source = chartSource(this, spec.name, chart, { namespace: this.namespace, teardown: "controller" });
    const own = mergePatch(spec.values, mirroredImages(this, spec.images ?? {}));
    this.release = new HelmRelease(this, "release", {
      metadata: {
        name: spec.name,
        namespace: this.namespace,
        ...chartVersionAnnotations(source, chart.version),
      },
      teardown: "controller",
      releaseName: spec.name,
      ...source,
      ...spec.release,
      values: (values === undefined ? own : mergePatch(own, values)) as Record<string, unknown>,
      ...(overrides === undefined ? {} : { overrides }),
    });
  }
}
