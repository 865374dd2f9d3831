import { isContent } from "../../effective/source.ts";
import type { Rule } from "../rule.ts";

/** Whether what a Kustomization or a release refers to as its source is there. */
export const source: Rule = {
  name: "source",
  description: "the source that a Kustomization, HelmRelease or HelmChart names exists",
  severity: "error",
  check: ({ clusters }) =>
    clusters.flatMap((cluster) => [
      ...[...cluster.effective.units.values()].flatMap((unit) => {
        const { content } = unit;
        return isContent(content) || content.reason !== "missing"
          ? []
          : [{ cluster: cluster.name, unit, message: content.message }];
      }),
      ...cluster.ofKind("HelmRelease").flatMap((object) => {
        const spec = object.object["spec"] as
          { chartRef?: Reference; chart?: { spec?: { sourceRef?: Reference } } } | undefined;
        const reference = spec?.chartRef ?? spec?.chart?.spec?.sourceRef;
        if (reference?.kind === undefined || reference.name === undefined) return [];
        const { namespace: own = "" } = object.object["metadata"] as { namespace?: string };
        const namespace = reference.namespace ?? own;
        const field = spec?.chartRef === undefined ? "spec.chart.spec.sourceRef" : "spec.chartRef";
        return !cluster.isWhole || cluster.has(reference.kind, namespace, reference.name)
          ? []
          : [
              {
                cluster: cluster.name,
                object,
                field,
                message: `its source ${reference.kind} ${namespace}/${reference.name} does not exist`,
              },
            ];
      }),
    ]),
};

interface Reference {
  readonly kind?: string;
  readonly name?: string;
  readonly namespace?: string;
}
