import type { Cluster } from "../fleet/cluster.ts";
import { firstReason } from "../status/first-reason.ts";
import { fields, type KubeObject, list } from "../teardown/objects.ts";
import type { Observation } from "./evidence.ts";
import type { PipelineCluster, Release } from "./pipeline.ts";

/** What a cluster's API says that promotions ask for. */
export interface ClusterLook {
  /** All that Flux reconciles there. */
  readonly objects: readonly KubeObject[];
  /** The version of the control plane, such as `v1.35.4`. */
  readonly server: string;
  /** The nodes, with their status. */
  readonly nodes: readonly KubeObject[];
  /** When it was looked at, in milliseconds since 1970. */
  readonly at: number;
}

/** Finds out what a revision that Flux applied is: `main@sha1:…`, `1.4.2@sha256:…` or `sha256:…`. */
export type ResolveRevision = (bundle: string, revision: string) => Promise<Release | undefined>;

/** The version of each app that a commit of the cluster's own folder gives, by the app's id. */
export type AppVersionsAt = (revision: string) => Promise<ReadonlyMap<string, string>>;

/** What was seen of a cluster. */
export interface Seen {
  readonly observations: readonly Observation[];
  readonly machines: NonNullable<PipelineCluster["machines"]>;
  /** What nothing can be said of yet, and why. */
  readonly pending: readonly { readonly what: string; readonly reason: string }[];
}

/** Turns a look at a cluster into what it ran, how it was, and since when. */
export async function observe(
  { name, bundles }: Pick<Cluster, "name" | "bundles">,
  look: ClusterLook,
  resolve: ResolveRevision,
  appsAt: AppVersionsAt,
): Promise<Seen> {
  const observations: Observation[] = [];
  const pending: { what: string; reason: string }[] = [];
  const whole = firstReason(look.objects);
  const see = (what: string, release: Release, units: readonly KubeObject[], verdict: typeof whole) => {
    if (verdict.state === "progressing") {
      pending.push({ what, reason: verdict.reason ?? "it is on its way" });
      return;
    }
    const ready = verdict.state === "ready";
    observations.push({
      cluster: name,
      what,
      version: release.version,
      content: release.content,
      state: ready ? "ready" : "not ready",
      since: ready ? readySince(units, look.at) : look.at,
      at: look.at,
      ...(verdict.reason === undefined ? {} : { reason: verdict.reason }),
    });
  };

  for (const bundle of bundles) {
    const units = unitsOf(look.objects, bundle.name);
    const revisions = new Set(units.map((unit) => fields(unit, "status")["lastAppliedRevision"]));
    const [revision] = revisions;
    if (units.length === 0 || revisions.size !== 1 || typeof revision !== "string")
      pending.push({
        what: bundle.name,
        reason:
          units.length === 0
            ? "Flux applies nothing of it"
            : `its layers have different revisions: ${[...revisions].join(", ")}`,
      });
    else {
      const release = await resolve(bundle.name, revision);
      if (release === undefined)
        pending.push({
          what: bundle.name,
          reason: `${revision} is not in this clone: git fetch --tags origin`,
        });
      // What a bundle breaks need not be its own: all of the cluster has to be Ready.
      else see(bundle.name, release, units, whole);
    }
  }

  const root = look.objects.find((object) => isKustomization(object, "flux-system", "flux-system"));
  const synced = root === undefined ? undefined : fields(root, "status")["lastAppliedRevision"];
  for (const [app, version] of typeof synced === "string" ? await appsAt(synced) : []) {
    const unit = look.objects.find((object) => isKustomization(object, "apps", app));
    if (unit === undefined) continue;
    const own = look.objects.filter(
      ({ metadata }) =>
        metadata.labels?.["kustomize.toolkit.fluxcd.io/name"] === app &&
        metadata.labels["kustomize.toolkit.fluxcd.io/namespace"] === "apps",
    );
    const resolved = withCharts(version, own);
    see(app, { version: resolved, content: resolved }, [unit], firstReason([unit, ...own]));
  }

  const machines = machinesOf(look);
  if (machines.server === machines.nodes || machines.nodes === undefined)
    // Nothing keeps since when: what was recorded before tells.
    see("kubernetes", { version: machines.server, content: machines.server }, [], whole);
  else
    pending.push({
      what: "kubernetes",
      reason: `the control plane runs ${machines.server}, the oldest node ${machines.nodes}`,
    });
  return { observations, machines, pending };
}

/** The Kustomizations whose manifests are a bundle's. */
function unitsOf(objects: readonly KubeObject[], bundle: string): KubeObject[] {
  return objects.filter((object) => {
    const {
      kind = "",
      name,
      namespace = "flux-system",
    } = (fields(object, "spec")["sourceRef"] ?? {}) as {
      kind?: string;
      name?: string;
      namespace?: string;
    };
    return (
      object.kind === "Kustomization" &&
      object.metadata.namespace === "flux-system" &&
      namespace === "flux-system" &&
      name === bundle &&
      /^(OCI|Git)Repository$/.test(kind)
    );
  });
}

const isKustomization = ({ kind, metadata }: KubeObject, namespace: string, name: string): boolean =>
  kind === "Kustomization" && metadata.namespace === namespace && metadata.name === name;

interface Snapshot {
  readonly firstReconciled?: string;
  readonly lastReconciled?: string;
  readonly lastReconciledStatus?: string;
}

/**
 * Since when the objects that Kustomizations apply are what they are, Ready, without a break. Flux keeps what it
 * applied, by the checksum of the objects, the newest first; one that comes back keeps its first time, so anything
 * else that was applied since counts as a break (fluxcd/pkg apis/meta History.Upsert).
 * @param otherwise where Flux keeps no history
 */
export function readySince(units: readonly KubeObject[], otherwise: number): number {
  const times = units.map((unit) => {
    const [newest, ...others] = list<Snapshot>(fields(unit, "status"), "history");
    if (newest?.lastReconciledStatus !== "ReconciliationSucceeded") return otherwise;
    return Math.max(
      ...[newest.firstReconciled, ...others.map(({ lastReconciled }) => lastReconciled)].map((time) =>
        Date.parse(time ?? ""),
      ),
    );
  });
  const since = Math.max(...times);
  return times.length === 0 || Number.isNaN(since) ? otherwise : Math.min(since, otherwise);
}

/** Puts the version of the chart that is installed in the place of a range. */
function withCharts(version: string, objects: readonly KubeObject[]): string {
  const installed = objects
    .filter(({ kind }) => kind === "HelmRelease")
    .map((release) => list<{ chartVersion?: string }>(fields(release, "status"), "history")[0]?.chartVersion);
  const [only] = installed;
  if (installed.length !== 1 || only === undefined) return version;
  return version.replace(/^chart [^,]*/, `chart ${only.replace(/\+.*$/, "")}`);
}

function machinesOf({ server, nodes }: ClusterLook): NonNullable<PipelineCluster["machines"]> {
  const minor = (version: string) => Number(/^v?1\.(\d+)/.exec(version)?.[1]);
  const kubelets = nodes
    .map(
      (node) =>
        (fields(node, "status")["nodeInfo"] as { kubeletVersion?: string } | undefined)?.kubeletVersion ?? "",
    )
    .map(minor)
    .filter((version) => !Number.isNaN(version));
  return {
    server: `1.${minor(server)}`,
    nodes: kubelets.length === 0 ? undefined : `1.${Math.min(...kubelets)}`,
  };
}
