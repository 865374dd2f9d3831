/** The kinds whose controllers are simulated, by group and kind; the value is whether it is a source. */
export const fluxKinds: ReadonlyMap<string, "Kustomization" | "HelmRelease" | "source"> = new Map([
  ["kustomize.toolkit.fluxcd.io Kustomization", "Kustomization"],
  ["helm.toolkit.fluxcd.io HelmRelease", "HelmRelease"],
  ["source.toolkit.fluxcd.io GitRepository", "source"],
  ["source.toolkit.fluxcd.io OCIRepository", "source"],
  ["source.toolkit.fluxcd.io HelmRepository", "source"],
  ["source.toolkit.fluxcd.io HelmChart", "source"],
  ["source.toolkit.fluxcd.io Bucket", "source"],
  ["source.toolkit.fluxcd.io ExternalArtifact", "source"],
]);
