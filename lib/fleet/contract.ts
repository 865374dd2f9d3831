import { facts } from "./facts.ts";
import { suggestion } from "./suggestion.ts";
import { valueProblem, type Values, type Variables } from "./variables.ts";
import type { Problem } from "./user-error.ts";

/**
 * A bundle's contract, its bundle.json: all that a cluster has to know of a release to use it. A cluster is
 * checked against the contract of the release that it tracks, which may be older than the checkout's.
 */
export interface Contract {
  /** The bundle's name. */
  readonly bundle: string;
  /** The version of this format. */
  readonly contract: 1;
  readonly variables: Variables;
  /** The facts of a cluster that the bundle reads. */
  readonly facts: readonly string[];
  readonly layers: readonly { readonly name: string; readonly dependsOn: readonly string[] }[];
  readonly options: readonly string[];
}

/** What of a cluster meets the contract. */
export interface Use {
  readonly variables: Values;
  readonly options: readonly string[];
  /** Patches by the layer that they go to. */
  readonly patches: Readonly<Record<string, readonly unknown[]>>;
}

/**
 * What of `use` a release with this contract cannot serve. A variable that the release does not know is fine
 * if the checkout knows it: the release ignores it.
 */
export function contractProblems(contract: Contract, use: Use): Problem[] {
  const problems: Problem[] = [];
  for (const [name, variable] of Object.entries(contract.variables)) {
    const value = use.variables[name];
    if (value === undefined) {
      if (variable.giver === "cluster")
        problems.push({ message: `variable '${name}' has no default there and is not given` });
    } else {
      const message =
        variable.giver === "stack"
          ? `variable '${name}' comes from the stack there`
          : valueProblem(name, variable, value);
      if (message !== undefined) problems.push({ message });
    }
  }
  for (const option of use.options)
    if (!contract.options.includes(option))
      problems.push({ message: `it has no option '${option}'${suggestion(option, contract.options)}` });
  const layers = contract.layers.map(({ name }) => name);
  for (const layer of Object.keys(use.patches))
    if (!layers.includes(layer))
      problems.push({ message: `it has no layer '${layer}' to patch${suggestion(layer, layers)}` });
  for (const fact of contract.facts)
    if (!Object.hasOwn(facts, fact))
      problems.push({
        message: `it reads '${fact}', which this Sluice does not tell`,
        remedy: "update Sluice",
      });
  return problems;
}

/** The text of bundle.json. */
export function printContract(contract: Contract): string {
  return `${JSON.stringify(contract, null, 2)}\n`;
}

/** Reads a bundle.json. @throws Error with the reason if it is none */
export function parseContract(text: string): Contract {
  const data = JSON.parse(text) as Partial<Contract> | null;
  if (data === null || typeof data !== "object" || data.contract !== 1)
    throw new Error("its bundle.json is of a format that this Sluice does not know");
  const { bundle, variables, facts: read, layers, options } = data;
  if (
    typeof bundle !== "string" ||
    typeof variables !== "object" ||
    !Array.isArray(read) ||
    !Array.isArray(layers) ||
    !Array.isArray(options)
  )
    throw new Error("its bundle.json is incomplete");
  return { bundle, contract: 1, variables: variables, facts: read, layers, options };
}
