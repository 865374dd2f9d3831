import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { loadAll } from "js-yaml";
import type { Cluster } from "../fleet/cluster.ts";
import { UserError } from "../fleet/user-error.ts";
import { clusterFolder } from "../synth/paths.ts";

/** A Kubernetes object as git holds it. */
export interface ManifestObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string } & Readonly<
    Record<string, unknown>
  >;
  readonly spec?: Readonly<Record<string, unknown>>;
}

/** What git holds of a cluster's Flux. */
export interface FluxObjects {
  /** The FluxInstance, or the source and Kustomization that sync the cluster's folder. */
  readonly sync: readonly ManifestObject[];
  /** Flux's own definitions and controllers, where `flux bootstrap` committed them. */
  readonly components: readonly ManifestObject[];
}

/** The file of `flux bootstrap` with Flux itself. */
const componentsFile = "gotk-components.yaml";

const syncFiles = { operator: "flux-instance.yaml", sync: "sync.yaml", bootstrap: "gotk-sync.yaml" } as const;

/**
 * Reads the objects that begin a cluster's sync from its manifests in the working tree: the stack creates what
 * is missing of them, so the first sync and git agree to the byte.
 * @throws UserError where they are missing
 */
export function fluxObjects(root: string, cluster: Pick<Cluster, "name" | "flux">): FluxObjects {
  const folder = `${clusterFolder(cluster.name)}/flux-system`;
  const sync = readManifest(root, `${folder}/${syncFiles[cluster.flux]}`);
  if (sync === undefined)
    throw new UserError({
      where: `${folder}/${syncFiles[cluster.flux]}`,
      message: "is missing: a cluster's stack begins the sync that git holds",
      remedy:
        cluster.flux === "bootstrap"
          ? 'commit the files that flux bootstrap made, or leave out `flux: "bootstrap"` in its cluster.ts'
          : `npx sluice synth --cluster ${cluster.name}`,
    });
  const components = cluster.flux === "bootstrap" ? readManifest(root, `${folder}/${componentsFile}`) : [];
  return { sync, components: components ?? [] };
}

function readManifest(root: string, path: string): ManifestObject[] | undefined {
  const file = join(root, path);
  if (!existsSync(file)) return undefined;
  const objects = loadAll(readFileSync(file, "utf8")) as (ManifestObject | null)[];
  return objects.filter((object): object is ManifestObject => typeof object?.metadata?.name === "string");
}
