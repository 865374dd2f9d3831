import { metadataOf, specOf } from "../fleet.ts";
import type { Finding, Rule } from "../rule.ts";
import { fits, podLabelsOf } from "../workloads.ts";

/** Whether draining nodes leaves something of an app running, and can end. */
export const disruptionBudget: Rule = {
  name: "disruption-budget",
  description: "an app of several replicas has a PodDisruptionBudget, and the budget lets a node be drained",
  severity: "error",
  check: ({ clusters }) =>
    clusters.flatMap((cluster) => {
      const budgets = cluster.ofKind("PodDisruptionBudget");
      return cluster
        .ofKind("Deployment", "StatefulSet")
        .filter((object) => cluster.isOfApp(object))
        .flatMap((object): Finding[] => {
          const replicas = specOf(object)["replicas"] ?? 1;
          if (typeof replicas !== "number") return [];
          const { namespace } = metadataOf(object);
          const own = budgets.filter(
            (budget) =>
              metadataOf(budget).namespace === namespace &&
              fits(specOf(budget)["selector"], podLabelsOf(object)),
          );
          if (own.length === 0)
            return replicas < 2 || !cluster.isWhole
              ? []
              : [
                  {
                    cluster: cluster.name,
                    object,
                    message: `has ${replicas} replicas and no PodDisruptionBudget: a drain may take all at once`,
                  },
                ];
          return own
            .filter((budget) => allowsNothing(specOf(budget), replicas))
            .map((budget) => ({
              cluster: cluster.name,
              object: budget,
              field: "spec",
              message: `lets none of the ${replicas} replicas of ${metadataOf(object).name} go: no node with one can be drained`,
            }));
        });
    }),
};

function allowsNothing(
  { minAvailable, maxUnavailable }: Readonly<Record<string, unknown>>,
  replicas: number,
): boolean {
  const amount = (value: unknown): number =>
    typeof value === "string" && value.endsWith("%")
      ? Math.ceil((replicas * Number.parseInt(value)) / 100)
      : Number(value);
  if (maxUnavailable !== undefined) return amount(maxUnavailable) === 0;
  return minAvailable !== undefined && replicas > 0 && amount(minAvailable) >= replicas;
}
