import type { IResolver, ResolutionContext } from "cdk8s";
import type { Variable, Variables, VariableType } from "../lib/fleet/variables.ts";

declare const placeholder: unique symbol;
/** A number that is known only when Flux puts it in. It cannot be reckoned with, nor stand in a text field. */
export type NumberVariable = number & { readonly [placeholder]: "number" };
/** A boolean that is known only when Flux puts it in. It is never false: do not branch on it. */
export type BooleanVariable = boolean & { readonly [placeholder]: "boolean" };

/** The variables of a bundle as its manifests write them. Text ones can be part of longer text. */
export type Placeholders<V extends Variables> = {
  readonly [Name in keyof V]: {
    text: string;
    number: NumberVariable;
    boolean: BooleanVariable;
  }[V[Name]["type"]];
};

/** Registered by name: a bundle may come with a copy of this module of its own. */
const mark: unique symbol = Symbol.for("sluice.placeholder") as never;

/** A placeholder of a number or boolean at run time: `${replicas}` where text is wanted, an error in arithmetic. */
class Placeholder {
  readonly [mark] = true;
  readonly name: string;
  readonly type: VariableType;
  readonly #text: string;

  constructor(name: string, type: VariableType, text: string) {
    this.name = name;
    this.type = type;
    this.#text = text;
  }

  toJSON(): string {
    return this.#text;
  }

  toString(): string {
    return this.#text;
  }

  [Symbol.toPrimitive](hint: string): string {
    if (hint === "string") return this.#text;
    throw new Error(
      `variable '${this.name}' is known only in the cluster: it cannot be reckoned or compared with here`,
    );
  }
}

export function isPlaceholder(value: object): value is Placeholder {
  return mark in value;
}

/** `${name}`, or `${name:=default}`: defaults belong to the bundle, so that a release keeps its own. */
function placeholderText(name: string, { default: fallback }: Variable): string {
  return fallback === undefined || fallback === "" ? `\${${name}}` : `\${${name}:=${fallback}}`;
}

/** The placeholders of variables. */
export function placeholders<V extends Variables>(variables: V): Placeholders<V> {
  const entries = Object.entries(variables).map(([name, variable]) => {
    const text = placeholderText(name, variable);
    return [name, variable.type === "text" ? text : new Placeholder(name, variable.type, text)];
  });
  return Object.freeze(Object.fromEntries(entries)) as Placeholders<V>;
}

/** Lets cdk8s print placeholders of numbers and booleans: `new App({ resolvers: [new PlaceholderResolver()] })`. */
export class PlaceholderResolver implements IResolver {
  resolve(context: ResolutionContext): void {
    const value: unknown = context.value;
    if (typeof value === "object" && value !== null && isPlaceholder(value))
      context.replaceValue(value.toJSON());
  }
}

/** Text that holds `${…}` for someone else than Flux (a shell, a dashboard): escaped, so that Flux leaves it. */
export function literal(text: string): string {
  return text.replaceAll("${", () => "$${");
}
