import { providers } from "../check/providers.ts";
import { chartOf } from "./release.ts";
import { fluxId, kindOf } from "./flux-kinds.ts";
import type { Simulation } from "./simulation.ts";
import { groupOf } from "./world.ts";

type Json = Readonly<Record<string, unknown>>;

/**
 * A kind that no definition in git has may come with a chart: with the one that is known for it, else with any that
 * nothing is known of. In that case the kind is known from when such a chart is in, and the assumption is told.
 */
export function assumeKind(simulation: Simulation, object: Json): void {
  const { world } = simulation;
  const apiVersion = String(object["apiVersion"]);
  const kind = String(object["kind"]);
  const group = groupOf(apiVersion);
  if (!group.includes(".") || world.served(apiVersion, kind) !== undefined) return;
  const charts = [...world.objects.values()]
    .filter((each) => kindOf(each.object) === "HelmRelease")
    .map((each) => ({ id: fluxId(each.object), chart: chartOf(simulation, each.object).name }));
  if (charts.some(({ chart }) => providers[group]?.includes(chart))) return;
  const open = charts.find(({ id, chart }) => !isKnown(chart) && simulation.status(id)?.ready === true);
  if (open === undefined) return;
  world.learn(group);
  simulation.knowledge.assume(
    `${apiVersion} ${kind}`,
    `${kind} (${group}) is defined by a chart that was installed before, such as ${open.chart}`,
  );
}

const isKnown = (chart: string): boolean => Object.values(providers).some((charts) => charts.includes(chart));
