import type { IHelmReleaseSpec } from "@kubernetes-models/flux-cd/helm.toolkit.fluxcd.io/v2/HelmReleaseSpec";
import type { Construct } from "constructs";
import type { TeardownRole } from "../../lib/flux/teardown-label.ts";
import { contextOf } from "../context.ts";
import { HelmRepository } from "./helm-repository.ts";
import { OCIRepository } from "./oci-repository.ts";

/** A chart of a public repository. */
export interface ChartReference {
  /** Where it is published: `https://charts.example.com`, or `oci://registry.example.com/charts`. */
  readonly repository: string;
  readonly name: string;
  /** A version, or a range as Masterminds/semver reads it. */
  readonly version: string;
}

/** Media type of a chart in an OCI registry: the layer that Flux has to take. */
const chartLayer = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";

/**
 * The source of a chart, and the field of a HelmRelease that refers to it: an OCIRepository for a chart that
 * is published as an OCI artifact, a HelmRepository otherwise. With a mirror, all charts come from there.
 * @param id the source's name
 */
export function chartSource(
  scope: Construct,
  id: string,
  { repository, name, version }: ChartReference,
  { namespace, teardown }: { namespace: string; teardown?: TeardownRole },
): Pick<IHelmReleaseSpec, "chart" | "chartRef"> {
  const mirror = contextOf(scope)?.mirror;
  const url = mirror?.charts ?? repository;
  const insecure = mirror?.charts !== undefined && mirror.insecure === true ? { insecure: true } : {};
  const common = { metadata: { namespace, name: id }, ...(teardown === undefined ? {} : { teardown }) };
  if (url.startsWith("oci://")) {
    const exact = /^v?\d+\.\d+\.\d+(-[\w.-]+)?(\+[\w.-]+)?$/.test(version);
    // A '+' cannot stand in a tag of a registry; Helm writes it as '_'.
    const ref = exact ? { tag: version.replace("+", "_") } : { semver: version };
    new OCIRepository(scope, "chart", {
      ...common,
      url: `${url.replace(/\/$/, "")}/${name}`,
      ref,
      layerSelector: { mediaType: chartLayer, operation: "copy" },
      interval: "1h",
      ...insecure,
    });
    return { chartRef: { kind: "OCIRepository", name: id } };
  }
  new HelmRepository(scope, "chart", { ...common, url, ...insecure });
  return {
    chart: {
      spec: { chart: name, version, interval: "1h", sourceRef: { kind: "HelmRepository", name: id } },
    },
  };
}
