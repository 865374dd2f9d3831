import type { Cluster } from "../fleet/cluster.ts";
import type { Problem } from "../fleet/user-error.ts";
import { retyped, valueProblem, type Variable } from "../fleet/variables.ts";

/** A value that the stack found out, and whether it is a secret of the stack. */
export interface OutputValue {
  readonly value: string | number | boolean;
  readonly secret: boolean;
}

/** What the ConfigMap and the Secret `cluster-outputs` hold. */
export interface OutputData {
  readonly plain: Readonly<Record<string, string>>;
  readonly secret: Readonly<Record<string, string>>;
}

/** The variables of a cluster's bundles that its stack gives, by name. */
export function stackVariables(cluster: Pick<Cluster, "bundles">): ReadonlyMap<string, Variable> {
  const variables = new Map<string, Variable>();
  for (const bundle of cluster.bundles)
    for (const [name, variable] of Object.entries(bundle.class.variables))
      if (variable.giver === "stack") variables.set(name, variable);
  return variables;
}

/**
 * Sorts what a stack outputs into what a ConfigMap may hold and what only a Secret may, after the checks that
 * a value given in git would get. What no bundle declares is for the cluster's apps.
 */
export function outputData(
  variables: ReadonlyMap<string, Variable>,
  outputs: Readonly<Record<string, OutputValue | undefined>>,
): OutputData | { readonly problems: Problem[] } {
  const problems: Problem[] = [];
  const refuse = (message: string, remedy?: string) =>
    problems.push({ where: "outputs of the stack", message, ...(remedy === undefined ? {} : { remedy }) });
  const data = { plain: {} as Record<string, string>, secret: {} as Record<string, string> };
  for (const [name, variable] of variables)
    if (outputs[name] === undefined && variable.default === undefined)
      refuse(
        `the stack gives no '${name}', which a bundle of the cluster expects and has no default for`,
        `return ${name} from 'outputs' in stacks/index.ts`,
      );
  for (const [name, output] of Object.entries(outputs)) {
    if (output === undefined) continue;
    const variable = variables.get(name);
    const problem =
      variable === undefined ? undeclaredProblem(name, output) : valueProblem(name, variable, output.value);
    // The value itself may be a secret: the message must not show it.
    if (problem !== undefined)
      refuse(output.secret ? `the value of '${name}' is none that a manifest can take` : problem);
    if (variable !== undefined && variable.secret !== true && output.secret)
      refuse(
        `'${name}' is a secret of the stack, and would stand in a ConfigMap`,
        `declare it as a secret: text({ from: "stack", secret: true })`,
      );
    data[variable?.secret === true || output.secret ? "secret" : "plain"][name] = String(output.value);
  }
  return problems.length > 0 ? { problems } : data;
}

function undeclaredProblem(name: string, { value }: OutputValue): string | undefined {
  if (!/^[a-z_][a-z0-9_]*$/.test(name)) return `'${name}' is no name of a variable`;
  // Apps get it without quotes, which do not survive kustomize.
  const reason = retyped(String(value));
  return reason === undefined ? undefined : `'${name}' is ${JSON.stringify(value)}, ${reason}`;
}
