import { isContent } from "../../effective/source.ts";
import { contractOf } from "../../effective/contract.ts";
import { type Unit } from "../../effective/unit.ts";
import type { Contract } from "../../fleet/contract.ts";
import { facts } from "../../fleet/facts.ts";
import { nearest } from "../../fleet/suggestion.ts";
import { valueProblem, type Variable } from "../../fleet/variables.ts";
import type { Finding, Rule } from "../rule.ts";
import { giverOf } from "./unique.ts";

/** Whether git tells where the values of variables come from, and whether they are what the bundle asks for. */
export const variables: Rule = {
  name: "variables",
  description:
    "the ConfigMaps and Secrets that a Kustomization takes variables from are in git or optional, and the values are what the bundle's contract asks for",
  severity: "error",
  check: ({ clusters }) =>
    clusters.flatMap((cluster) => {
      const found: Finding[] = [];
      // The layers of one bundle take the same values.
      const told = new Set<string>();
      for (const unit of cluster.effective.units.values()) {
        if (cluster.isWhole)
          for (const message of unit.variables.notes)
            found.push({
              cluster: cluster.name,
              unit,
              message,
              remedy: "add it, or mark it optional: Flux fails the Kustomization while it is missing",
            });
        for (const [name, value, message] of valueProblems(unit)) {
          if (told.has(message)) continue;
          told.add(message);
          const object = giverOf(cluster.objects, name, value);
          found.push({
            cluster: cluster.name,
            ...(object === undefined ? { unit } : { object, field: `data.${name}` }),
            message,
          });
        }
      }
      return found;
    }),
};

function* valueProblems(unit: Unit): Generator<[name: string, value: string, message: string]> {
  const contract = isContent(unit.content) ? contractOf(unit.content.tree, unit.folder ?? "") : undefined;
  if (contract === undefined) return;
  for (const [name, value] of unit.variables.values) {
    if (typeof value !== "string") continue;
    const variable = Object.hasOwn(contract.variables, name) ? contract.variables[name] : undefined;
    const message =
      variable === undefined
        ? misspelt(name, contract)
        : valueProblem(name, variable, typed(variable, value));
    if (message !== undefined) yield [name, value, message];
  }
}

/** A release ignores what it does not know, which may be there for a newer one: but not what looks like its own. */
function misspelt(name: string, { variables: known, bundle }: Contract): string | undefined {
  if (Object.hasOwn(facts, name)) return undefined;
  const near = nearest(name, Object.keys(known));
  return near === undefined
    ? undefined
    : `gives '${name}', which is no variable of the ${bundle}; did you mean '${near}'?`;
}

/** A ConfigMap holds text only. */
function typed({ type }: Variable, value: string): unknown {
  if (type === "number") return /^-?\d/.test(value) && !Number.isNaN(Number(value)) ? Number(value) : value;
  if (type === "boolean") return value === "true" || (value === "false" ? false : value);
  return value;
}
