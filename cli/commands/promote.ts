import { styleText } from "node:util";
import { UserError } from "../../lib/fleet/user-error.ts";
import type { Git } from "../../lib/git/git.ts";
import { GitError } from "../../lib/git/git.ts";
import { groupImpact } from "../../lib/impact/group.ts";
import { reviewImpact } from "../../lib/impact/review.ts";
import { impactText } from "../../lib/impact/text.ts";
import { fetchAttestations, readAttestations } from "../../lib/promotion/attestations.ts";
import { commitPlan, type PlannedCommit } from "../../lib/promotion/change.ts";
import { planConfig } from "../../lib/promotion/config.ts";
import { lookAt, withLooks } from "../../lib/promotion/look.ts";
import { type Look, planPromotion, type PromotionRequest } from "../../lib/promotion/promote.ts";
import { loadFleet } from "../../lib/synth/load.ts";
import { reacher } from "../reach.ts";
import { printNotices } from "../report.ts";
import { openRepository } from "../repository.ts";

/** Options of the command. */
export interface PromoteOptions {
  readonly to: string;
  readonly version?: string;
  readonly from?: string;
  readonly since?: string;
  readonly override?: string;
  readonly branch?: string;
  readonly kubeconfig?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** `sluice promote`: one commit on a new branch, or nothing. */
export async function promote(what: string, options: PromoteOptions): Promise<void> {
  const { git } = await openRepository();
  if (what === "config") return promoteConfig(git, options);
  const { to, version, override, branch, kubeconfig, dryRun = false, json = false } = options;
  for (const option of ["from", "since"] as const)
    if (options[option] !== undefined)
      throw new UserError({ where: `--${option}`, message: "belongs to: sluice promote config" }, 2);
  if (!dryRun) await fetchOrigin(git);
  const request: PromotionRequest = {
    what,
    to,
    ...(version === undefined ? {} : { version }),
    ...(override === undefined ? {} : { override }),
    ...(branch === undefined ? {} : { branch }),
  };
  const plan = await planPromotion(git, request, { look: looker(git, kubeconfig), now: Date.now });
  const commit = dryRun || plan.moved.length === 0 ? undefined : await commitPlan(git, plan.head, plan);
  if (json) {
    const decisions = [...plan.decisions].map(([cluster, decision]) => ({ cluster, ...decision }));
    const impact = commit === undefined ? undefined : await impactOf(git, plan.head, commit);
    console.log(
      JSON.stringify(
        {
          what,
          version: plan.version,
          branch: plan.branch,
          commit,
          decisions,
          files: [...plan.files.keys()].sort(),
          notices: plan.notices,
          ...(impact === undefined ? {} : { groups: groupImpact(impact) }),
        },
        null,
        2,
      ),
    );
    return;
  }
  printNotices(plan.notices);
  for (const [cluster, decision] of plan.decisions) {
    if (decision.outcome === "there already")
      console.log(`${cluster} has ${what} ${plan.version} already, or takes it by itself`);
    if (decision.outcome !== "allowed") continue;
    console.log(`${cluster} may have ${what} ${plan.version}`);
    for (const sentence of decision.evidence) console.log(`  ${sentence}`);
    for (const { message } of decision.overridden)
      console.log(styleText("yellow", `  ! in spite of: ${message}`));
  }
  if (plan.moved.length > 0) await printCommit(git, plan, plan.head, commit);
}

async function promoteConfig(
  git: Git,
  { to, from, since, branch, version, override, dryRun = false, json = false }: PromoteOptions,
): Promise<void> {
  if (from === undefined)
    throw new UserError(
      { where: "--from", message: "is missing: the cluster whose definitions are carried over" },
      2,
    );
  if (version !== undefined || override !== undefined)
    throw new UserError(
      {
        where: version === undefined ? "--override" : "--version",
        message: "definitions have no versions: leave it out",
      },
      2,
    );
  const plan = await planConfig(git, {
    from,
    to,
    ...(since === undefined ? {} : { since }),
    ...(branch === undefined ? {} : { branch }),
  });
  const commit = dryRun || plan.changed.length === 0 ? undefined : await commitPlan(git, plan.head, plan);
  if (json) {
    console.log(
      JSON.stringify(
        {
          from,
          to,
          since: plan.since,
          branch: plan.branch,
          commit,
          changed: plan.changed,
          files: [...plan.files.keys()].sort(),
          notices: plan.notices,
        },
        null,
        2,
      ),
    );
    return;
  }
  printNotices(plan.notices);
  if (plan.changed.length === 0) {
    console.log(
      `nothing changed of ${from}'s definitions since ${plan.since.slice(0, 12)} that ${to} does not have`,
    );
    return;
  }
  for (const path of plan.changed) console.log(`  ${path}`);
  await printCommit(git, plan, plan.head, commit);
}

/** Tells of a commit, and of what merging it does. */
export async function printCommit(
  git: Git,
  { branch, files }: PlannedCommit,
  head: string,
  commit: string | undefined,
): Promise<void> {
  if (commit === undefined) {
    console.log(`\nnothing changed: it would commit ${files.size} files on ${branch}`);
    for (const path of [...files.keys()].sort()) console.log(`  ${path}`);
    return;
  }
  console.log(
    `\n${commit.slice(0, 12)} on ${branch}, ${files.size} files; to propose it: git push origin ${branch}\n`,
  );
  const { clusters } = await loadFleet(git.root);
  const isProtected = (name: string) =>
    clusters.some((cluster) => cluster.name === name && cluster.type.protected);
  console.log(
    impactText(await impactOf(git, head, commit), isProtected, (style, text) => styleText(style, text)),
  );
}

const impactOf = (git: Git, base: string, head: string) => reviewImpact(git, { base, head });

/** Brings what the origin has of tags, branches and attestations; where it does not answer, that is told and no more. */
async function fetchOrigin(git: Git): Promise<void> {
  if ((await git.try(["config", "--get", "remote.origin.url"])) === undefined) return;
  try {
    // First, as an ordinary fetch takes what was rewritten. Not quiet: only then it says which tags it refuses.
    await fetchAttestations(git);
    await git.run(["fetch", "--tags", "origin"]);
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    const moved = [...error.stderr.matchAll(/\[rejected\]\s+(\S+)\s+->.*would clobber existing tag/g)].map(
      ([, tag]) => tag,
    );
    if (moved.length > 0)
      throw new UserError({
        where: "origin",
        message: `the tag ${moved.join(", ")} is another one there: its history was rewritten`,
        remedy: `find out which is right; to take the origin's: git fetch --tags --force origin`,
      });
    printNotices([
      {
        where: "origin",
        message: `could not be fetched, so this clone's releases and attestations count: ${error.message}`,
      },
    ]);
  }
}

/** Looks at what can be reached, beside what was recorded. */
function looker(git: Git, kubeconfig: string | undefined): Look {
  return async (clusters) => {
    const recorded = await readAttestations(git);
    const reach = await reacher(kubeconfig).catch((error: unknown) => {
      if (!(error instanceof UserError) || kubeconfig !== undefined) throw error;
      printNotices(error.problems);
      return undefined;
    });
    if (reach === undefined) return recorded;
    const reachable = clusters.filter((cluster) => reach(cluster).context !== undefined);
    if (reachable.length === 0) return recorded;
    const looks = await lookAt(
      git,
      reachable[0]!.fleet,
      reachable,
      (cluster) => reach(cluster).api(),
      Date.now,
    );
    printNotices(
      looks.unreachable.map(({ cluster, reason }) => ({
        where: cluster,
        message: `was not looked at, what was attested counts: ${reason}`,
      })),
    );
    return withLooks(recorded, looks);
  };
}
