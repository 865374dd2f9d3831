import { writeAttestations } from "../../lib/promotion/attestations.ts";
import { stamp } from "../../lib/promotion/decide.ts";
import { lookAt } from "../../lib/promotion/look.ts";
import { suggestion } from "../../lib/fleet/suggestion.ts";
import { throwIfAny } from "../../lib/fleet/user-error.ts";
import { loadFleet } from "../../lib/synth/load.ts";
import { reacher } from "../reach.ts";
import { printNotices } from "../report.ts";
import { openRepository } from "../repository.ts";

/** Options of the command. */
export interface AttestOptions {
  readonly kubeconfig?: string;
  readonly push?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** `sluice attest`: looks at clusters and records what each runs. Exit code 1 if one could not be looked at. */
export async function attest(
  names: readonly string[],
  { kubeconfig, push = false, dryRun = false, json = false }: AttestOptions,
): Promise<void> {
  const { root, git } = await openRepository();
  const { fleet, clusters } = await loadFleet(root);
  const fixed = clusters.filter(({ sandbox }) => sandbox === undefined);
  const all = fixed.map(({ name }) => name);
  throwIfAny(
    names
      .filter((name) => !all.includes(name))
      .map((name) => ({
        message: `there is no cluster '${name}' that is no sandbox${suggestion(name, all)}`,
      })),
    2,
  );
  const reach = await reacher(kubeconfig);
  const wanted =
    names.length > 0
      ? fixed.filter(({ name }) => names.includes(name))
      : fixed.filter((cluster) => reach(cluster).context !== undefined);
  const looks = await lookAt(git, fleet, wanted, (cluster) => reach(cluster).api(), Date.now);
  const commit =
    dryRun || looks.seen.length === 0 ? undefined : await writeAttestations(git, looks.seen, { push });
  const pending = looks.seen.flatMap(({ cluster, pending: list }) =>
    list.map(({ what, reason }) => ({ where: cluster, message: `nothing is said of ${what}: ${reason}` })),
  );
  if (json) console.log(JSON.stringify({ commit, ...looks }, null, 2));
  else {
    for (const { cluster, observations } of looks.seen)
      for (const { what, version, state, since, reason } of observations)
        console.log(
          `${cluster}: ${what} ${version}, ${state} since ${stamp(since)}${reason === undefined ? "" : `: ${reason}`}`,
        );
    printNotices(pending);
    console.log(
      commit === undefined
        ? "nothing recorded"
        : `recorded in ${commit.slice(0, 12)}${push ? ", pushed" : ", not pushed: git push origin sluice/attestations"}`,
    );
  }
  if (looks.unreachable.length > 0)
    printNotices(
      looks.unreachable.map(({ cluster, reason }) => ({
        where: cluster,
        message: `cannot be looked at: ${reason}`,
      })),
    );
  if (looks.unreachable.length > 0 || wanted.length === 0) process.exitCode = 1;
  if (wanted.length === 0)
    printNotices([{ message: "no context of the kubeconfig leads to a cluster of the fleet" }]);
}
