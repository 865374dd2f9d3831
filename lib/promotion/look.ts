import type { Cluster } from "../fleet/cluster.ts";
import type { Fleet } from "../fleet/fleet.ts";
import type { Git } from "../git/git.ts";
import { fluxObjects, whyNot } from "../status/status.ts";
import type { ConnectedCluster } from "../teardown/http-api.ts";
import type { Kind } from "../teardown/objects.ts";
import type { Attestations, NewAttestation } from "./attestations.ts";
import { appVersionsAt } from "./build.ts";
import { continued, type Evidence, withObservation } from "./evidence.ts";
import { observe, type Seen } from "./observe.ts";
import { revisionResolver } from "./releases.ts";

/** What looking at clusters gave. */
export interface Looks {
  readonly seen: readonly (NewAttestation & Pick<Seen, "pending">)[];
  /** Clusters that could not be asked, and why. */
  readonly unreachable: readonly { readonly cluster: string; readonly reason: string }[];
}

const nodeKind: Kind = {
  group: "",
  version: "v1",
  kind: "Node",
  plural: "nodes",
  namespaced: false,
  verbs: ["list"],
};

/**
 * Looks at clusters, all at once: what each runs, how it is, and since when.
 * @param reach leads to a cluster's API. @throws UserError where nothing does
 */
export async function lookAt(
  git: Git,
  fleet: Fleet,
  clusters: readonly Cluster[],
  reach: (cluster: Cluster) => Promise<ConnectedCluster>,
  now: () => number,
): Promise<Looks> {
  const resolve = revisionResolver(git, fleet);
  const results = await Promise.all(
    clusters.map(async (cluster) => {
      try {
        const api = await reach(cluster);
        const objects = await fluxObjects(api);
        const [server, nodes] = await Promise.all([api.version(), api.list(nodeKind, { whole: true })]);
        const look = { objects, server, nodes, at: now() };
        const seen = await observe(cluster, look, resolve, appVersionsAt(git, cluster));
        return { cluster: cluster.name, at: look.at, ...seen };
      } catch (error) {
        return { cluster: cluster.name, reason: whyNot(error) };
      }
    }),
  );
  return {
    seen: results.filter((result) => "observations" in result),
    unreachable: results.flatMap((result) => ("observations" in result ? [] : result)),
  };
}

/** What was recorded, with what was seen just now. */
export function withLooks({ evidence, machines }: Attestations, { seen }: Looks): Attestations {
  const key = ({ cluster, what, content }: Pick<Evidence, "cluster" | "what" | "content">) =>
    JSON.stringify([cluster, what, content]);
  const all = new Map(evidence.map((each) => [key(each), each]));
  const ran = new Map(machines);
  for (const { cluster, observations, machines: now, at } of seen) {
    ran.set(cluster, { ...now, at });
    for (const observation of observations) {
      const known = all.get(key(observation));
      all.set(key(observation), withObservation(known, continued(observation, known)));
    }
  }
  return { evidence: [...all.values()], machines: ran };
}
