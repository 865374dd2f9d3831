import type { IHelmReleaseSpec } from "@kubernetes-models/flux-cd/helm.toolkit.fluxcd.io/v2/HelmReleaseSpec";
import type { IKustomizationSpec } from "@kubernetes-models/flux-cd/kustomize.toolkit.fluxcd.io/v1/KustomizationSpec";

/** The annotation of a HelmRelease with the version of the chart that it is to have. */
export const chartVersionAnnotation = "sluice.dev/chart-version";

/**
 * The annotations of a release of a chart, for {@link releaseHealth}: only of one whose version stands in an
 * OCIRepository, as a version in the release's own spec needs no help.
 * @param version an exact one: what a range picks is only known in the cluster
 */
export function chartVersionAnnotations(
  { chartRef }: Pick<IHelmReleaseSpec, "chartRef">,
  version: string,
): { annotations?: Record<string, string> } {
  const exact = /^v?(\d+\.\d+\.\d+(-[\w.-]+)?)$/.exec(version)?.[1]; // helm-controller leaves the v out, too
  return chartRef === undefined || exact === undefined
    ? {}
    : { annotations: { [chartVersionAnnotation]: exact } };
}

/** Whether a version that helm-controller gives is the wanted one: it adds the chart's digest, `1.2.3+0123456789ab`. */
const wanted = (version: string): string => {
  const want = `metadata.annotations['${chartVersionAnnotation}']`;
  return (
    `(!has(metadata.annotations) || !('${chartVersionAnnotation}' in metadata.annotations)` +
    ` || ${version} == ${want} || ${version}.startsWith(${want} + '+'))`
  );
};
const current = "status.observedGeneration == metadata.generation";
const condition = (type: string) => `status.conditions.exists(c, c.type == '${type}' && c.status == 'True')`;

/**
 * When a HelmRelease counts as healthy, for the Kustomization that applies it. A new chart of an OCIRepository leaves
 * the release's own spec as it was, so that without this the Kustomization is Ready before the upgrade begins, and the
 * next layer does not wait for it. A chart that failed as often as it is tried makes the Kustomization fail at once,
 * not after its timeout.
 */
export const releaseHealth: NonNullable<IKustomizationSpec["healthCheckExprs"]>[number] = {
  apiVersion: "helm.toolkit.fluxcd.io/v2",
  kind: "HelmRelease",
  current: `${current} && ${condition("Ready")} && ${wanted("status.history[0].chartVersion")}`,
  failed:
    `${current} && ${wanted("status.lastAttemptedRevision")}` +
    ` && (${condition("Stalled")} || (has(status.failures) && status.failures > 3))`,
};
