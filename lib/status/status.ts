import type { Cluster } from "../fleet/cluster.ts";
import { describeTrack } from "../fleet/tracks.ts";
import { UserError } from "../fleet/user-error.ts";
import { ApiError, type ClusterApi } from "../teardown/cluster-api.ts";
import type { Kind, KubeObject } from "../teardown/objects.ts";
import { firstReason, type Verdict } from "./first-reason.ts";

/** How one cluster is: a row of `sluice status`. */
export interface ClusterStatus {
  readonly cluster: string;
  readonly type: string;
  /** The kubeconfig's context that it was looked for in, if there is one. */
  readonly context: string | undefined;
  /** What each bundle follows, the platform first. */
  readonly tracks: readonly BundleStatus[];
  /** The commit of its own folder that it has applied. */
  readonly revision: string | undefined;
  readonly state: Verdict["state"] | "unreachable" | "no Flux";
  /** The first reason why it is not ready, in one line. */
  readonly reason: string | undefined;
  /** Who answers for a sandbox, and until when. */
  readonly sandbox:
    { readonly owner: string; readonly expires: string; readonly expired: boolean } | undefined;
}

/** What a cluster follows of a bundle, and what it has of it. */
export interface BundleStatus {
  readonly bundle: string;
  /** `branch main`, `semver ~1.4`, `tag 1.4.2`: as the cluster's source says, or where it cannot be asked, as its definition does. */
  readonly track: string;
  /** What is applied: `main@sha1:…`, `1.4.2@sha256:…`. */
  readonly revision: string | undefined;
}

/** How a cluster is reached: its context's name, and its API. */
export interface Reach {
  readonly context: string | undefined;
  /** @throws UserError where there is no such context */
  readonly api: () => Promise<ClusterApi>;
}

const kinds = [
  ["source.toolkit.fluxcd.io", "v1", "GitRepository", "gitrepositories"],
  ["source.toolkit.fluxcd.io", "v1", "OCIRepository", "ocirepositories"],
  ["source.toolkit.fluxcd.io", "v1", "HelmRepository", "helmrepositories"],
  ["source.toolkit.fluxcd.io", "v1", "HelmChart", "helmcharts"],
  ["source.toolkit.fluxcd.io", "v1", "Bucket", "buckets"],
  ["kustomize.toolkit.fluxcd.io", "v1", "Kustomization", "kustomizations"],
  ["helm.toolkit.fluxcd.io", "v2", "HelmRelease", "helmreleases"],
].map(([group, version, kind, plural]): Kind => ({
  group: group!,
  version: version!,
  kind: kind!,
  plural: plural!,
  namespaced: true,
  verbs: ["list"],
}));

/**
 * Asks clusters how they are, all at once. One that cannot be asked is a row that says why, not a failure.
 * @param now for whether a sandbox has expired
 */
export async function fleetStatus(
  clusters: readonly Cluster[],
  reach: (cluster: Cluster) => Reach,
  now: Date,
): Promise<ClusterStatus[]> {
  return Promise.all(clusters.map((cluster) => clusterStatus(cluster, reach(cluster), now)));
}

async function clusterStatus(cluster: Cluster, { context, api }: Reach, now: Date): Promise<ClusterStatus> {
  const { name, type, bundles, sandbox } = cluster;
  const row = {
    cluster: name,
    type: type.name,
    context,
    tracks: bundles.map(({ name: bundle, track }) => ({
      bundle,
      track: describeTrack(track),
      revision: undefined,
    })),
    revision: undefined,
    sandbox:
      sandbox === undefined
        ? undefined
        : {
            owner: sandbox.owner,
            expires: sandbox.expires,
            expired: Date.parse(sandbox.expires) <= now.getTime(),
          },
  };
  let objects: KubeObject[];
  try {
    objects = await fluxObjects(await api());
  } catch (error) {
    return { ...row, state: "unreachable", reason: whyNot(error) };
  }
  const find = (kind: string, of: string) =>
    objects.find(
      ({ kind: each, metadata }) =>
        each === kind && metadata.namespace === "flux-system" && metadata.name === of,
    );
  const root = find("Kustomization", "flux-system");
  if (root === undefined)
    return {
      ...row,
      state: "no Flux",
      reason:
        objects.length === 0
          ? "Flux applies nothing there"
          : "Kustomization flux-system/flux-system is missing",
    };
  const verdict = firstReason(objects);
  return {
    ...row,
    tracks: row.tracks.map(({ bundle, track }) => {
      const source = find("OCIRepository", bundle) ?? find("GitRepository", bundle);
      return {
        bundle,
        track: source === undefined ? track : liveTrack(source),
        revision: applied(find("Kustomization", bundle)),
      };
    }),
    revision: applied(root),
    ...verdict,
  };
}

/** All that Flux reconciles in a cluster. @throws ApiError */
export async function fluxObjects(api: Pick<ClusterApi, "list">): Promise<KubeObject[]> {
  const list = (kind: Kind) => api.list(kind, { whole: true });
  // One alone at first, by which a credentials plugin is asked once.
  const [first, ...others] = kinds;
  return [await list(first!), ...(await Promise.all(others.map(list)))].flat();
}

/** What a source follows; an OCIRepository's digest counts more than its range, and that more than its tag. */
function liveTrack(source: KubeObject): string {
  const { ref = {} } = source["spec"] as { ref?: Readonly<Record<string, string>> };
  for (const kind of ["digest", "commit", "name", "semver", "tag", "branch"])
    if (ref[kind] !== undefined)
      return kind === "name"
        ? ref[kind].replace("refs/heads/", "branch ").replace("refs/tags/", "tag ")
        : `${kind} ${ref[kind]}`;
  return source.kind === "OCIRepository" ? "tag latest" : "branch master";
}

function applied(kustomization: KubeObject | undefined): string | undefined {
  return (kustomization?.["status"] as { lastAppliedRevision?: string } | undefined)?.lastAppliedRevision;
}

const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nobody listens there",
  ENOTFOUND: "its name is unknown",
  EAI_AGAIN: "its name could not be looked up",
  EHOSTUNREACH: "no way there",
  ENETUNREACH: "no way there",
  ECONNRESET: "the connection was cut",
};

/** Why a cluster could not be asked. */
export function whyNot(error: unknown): string {
  if (error instanceof UserError) return error.problems[0]!.message;
  if (!(error instanceof ApiError)) throw error;
  if (error.status === 401) return "the credentials are not accepted";
  if (error.status === 403) return "the credentials do not allow to look";
  const { code } = (error.cause ?? {}) as { code?: string };
  return (code === undefined ? undefined : words[code]) ?? error.message;
}
