import { readAttestations } from "../../lib/promotion/attestations.ts";
import { buildPipeline } from "../../lib/promotion/build.ts";
import { describePipelines, pipelineRows } from "../../lib/promotion/describe.ts";
import { lookAt, withLooks } from "../../lib/promotion/look.ts";
import { movedTags } from "../../lib/promotion/moved-tags.ts";
import { appIds, type Subject, subjectOf } from "../../lib/promotion/subject.ts";
import { bundlesOf } from "../../lib/fleet/cluster.ts";
import { loadFleet } from "../../lib/synth/load.ts";
import { reacher } from "../reach.ts";
import { printNotices } from "../report.ts";
import { openRepository } from "../repository.ts";

/** Options of the command. */
export interface PromotionsOptions {
  readonly kubeconfig?: string;
  readonly live: boolean;
  readonly json?: boolean;
}

/** `sluice promotions`: what runs where, and what waits for what. */
export async function promotions(
  names: readonly string[],
  { kubeconfig, live, json = false }: PromotionsOptions,
): Promise<void> {
  const { root, git } = await openRepository();
  const loaded = await loadFleet(root);
  const clusters = loaded.clusters.filter(({ sandbox }) => sandbox === undefined);
  const all: Subject[] = [
    ...bundlesOf(loaded.fleet).map(([what]) => ({ what, kind: "bundle" as const })),
    ...[...new Set(clusters.flatMap(({ versions }) => appIds(versions)))]
      .sort()
      .map((what) => ({ what, kind: "app" as const })),
    { what: "kubernetes", kind: "kubernetes" },
  ];
  const subjects = names.length === 0 ? all : names.map((name) => subjectOf(name, loaded.fleet, clusters));
  let attestations = await readAttestations(git);
  if (live) {
    const reach = await reacher(kubeconfig);
    const looks = await lookAt(
      git,
      loaded.fleet,
      clusters.filter((cluster) => reach(cluster).context !== undefined),
      (cluster) => reach(cluster).api(),
      Date.now,
    );
    printNotices(
      looks.unreachable.map(({ cluster, reason }) => ({
        where: cluster,
        message: `was not looked at: ${reason}`,
      })),
    );
    attestations = withLooks(attestations, looks);
  }
  const pipelines = await Promise.all(
    subjects.map((subject) => buildPipeline(git, loaded, subject, attestations, { now: Date.now() })),
  );
  printNotices(await movedTags(git, loaded));
  console.log(
    json
      ? JSON.stringify({ promotions: pipelines.flatMap(pipelineRows) }, null, 2)
      : describePipelines(pipelines.filter(({ clusters: members }) => members.length > 0)),
  );
}
