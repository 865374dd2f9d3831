import { unknownCluster } from "../../lib/fleet/suggestion.ts";
import { throwIfAny } from "../../lib/fleet/user-error.ts";
import { describeStatus, fleetStatus } from "../../lib/status/index.ts";
import { loadFleet } from "../../lib/synth/load.ts";
import { reacher } from "../reach.ts";
import { openFleet } from "../repository.ts";

/** Options of the command. */
export interface StatusOptions {
  readonly kubeconfig?: string;
  readonly json?: boolean;
}

/** `sluice status`: a row for each cluster. Not being ready is no failure of the command. */
export async function status(
  names: readonly string[],
  { kubeconfig, json = false }: StatusOptions,
): Promise<void> {
  const { root } = await openFleet();
  const { clusters } = await loadFleet(root);
  const all = clusters.map(({ name }) => name);
  throwIfAny(
    names.filter((name) => !all.includes(name)).map((name) => ({ message: unknownCluster(name, all) })),
    2,
  );
  const wanted = names.length === 0 ? clusters : clusters.filter(({ name }) => names.includes(name));
  const now = new Date();
  const rows = await fleetStatus(wanted, await reacher(kubeconfig), now);
  console.log(
    json ? JSON.stringify({ clusters: rows }, null, 2) : describeStatus(rows, now, process.stdout.columns),
  );
}
