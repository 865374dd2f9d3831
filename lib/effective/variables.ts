import { type Lookup, Unknown } from "../flux/expand.ts";
import { nameProblem } from "../flux/substitute.ts";
import type { Contract } from "../fleet/contract.ts";

type Json = Readonly<Record<string, unknown>>;

/** A ConfigMap or Secret of the cluster, by what substitution needs of it. */
export interface VariableSource {
  readonly kind: "ConfigMap" | "Secret";
  readonly object: Json;
}

/** An entry of substituteFrom. */
interface VariableReference {
  readonly kind: VariableSource["kind"];
  readonly name: string;
  readonly optional?: boolean;
}

/** The variables of one Kustomization. */
export interface UnitVariables {
  /** Whether Flux substitutes at all. */
  readonly active: boolean;
  readonly lookup: Lookup;
  /** The same with every value that a Secret gave as a symbol, or undefined if none did. */
  readonly masked: Lookup | undefined;
  /** Equal for equal variables. */
  readonly key: string;
  /** Values by name, for messages; what is not known is a symbol. */
  readonly values: ReadonlyMap<string, string | Unknown>;
  /** What of it git does not hold. */
  readonly notes: readonly string[];
  /** The ConfigMaps and Secrets that git does not hold, and that have to be there. */
  readonly missing: readonly Pick<VariableReference, "kind" | "name">[];
  /** Why Flux cannot substitute. */
  readonly problem: string | undefined;
}

/** The inputs with symbols where values of Secrets were put into them, where that is so. */
export interface ShownInputs {
  readonly spec: Json | undefined;
  readonly find: (kind: VariableSource["kind"], name: string) => Json | undefined;
}

/** The ConfigMap and Secret that a cluster's stack fills. */
const outputs = "cluster-outputs";

/**
 * The variables of a Kustomization: what substituteFrom names, later entries before earlier ones, and before all
 * of it what stands inline. A value that came out of a Secret on the way stays one. @param find the cluster's ConfigMaps and Secrets in the Kustomization's namespace
 */
export function unitVariables(
  spec: Json,
  find: (kind: VariableSource["kind"], name: string) => Json | undefined,
  contract: Contract | undefined,
  shown?: ShownInputs,
): UnitVariables {
  const postBuild = spec["postBuild"] as Json | undefined;
  if (postBuild === undefined || postBuild === null) return none;
  const values = new Map<string, string | Unknown>();
  const secrets = new Map<string, string>();
  const notes: string[] = [];
  let problem: string | undefined;
  let outside = false;
  let stack = false;
  const missing: VariableReference[] = [];
  const references = (postBuild["substituteFrom"] ?? []) as readonly VariableReference[];
  for (const { kind, name, optional } of references) {
    if (kind !== "ConfigMap" && kind !== "Secret") continue; // the schema allows no other
    const object = find(kind, name);
    if (object === undefined) {
      if (name === outputs) stack = true;
      else if (optional !== true) {
        outside = true;
        missing.push({ kind, name });
        notes.push(`the ${kind} '${name}' with variables is not in git: its values are unknown`);
      }
      continue;
    }
    const open = shown?.find(kind, name)?.["data"] as Json | undefined;
    for (const [variable, value] of dataOf(kind, object)) {
      values.set(variable, value);
      const isSecret = open !== undefined && open[variable] !== (object["data"] as Json)[variable];
      if (kind === "Secret" || isSecret) secrets.set(variable, name);
      else secrets.delete(variable);
    }
  }
  if (stack)
    for (const [name, variable] of Object.entries(contract?.variables ?? {}))
      if (variable.giver === "stack") values.set(name, new Unknown("stack", name));
  const inline = (postBuild["substitute"] ?? {}) as Json;
  const openInline = (shown?.spec?.["postBuild"] as Json | undefined)?.["substitute"] as Json | undefined;
  for (const [name, value] of Object.entries(inline)) {
    if (typeof value !== "string")
      problem = `postBuild.substitute.${name} is ${JSON.stringify(value)}, which is no text`;
    values.set(name, String(value).replaceAll("\n", ""));
    if (openInline !== undefined && openInline[name] !== value) secrets.set(name, "inline");
    else secrets.delete(name);
  }
  const active = values.size > 0 || stack || outside || postBuild["substituteStrategy"] === "Always";
  if (values.size > 0) problem ??= nameProblem(values.keys());
  // Where a contract says what the stack gives, nothing else comes from it.
  const open = stack && contract === undefined;
  const unset = (name: string, hasDefault: boolean) =>
    hasDefault
      ? undefined
      : open
        ? new Unknown("stack", name)
        : outside
          ? new Unknown("outside", name)
          : undefined;
  const lookup: Lookup = (name, hasDefault) => values.get(name) ?? unset(name, hasDefault);
  const masked: Lookup | undefined =
    secrets.size === 0
      ? undefined
      : (name, hasDefault) => (secrets.has(name) ? new Unknown("secret", name) : lookup(name, hasDefault));
  const sorted = [...values].sort(([a], [b]) => (a < b ? -1 : 1));
  const key = JSON.stringify([active, open, outside, problem, [...secrets], sorted]);
  return { active, lookup, masked, key, values, notes, missing, problem };
}

const none: UnitVariables = {
  active: false,
  lookup: () => undefined,
  masked: undefined,
  key: "",
  values: new Map(),
  notes: [],
  missing: [],
  problem: undefined,
};

function dataOf(kind: VariableSource["kind"], object: Json): [string, string | Unknown][] {
  const texts = (field: string) => Object.entries((object[field] ?? {}) as Json);
  const line = (text: unknown) => String(text).replaceAll("\n", "");
  if (kind === "ConfigMap") return texts("data").map(([key, value]) => [key, line(value)]);
  // Encrypted by SOPS: only the keys are known.
  if (object["sops"] !== undefined)
    return [...texts("data"), ...texts("stringData")].map(([key]) => [key, new Unknown("secret", key)]);
  return [
    ...texts("data").map(
      ([key, value]) =>
        [key, line(Buffer.from(String(value as string), "base64").toString())] as [string, string],
    ),
    ...texts("stringData").map(([key, value]) => [key, line(value)] as [string, string]),
  ];
}
