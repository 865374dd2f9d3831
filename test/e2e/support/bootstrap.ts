import { load } from "js-yaml";
import { clusterFolder } from "../../../lib/synth/paths.ts";
import type { ControlPlane } from "../control-plane/index.ts";
import type { ReferenceFleet } from "./reference.ts";

/** What of a fleet on servers of loopback a cluster needs to follow it. */
export type PublishedFleet = Pick<ReferenceFleet, "files" | "git" | "registry" | "fleet" | "publicKey">;

/** A FluxInstance, as far as its sync goes. */
export interface FluxInstance {
  readonly spec: {
    readonly sync: {
      readonly url: string;
      readonly ref: string;
      readonly path: string;
      readonly interval: string;
      readonly pullSecret?: string;
    };
  };
}

/** What names the instance of a cluster. */
export const fluxInstance = {
  apiVersion: "fluxcd.controlplane.io/v1",
  kind: "FluxInstance",
  metadata: { name: "flux", namespace: "flux-system" },
};

const fluxSystem = (name: string) => ({ name, namespace: "flux-system" });

/**
 * Brings a cluster of the fleet to life: the Secrets that its stack makes, and the sync that flux-operator makes of
 * the cluster's FluxInstance, from the same template.
 */
export async function bootstrap(
  { client }: ControlPlane,
  fleet: PublishedFleet,
  cluster: string,
): Promise<void> {
  await createSecrets(client, fleet);
  await startSync(
    client,
    load(fleet.files.get(`${clusterFolder(cluster)}/flux-system/flux-instance.yaml`)!) as FluxInstance,
  );
}

/** Does what flux-operator does with an instance's sync, as no operator runs. */
export async function startSync(
  client: ControlPlane["client"],
  { spec: { sync } }: FluxInstance,
): Promise<void> {
  await client.apply({
    apiVersion: "source.toolkit.fluxcd.io/v1",
    kind: "GitRepository",
    metadata: fluxSystem("flux-system"),
    spec: {
      interval: sync.interval,
      ref: { name: sync.ref },
      url: sync.url,
      ...(sync.pullSecret === undefined ? {} : { secretRef: { name: sync.pullSecret } }),
    },
  });
  await client.apply({
    apiVersion: "kustomize.toolkit.fluxcd.io/v1",
    kind: "Kustomization",
    metadata: fluxSystem("flux-system"),
    spec: {
      interval: "10m0s",
      path: sync.path,
      prune: true,
      sourceRef: { kind: "GitRepository", name: "flux-system" },
    },
  });
}

/** The Secrets that the fleet names: of the repository, of the registry, and the keys that releases are signed with. */
export async function createSecrets(client: ControlPlane["client"], fleet: PublishedFleet): Promise<void> {
  const { git, registry } = fleet;
  const { repository, artifacts } = fleet.fleet;
  const { host, username, password } = registry.guarded;
  const auth = Buffer.from(`${username}:${password}`).toString("base64");
  const secrets = {
    [repository.secret ?? ""]: { stringData: { username: git.username, password: git.password } },
    [artifacts.secret ?? ""]: {
      type: "kubernetes.io/dockerconfigjson",
      stringData: { ".dockerconfigjson": JSON.stringify({ auths: { [host]: { auth } } }) },
    },
    [artifacts.verify?.secret ?? ""]: { stringData: { "release.pub": fleet.publicKey } },
  };
  for (const [name, content] of Object.entries(secrets))
    if (name !== "")
      await client.apply({ apiVersion: "v1", kind: "Secret", metadata: fluxSystem(name), ...content });
}
