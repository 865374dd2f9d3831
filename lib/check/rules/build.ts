import { isContent } from "../../effective/source.ts";
import type { Rule } from "../rule.ts";

/** Whether Flux can build what each Kustomization applies. */
export const build: Rule = {
  name: "build",
  description:
    "what a Kustomization applies can be built: its path exists, its YAML is whole, its variables are set",
  severity: "error",
  check: ({ clusters }) =>
    clusters.flatMap(({ name, effective }) =>
      [...effective.units.values()].flatMap((unit) => {
        const { error } = unit.result();
        return error === undefined || !isContent(unit.content)
          ? []
          : [{ cluster: name, unit, message: error }];
      }),
    ),
};
