import type { Construct } from "constructs";
import { contextOf } from "../context.ts";
import { chartSource, type ChartReference } from "../flux/chart-source.ts";
import { HelmRelease, type HelmReleaseProps, scaledByOthers } from "../flux/helm-release.ts";
import { chartVersionAnnotations } from "../flux/release-health.ts";
import type { MergePatch } from "../kube-object.ts";
import { App, type AppProps, optionalVersion, readsOnly, requiredVersion } from "./app.ts";
import { waitsFor } from "./dependencies.ts";
import { imageNameProblem, mirroredImage } from "./image.ts";
import { imageUpdateProblems, type ImageUpdates, type UpdatedImage } from "./image-updates.ts";
import { refuse } from "./refuse.ts";
import { valuePathProblem, type Values, withValue } from "./values.ts";

/** What every app that is a Helm chart takes, whichever chart it is. */
export interface HelmAppOptions extends AppProps {
  /** Version or range of the chart. @default `chart` in versions.yaml, under the app's id */
  readonly version?: string;
  /** Tag of the app's image. @default `image` in versions.yaml, under the app's id; if that has none, the chart's */
  readonly imageTag?: string;
  /**
   * Lets Flux raise `image` in versions.yaml. The image is the one that `imageRepositories` has beside
   * `imageValue`: of `image.tag` that is `image.repository`. @default its tag changes by hand
   */
  readonly imageUpdates?: ImageUpdates;
  /** The chart's values. Secrets belong into `valuesFrom`. */
  readonly values?: Values;
  /** Secrets and ConfigMaps in the app's namespace that hold values; those in `values` count more. */
  readonly valuesFrom?: HelmReleaseProps["valuesFrom"];
  /**
   * The ServiceAccount, of the release's namespace, as which Flux installs the chart.
   * @default `apps` below a cluster's apps; elsewhere none, and Flux installs it as itself
   */
  readonly serviceAccountName?: string;
  /** Merged into the HelmRelease (JSON merge patch): the way to any field that the props do not have. */
  readonly overrides?: MergePatch;
}

/** An app that is a Helm chart. */
export interface HelmAppProps extends HelmAppOptions {
  /** The chart: where it is published (`https://…` or `oci://…`, without the chart's name) and its name. */
  readonly chart: Omit<ChartReference, "version">;
  /** Path of the value that takes the image's tag, such as `image.tag`. @default none: the chart decides */
  readonly imageValue?: string;
  /**
   * The chart's images, so that they come through the fleet's mirror: by the path of the value that has an
   * image's name without its tag, or its registry alone. Without a mirror the chart's values stay.
   * @default none: all images come from where they are published
   * @example { "image.repository": "ghcr.io/stefanprodan/podinfo", "redis.image.registry": "docker.io" }
   */
  readonly imageRepositories?: Readonly<Record<string, string>>;
  /**
   * Whether something in the cluster sets the replicas: of all Deployments, or of those named. Flux then does
   * not take them back. @default false
   */
  readonly autoscaled?: boolean | readonly string[];
}

/**
 * A Helm chart as an app: its source, and its release in the apps' namespace. The release has the app's name,
 * comes with what {@link HelmRelease} does by default, and leaves custom resource definitions alone: those are
 * the platform's, and a release that needs one that is not there should fail.
 * @example
 * new HelmApp(apps, "shop", {
 *   chart: { repository: "oci://registry.example.com/charts", name: "shop" },
 *   imageValue: "image.tag",
 *   values: { replicaCount: 3 },
 * });
 * // versions.yaml
 * // apps:
 * //   shop:
 * //     chart: 2.1.0
 * //     image: 2.1.4
 */
export class HelmApp extends App {
  readonly release: HelmRelease;
  override readonly updatedImage: UpdatedImage | undefined;

  constructor(scope: Construct, id: string, props: HelmAppProps) {
    super(scope, id, props, { own: ["dependsOn", "timeout"] });
    const {
      chart,
      imageValue,
      imageRepositories = {},
      autoscaled = false,
      values = {},
      valuesFrom,
      timeout,
      overrides,
    } = props;
    refuse(this, [
      this.name.length > 53 &&
        `'${this.name}' has ${this.name.length} characters; the name of a Helm release has at most 53`,
      !/^(https?|oci):\/\/\S+$/.test(chart.repository) &&
        `'${chart.repository}' is no repository of charts: https://… or oci://…`,
      imageValue !== undefined && valuePathProblem(imageValue),
      ...Object.entries(imageRepositories).flatMap(([path, image]) => [
        valuePathProblem(path),
        imageNameProblem(image),
      ]),
    ]);
    const version = requiredVersion(this, "chart", props.version);
    const tag = optionalVersion(this, "image", props.imageTag);
    readsOnly(this, "chart", "image");
    refuse(this, [
      tag !== undefined &&
        imageValue === undefined &&
        `the image's version is given (${tag}), but not where the values have it: set imageValue, such as image.tag`,
    ]);

    const { imageUpdates } = props;
    const image = imageRepositories[imageValue?.replace(/[^.]+$/, "repository") ?? ""];
    refuse(this, [
      ...imageUpdateProblems(imageUpdates, props.imageTag),
      imageUpdates !== undefined &&
        image === undefined &&
        "imageUpdates needs the image's name: set imageValue, such as image.tag, and in imageRepositories the image.repository beside it",
    ]);
    this.updatedImage =
      imageUpdates === undefined ? undefined : { ...imageUpdates, image: mirroredImage(this, image!) };

    const { namespace } = this;
    const serviceAccountName = props.serviceAccountName ?? this.serviceAccountName;
    const dependsOn = waitsFor(this, "HelmRelease");
    const source = chartSource(this, this.name, { ...chart, version }, { namespace });
    this.release = new HelmRelease(this, "release", {
      metadata: { name: this.name, namespace, ...chartVersionAnnotations(source, version) },
      releaseName: this.name,
      ...source,
      install: { crds: "Skip", remediation: { retries: 3 } },
      upgrade: { crds: "Skip", cleanupOnFail: true, remediation: { retries: 3, remediateLastFailure: true } },
      ...(serviceAccountName === undefined ? {} : { serviceAccountName }),
      ...(timeout === undefined ? {} : { timeout }),
      ...(autoscaled === false
        ? {}
        : { driftDetection: scaledByOthers(...(autoscaled === true ? [] : autoscaled)) }),
      ...(dependsOn.length === 0 ? {} : { dependsOn: dependsOn }),
      values: this.#values(values, imageRepositories, imageValue, tag),
      ...(valuesFrom === undefined ? {} : { valuesFrom }),
      ...(overrides === undefined ? {} : { overrides }),
    });
  }

  override get fluxObject(): HelmRelease {
    return this.release;
  }

  #values(
    given: Values,
    images: Readonly<Record<string, string>>,
    imageValue: string | undefined,
    tag: string | undefined,
  ): Values {
    let values = given;
    if (contextOf(this)?.mirror?.images !== undefined)
      for (const [path, image] of Object.entries(images))
        values = withValue(values, path, mirroredImage(this, image));
    return imageValue === undefined || tag === undefined ? values : withValue(values, imageValue, tag);
  }
}
