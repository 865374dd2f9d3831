import { groupOf, metadataOf } from "./world.ts";

type Json = Readonly<Record<string, unknown>>;

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

/** The API group of a kind among them. */
export const groupOfKind: ReadonlyMap<string, string> = new Map(
  [...fluxKinds.keys()].map((key) => key.split(" ").reverse() as [string, string]),
);

/** What acts on an object of Flux, if anything does that is simulated. */
export function kindOf(object: Json): "Kustomization" | "HelmRelease" | "source" | undefined {
  return fluxKinds.get(`${groupOf(String(object["apiVersion"]))} ${String(object["kind"])}`);
}

/** `Kustomization flux-system/apps`. */
export function fluxId(object: Json): string {
  const { namespace = "default", name } = metadataOf(object);
  return `${String(object["kind"])} ${namespace}/${name}`;
}
