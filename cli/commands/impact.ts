import { styleText } from "node:util";
import { ArtifactReader } from "../../lib/effective/artifacts.ts";
import { UserError } from "../../lib/fleet/user-error.ts";
import { Git } from "../../lib/git/git.ts";
import { groupImpact } from "../../lib/impact/group.ts";
import { clusterFacts } from "../../lib/impact/protected.ts";
import { type Impact, reviewImpact } from "../../lib/impact/review.ts";
import { impactText } from "../../lib/impact/text.ts";
import { openManifests } from "../repository.ts";

/** Options of the command. */
export interface ImpactOptions {
  readonly base?: string;
  readonly head?: string;
  readonly path?: readonly string[];
  readonly release?: string;
  readonly format: "text" | "json" | "markdown" | "html";
  readonly json?: boolean;
  readonly registry: boolean;
  readonly render?: boolean;
  readonly charts?: string;
}

/** `sluice impact`: what a change does to each cluster. Exit code 1 if Flux will fail something of it. */
export async function impact({
  base,
  head,
  path = [],
  release,
  format,
  json = false,
  registry,
  render = false,
  charts,
}: ImpactOptions): Promise<void> {
  if (charts !== undefined && !render)
    throw new UserError({ where: "--charts", message: "says where --render finds charts: add --render" }, 2);
  const root = await openManifests(path);
  const { facts, stop } = clusterFacts(root);
  const found = await reviewImpact(new Git(root), {
    ...(base === undefined ? {} : { base }),
    ...(head === undefined ? {} : { head }),
    ...(release === undefined ? {} : { release }),
    paths: path,
    ...(registry ? { artifacts: new ArtifactReader() } : {}),
    ...(render ? { charts: new (await import("../../lib/impact/charts.ts")).Charts(charts) } : {}),
  });
  // Nobody needs the definitions where nothing changes.
  const guarded = new Set(found.clusters.length === 0 ? [] : (await facts)?.protected);
  stop();
  const isProtected = (cluster: string) => guarded.has(cluster);
  await print(found, isProtected, json ? "json" : format);
  if (found.clusters.some(({ failures }) => failures.length > 0)) process.exitCode = 1;
}

async function print(
  found: Impact,
  isProtected: (cluster: string) => boolean,
  format: ImpactOptions["format"],
): Promise<void> {
  switch (format) {
    case "text":
      console.log(impactText(found, isProtected, (style, text) => styleText(style, text), width()));
      return;
    case "json": {
      const clusters = found.clusters.map((cluster) => ({
        ...cluster,
        protected: isProtected(cluster.cluster),
      }));
      console.log(JSON.stringify({ ...found, clusters, groups: groupImpact(found) }, null, 2));
      return;
    }
    case "markdown":
      console.log((await import("../../lib/impact/markdown.ts")).impactMarkdown(found, isProtected));
      return;
    case "html":
      console.log((await import("../../lib/impact/html.ts")).impactHtml(found, isProtected));
      return;
  }
}

/** As wide as the terminal, or what COLUMNS says. */
function width(): number | undefined {
  const columns = process.stdout.columns ?? Number(process.env["COLUMNS"]);
  return columns >= 40 ? columns : undefined;
}
