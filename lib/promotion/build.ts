import { bundlesOf, type Cluster } from "../fleet/cluster.ts";
import { stagesOf } from "../fleet/promotion.ts";
import { best, parseRange } from "../fleet/semver.ts";
import { trackKind, type Track } from "../fleet/tracks.ts";
import { parseVersions } from "../fleet/versions.ts";
import type { Git } from "../git/git.ts";
import type { LoadedFleet } from "../synth/load.ts";
import { clustersFolder } from "../synth/paths.ts";
import type { Attestations } from "./attestations.ts";
import { minorOf } from "./kubernetes.ts";
import type { AppVersionsAt } from "./observe.ts";
import { historyStack, type Pipeline, type PipelineCluster, type Release } from "./pipeline.ts";
import { releasesOf, treesAt } from "./releases.ts";
import { appIds, appVersion, isExact, parseAppVersion, type Subject } from "./subject.ts";

/**
 * The way of one thing through the fleet, from the definitions, git and what was recorded. Sandboxes are not on it.
 * @param options `historyOf`: the clusters whose earlier versions are asked for, of the history of `at`
 */
export async function buildPipeline(
  git: Git,
  { fleet, clusters }: Pick<LoadedFleet, "fleet" | "clusters">,
  { what, kind }: Subject,
  { evidence, machines }: Attestations,
  {
    now,
    historyOf = [],
    at = "HEAD",
  }: { readonly now: number; readonly historyOf?: readonly string[]; readonly at?: string },
): Promise<Pipeline> {
  const own = evidence.filter((each) => each.what === what);
  const releases = kind === "bundle" ? await releasesOf(git, what) : [];
  const members: PipelineCluster[] = [];
  for (const cluster of clusters.filter(({ sandbox }) => sandbox === undefined)) {
    const present =
      kind === "bundle"
        ? await ofBundle(git, cluster, what, releases)
        : kind === "app"
          ? ofApp(cluster, what, own)
          : ofKubernetes(cluster);
    if (present === undefined) continue;
    const before = historyOf.includes(cluster.name)
      ? await versionsBefore(git, cluster, { what, kind }, at)
      : [];
    const seen = machines.get(cluster.name);
    members.push({
      name: cluster.name,
      type: cluster.type.name,
      protected: cluster.type.protected,
      ...present,
      before,
      ...(seen === undefined ? {} : { machines: { server: seen.server, nodes: seen.nodes } }),
    });
  }
  const { repository: releasesIn } = fleet.artifacts;
  return {
    what,
    kind,
    now,
    stages: stagesOf(fleet),
    clusters: members,
    evidence: own,
    releases,
    ...(releasesIn === undefined ? {} : { releasesIn }),
  };
}

type Present = Pick<PipelineCluster, "follows" | "runs">;

async function ofBundle(
  git: Git,
  { bundles }: Cluster,
  what: string,
  releases: readonly Release[],
): Promise<Present | undefined> {
  const track = bundles.find(({ name }) => name === what)?.track;
  if (track === undefined) return undefined;
  const kind = trackKind(track);
  const value = (track as Readonly<Record<string, string>>)[kind]!;
  return { follows: { kind, value }, runs: await releaseOf(git, what, track, releases) };
}

async function releaseOf(
  git: Git,
  bundle: string,
  track: Track,
  releases: readonly Release[],
): Promise<Release | undefined> {
  if ("branch" in track)
    for (const ref of [`refs/remotes/origin/${track.branch}`, `refs/heads/${track.branch}`]) {
      const commit = await git.commit(ref);
      const [content] = commit === undefined ? [] : await treesAt(git, [commit], bundle);
      if (content !== undefined) return { version: `${track.branch}@${commit!.slice(0, 12)}`, content };
    }
  const version =
    "tag" in track
      ? track.tag
      : "semver" in track
        ? best(
            parseRange(track.semver),
            releases.map((release) => release.version),
          )
        : undefined;
  return releases.find((release) => release.version === version);
}

/** What is behind a chart's range is known where somebody has looked. */
function ofApp(
  { name, versions }: Cluster,
  app: string,
  evidence: Pipeline["evidence"],
): Present | undefined {
  const value = appVersion(versions, app);
  if (value === undefined) return undefined;
  const exact = parseAppVersion(app, value).every(isExact);
  const [seen] = evidence.filter(({ cluster }) => cluster === name).sort((a, b) => b.last.at - a.last.at);
  const version = exact ? value : seen?.version;
  return {
    follows: { kind: "version", value },
    runs: version === undefined ? undefined : { version, content: version },
  };
}

function ofKubernetes({ versions: { kubernetes } }: Cluster): Present {
  return {
    follows: { kind: "version", value: kubernetes },
    runs: { version: kubernetes, content: `1.${minorOf(kubernetes)}` },
  };
}

/** The versions that a cluster's versions.yaml had before the present one, the oldest first, from the history of a revision. */
async function versionsBefore(
  git: Git,
  cluster: Cluster,
  { what, kind }: Subject,
  at: string,
): Promise<string[]> {
  const values = (await versionsHistory(git, cluster, at)).flatMap(({ versions }) => {
    if (kind === "kubernetes") return [versions.kubernetes];
    if (kind === "app") return [appVersion(versions, what)].filter((version) => version !== undefined);
    const track = versions.tracks[what];
    return track !== undefined && "tag" in track ? [track.tag] : [];
  });
  return historyStack(values).slice(0, -1);
}

/** What a cluster's versions.yaml said at each commit that changed it, the oldest first. One that cannot be read is passed over. */
export async function versionsHistory(
  git: Git,
  { versions: { file }, fleet }: Pick<Cluster, "versions" | "fleet">,
  at = "HEAD",
): Promise<{ commit: string; versions: Cluster["versions"] }[]> {
  const list = await git.run(["log", "--first-parent", "-m", "--format=%H", "--reverse", at, "--", file]);
  const commits = list === "" ? [] : list.split("\n");
  const names = bundlesOf(fleet).map(([name]) => name);
  const found: { commit: string; versions: Cluster["versions"] }[] = [];
  for (const commit of commits) {
    const text = await git.show(commit, file);
    const parsed = text === undefined ? undefined : parseVersions(text, file, names);
    if (parsed !== undefined && "versions" in parsed) found.push({ commit, versions: parsed.versions });
  }
  return found;
}

/** Reads what a commit of a cluster's own folder says of its apps. */
export function appVersionsAt(git: Git, { folder, fleet }: Pick<Cluster, "folder" | "fleet">): AppVersionsAt {
  const names = bundlesOf(fleet).map(([name]) => name);
  return async (revision) => {
    const commit = /@sha1:([0-9a-f]{40,64})$/.exec(revision)?.[1];
    const file = `${clustersFolder}/${folder}/versions.yaml`;
    const text = commit === undefined ? undefined : await git.show(commit, file);
    const parsed = text === undefined ? undefined : parseVersions(text, file, names);
    if (parsed === undefined || "problems" in parsed) return new Map();
    return new Map(appIds(parsed.versions).map((app) => [app, appVersion(parsed.versions, app)!]));
  };
}
