import type { Rule } from "../rule.ts";

/** Whether git tells where the values of variables come from. */
export const variables: Rule = {
  name: "variables",
  description:
    "the ConfigMaps and Secrets that a Kustomization takes variables from are in git, or are optional",
  severity: "warning",
  check: ({ clusters }) =>
    clusters.flatMap(({ name, effective }) =>
      [...effective.units.values()].flatMap((unit) =>
        unit.variables.notes.map((message) => ({
          cluster: name,
          unit,
          message,
          remedy: "add it, or mark it optional: Flux fails the Kustomization while it is missing",
        })),
      ),
    ),
};
