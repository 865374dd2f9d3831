import type { Mirror } from "../../../lib/fleet/mirror.ts";
import type { LoadedFleet } from "../../../lib/synth/load.ts";

/** Where a fleet is found on this machine. */
export interface LocalUrls {
  readonly repository: string;
  readonly artifacts: string;
  readonly mirror: Mirror;
}

/** A fleet with nothing but URLs changed. The servers of loopback speak plain HTTP, which has to be said. */
export function withLocalUrls(loaded: LoadedFleet, urls: LocalUrls): LoadedFleet {
  const fleet = {
    ...loaded.fleet,
    repository: { ...loaded.fleet.repository, url: urls.repository },
    artifacts: { ...loaded.fleet.artifacts, url: urls.artifacts, insecure: true },
    mirror: urls.mirror,
  };
  return { ...loaded, fleet, clusters: loaded.clusters.map((cluster) => ({ ...cluster, fleet })) };
}
