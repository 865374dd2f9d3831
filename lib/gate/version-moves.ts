import { bundlesOf, type Cluster } from "../fleet/cluster.ts";
import { parseVersions } from "../fleet/versions.ts";
import type { Git } from "../git/git.ts";
import type { Subject } from "../promotion/subject.ts";
import { appIds, appVersion } from "../promotion/subject.ts";
import type { LoadedFleet } from "../synth/load.ts";
import { changedPaths } from "./changed-paths.ts";
import { documentsIn, guardAt } from "./protected-clusters.ts";

/** What a bundle's source follows: a Flux reference of a git repository or an OCI artifact. */
export type SourceRef = Readonly<Partial<Record<"tag" | "digest" | "semver" | "branch", string>>>;

/** A version of something that a merge changes on a protected cluster. */
export interface VersionMove {
  readonly cluster: string;
  /** The name of the cluster's environment type. */
  readonly type: string;
  /** Where the version stands. */
  readonly where: string;
  readonly subject: Subject;
  /** What a bundle's source follows then; of anything else, its version. */
  readonly to: SourceRef | string;
}

/**
 * The versions that a merge changes on protected clusters: of bundles and Kubernetes by the manifests, of apps by
 * versions.yaml. Nothing of the change is run.
 * @param clusters of the checkout, whose versions.yaml files are looked for
 * @param merged a revision with what merging gives
 * @throws UserError if manifests are broken
 */
export async function versionMoves(
  git: Git,
  { fleet, clusters }: Pick<LoadedFleet, "fleet" | "clusters">,
  base: string,
  merged: string,
): Promise<VersionMove[]> {
  const changed = await changedPaths(git, base, merged);
  const bundles = bundlesOf(fleet).map(([name]) => name);
  const moves: VersionMove[] = [];
  for (const where of changed) {
    const [, cluster = "", bundle = ""] = /^manifests\/clusters\/([^/]+)\/([^/]+)\.yaml$/.exec(where) ?? [];
    if (!bundles.includes(bundle)) continue;
    const type = await protectedType(git, merged, cluster);
    if (type === undefined) continue;
    const [before, after] = await Promise.all(
      [base, merged].map((revision) => sourceRef(git, revision, where, bundle)),
    );
    if (after !== undefined && JSON.stringify(before) !== JSON.stringify(after))
      moves.push({ cluster, type, where, subject: { what: bundle, kind: "bundle" }, to: after });
    if (bundle !== "platform") continue;
    const [old, now] = await Promise.all(
      [base, merged].map((revision) => kubernetesAt(git, revision, cluster)),
    );
    if (old !== undefined && now !== undefined && old !== now)
      moves.push({ cluster, type, where, subject: { what: "kubernetes", kind: "kubernetes" }, to: now });
  }
  for (const { name, sandbox, versions } of clusters) {
    if (sandbox !== undefined || !changed.includes(versions.file)) continue;
    const type = await protectedType(git, merged, name);
    if (type === undefined) continue;
    const [before, after] = await Promise.all(
      [base, merged].map((revision) => appsAt(git, revision, versions.file, bundles)),
    );
    for (const [app, version] of after!)
      if (before!.get(app) !== version)
        moves.push({
          cluster: name,
          type,
          where: versions.file,
          subject: { what: app, kind: "app" },
          to: version,
        });
  }
  return moves;
}

async function protectedType(git: Git, revision: string, cluster: string): Promise<string | undefined> {
  const guard = await guardAt(git, revision, cluster);
  return guard?.protected === true ? (guard.type ?? "") : undefined;
}

async function kubernetesAt(git: Git, revision: string, cluster: string): Promise<string | undefined> {
  const stack = (await guardAt(git, revision, cluster))?.stack;
  try {
    const { kubernetes } = JSON.parse(stack ?? "{}") as { kubernetes?: unknown };
    return typeof kubernetes === "string" ? kubernetes : undefined;
  } catch {
    return undefined;
  }
}

/** What the source of a bundle follows by the cluster's manifests. */
async function sourceRef(
  git: Git,
  revision: string,
  path: string,
  bundle: string,
): Promise<SourceRef | undefined> {
  const text = await git.show(revision, path);
  if (text === undefined) return undefined;
  for (const document of documentsIn(text, path)) {
    const { kind, metadata, spec } = (document ?? {}) as {
      kind?: string;
      metadata?: { name?: string };
      spec?: { ref?: SourceRef };
    };
    if ((kind === "OCIRepository" || kind === "GitRepository") && metadata?.name === bundle)
      return spec?.ref ?? {};
  }
  return undefined;
}

async function appsAt(
  git: Git,
  revision: string,
  file: string,
  bundles: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const text = await git.show(revision, file);
  const parsed = text === undefined ? undefined : parseVersions(text, file, bundles);
  // A file that is broken gives no manifests either: `sluice synth --check` tells.
  if (parsed === undefined || "problems" in parsed) return new Map<string, string>();
  return new Map(appIds(parsed.versions).map((app) => [app, appVersion(parsed.versions, app)!]));
}

/** The versions.yaml files of clusters as they are at a revision, for {@link loadFleet}. */
export async function versionsAt(
  git: Git,
  revision: string,
  clusters: readonly Pick<Cluster, "versions">[],
): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const { versions } of clusters) {
    if (found.has(versions.file)) continue;
    const text = await git.show(revision, versions.file);
    if (text !== undefined) found.set(versions.file, text);
  }
  return found;
}
