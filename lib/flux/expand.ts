import { trim } from "./shell-pattern.ts";

/**
 * Looks a variable up. @param hasDefault whether the text says what to take where it is not set
 * @returns its value, or undefined where it is not set
 */
export type Lookup = (name: string, hasDefault: boolean) => string | Unknown | undefined;

/**
 * A value that git does not hold, because the cluster's stack or a Secret gives it. It stands in the result as
 * `⟨giver:name⟩`, with the operation behind the name where one changes it.
 */
export class Unknown {
  /** Who gives the value: `stack`, `secret`, … */
  readonly giver: string;
  readonly name: string;
  constructor(giver: string, name: string) {
    this.giver = giver;
    this.name = name;
  }
}

/** Why a text cannot be expanded: kustomize-controller fails the build with the same reason. */
export class ExpandError extends Error {
  override readonly name = "ExpandError";
}

/** No manifest comes near: etcd takes objects of 1.5 MiB. */
export const longestResult = 8 * 1024 * 1024;
const deepest = 200;

/**
 * Puts variables into a text as Flux's postBuild substitution does, strictly: a variable that is not set and has
 * no default is an error. Lengths and offsets count bytes, `:=`, `:-`, `=` are all «if empty», `:?` and `:+` too,
 * `$$` is a literal `$` (fluxcd/pkg/envsubst; Flux's documentation on post build variable substitution).
 * @throws ExpandError
 */
export function expand(text: string, lookup: Lookup): string {
  if (!text.includes("$")) return text;
  const parts = new Parser(text).parse();
  const budget = { left: longestResult };
  let result = "";
  for (const part of parts) result += typeof part === "string" ? part : evaluate(part, lookup, budget);
  if (result.length > longestResult) throw tooLong();
  return result;
}

/** The names of the variables that a text uses. @throws ExpandError if it cannot be read */
export function variablesIn(text: string): Set<string> {
  const names = new Set<string>();
  const visit = (part: Part) => {
    if (typeof part === "string") return;
    names.add(part.variable);
    part.args.forEach(visit);
  };
  if (text.includes("$")) new Parser(text).parse().forEach(visit);
  return names;
}

interface Expansion {
  readonly variable: string;
  readonly operator: string;
  readonly args: readonly Part[];
}
type Part = string | Expansion;

const identifier = /[\p{L}\p{Nd}_]+/uy;

/** Reads a template. Which characters end a part differs from operator to operator, as in the shell's own grammar. */
class Parser {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): Part[] {
    const parts: Part[] = [];
    while (this.#at < this.#text.length) {
      if (this.#opens()) parts.push(this.#expansion());
      else {
        let end = this.#text.indexOf("$", this.#at);
        let literal = "";
        while (end >= 0 && this.#text[end + 1] !== "{") {
          literal += this.#text.slice(this.#at, end + 1);
          this.#at = this.#text[end + 1] === "$" ? end + 2 : end + 1;
          end = this.#text.indexOf("$", this.#at);
        }
        parts.push(literal + this.#text.slice(this.#at, end < 0 ? undefined : end));
        this.#at = end < 0 ? this.#text.length : end;
      }
    }
    return parts;
  }

  #opens(): boolean {
    return this.#text.startsWith("${", this.#at);
  }

  #peek(offset = 0): string {
    return this.#text[this.#at + offset] ?? "";
  }

  #expansion(): Expansion {
    if (++this.#depth > deepest) throw new ExpandError(`placeholders are nested more than ${deepest} deep`);
    this.#at += 2;
    const expansion = this.#inner();
    this.#depth--;
    return expansion;
  }

  #inner(): Expansion {
    if (this.#peek() === "#") {
      this.#at++;
      const variable = this.#identifier("bad substitution");
      this.#close();
      return { variable, operator: "#", args: [] };
    }
    const variable = this.#identifier("unable to parse variable name");
    switch (this.#peek()) {
      case ":":
        return "=-?+".includes(this.#peek(1)) && this.#peek(1) !== ""
          ? this.#default(variable, 2)
          : this.#substring(variable);
      case "=":
        return this.#default(variable, 1);
      case ",":
      case "^":
        return this.#casing(variable);
      case "/":
        return this.#replace(variable);
      case "#":
      case "%":
        return this.#remove(variable);
      case "}":
        this.#at++;
        return { variable, operator: "", args: [] };
      default:
        throw new ExpandError("missing closing brace");
    }
  }

  #identifier(otherwise: string): string {
    identifier.lastIndex = this.#at;
    const match = identifier.exec(this.#text);
    if (match === null) throw new ExpandError(otherwise);
    this.#at += match[0].length;
    return match[0];
  }

  #close(): void {
    if (this.#peek() !== "}") throw new ExpandError("bad substitution");
    this.#at++;
  }

  /** `length` characters of an operator. */
  #operator(length: number): string {
    const operator = this.#text.slice(this.#at, this.#at + length);
    this.#at += length;
    return operator;
  }

  /** A nested expansion, or text up to one of `ends` or the next expansion. */
  #argument(ends: string, escapes = false): Part {
    if (this.#opens()) return this.#expansion();
    let text = "";
    for (let first = true; this.#at < this.#text.length && !this.#opens(); first = false) {
      const character = this.#peek();
      const next = this.#peek(1);
      const escaped =
        escapes &&
        ((character === "$" && next === "$") || (character === "\\" && (next === "/" || next === "\\")));
      if (escaped) {
        text += next;
        this.#at += 2;
      } else if (ends.includes(character)) {
        if (first) break;
        return text;
      } else {
        text += character;
        this.#at++;
      }
    }
    if (text === "") throw new ExpandError("unable to parse substitution within function");
    return text;
  }

  #default(variable: string, length: number): Expansion {
    const operator = this.#operator(length);
    const args: Part[] = [];
    while (this.#peek() !== "}") args.push(this.#argument("}"));
    this.#close();
    return { variable, operator, args };
  }

  #substring(variable: string): Expansion {
    this.#at++;
    if (this.#at >= this.#text.length) throw new ExpandError("bad substitution");
    const args = [this.#argument(":}")];
    if (this.#peek() === "}") {
      this.#at++;
      return { variable, operator: ":", args };
    }
    if (this.#peek() !== ":") throw new ExpandError("bad substitution");
    while (this.#peek() === ":") this.#at++;
    args.push(this.#argument("}"));
    this.#close();
    return { variable, operator: ":", args };
  }

  #casing(variable: string): Expansion {
    const operator = this.#operator(",^".includes(this.#peek(1)) && this.#peek(1) !== "" ? 2 : 1);
    this.#close();
    return { variable, operator, args: [] };
  }

  #remove(variable: string): Expansion {
    const operator = this.#operator(this.#peek(1) === this.#peek() ? 2 : 1);
    const args = [this.#argument("}")];
    this.#close();
    return { variable, operator, args };
  }

  #replace(variable: string): Expansion {
    const operator = this.#operator("/#%".includes(this.#peek(1)) && this.#peek(1) !== "" ? 2 : 1);
    const args = [this.#argument("/", true)];
    if (this.#peek() !== "/") throw new ExpandError("bad substitution");
    while (this.#peek() === "/") this.#at++;
    if (this.#peek() !== "}") args.push(this.#argument("}", true));
    this.#close();
    return { variable, operator, args };
  }
}

const defaults = new Set(["=", ":=", ":-", ":?", ":+"]);

function evaluate({ variable, operator, args }: Expansion, lookup: Lookup, budget: { left: number }): string {
  const texts = args.map((arg) => (typeof arg === "string" ? arg : evaluate(arg, lookup, budget)));
  const value = lookup(variable, defaults.has(operator));
  if (value === undefined && !defaults.has(operator))
    throw new ExpandError(`variable not set (strict mode): "${variable}"`);
  if (value instanceof Unknown) return symbol(value, operator, texts);
  const result = apply(value ?? "", operator, texts);
  budget.left -= result.length;
  if (budget.left < 0) throw tooLong();
  return result;
}

/** Why a result that is longer is refused. */
export const tooLong = (): ExpandError =>
  new ExpandError(`the result is longer than ${longestResult} characters`);

/** Such as `⟨stack:vpc_id⟩` or `⟨stack:vpc_id^^⟩`: without characters that YAML would take for its own. */
function symbol({ giver, name }: Unknown, operator: string, args: readonly string[]): string {
  const own = defaults.has(operator) ? "" : `${operator}${args.join("/")}`;
  return `⟨${giver}:${name}${own.replace(/[^\w^,:/%.=+-]/g, "_").replace(/:$/, "_")}⟩`;
}

function apply(value: string, operator: string, args: readonly string[]): string {
  const [first = "", second = ""] = args;
  switch (operator) {
    case "#":
      return args.length === 0 ? String(Buffer.byteLength(value)) : trim(value, first, "start", "shortest");
    case "##":
      return trim(value, first, "start", "longest");
    case "%":
      return trim(value, first, "end", "shortest");
    case "%%":
      return trim(value, first, "end", "longest");
    case ",,":
      return value.toLowerCase();
    case "^^":
      return upper(value);
    case ",":
      return onFirst(value, (letter) => letter.toLowerCase());
    case "^":
      return onFirst(value, upper);
    case ":":
      return substring(value, args);
    case "/":
      return value.replace(first, () => second);
    case "//":
      return replaceAll(value, first, second);
    case "/#":
      return args.length === 2 && value.startsWith(first) ? second + value.slice(first.length) : value;
    case "/%":
      return args.length === 2 && value.endsWith(first)
        ? value.slice(0, value.length - first.length) + second
        : value;
    default:
      return value === "" ? args.join("") : value;
  }
}

/** Go maps one character to one: ß stays. */
const upper = (text: string): string =>
  Array.from(text, (letter) => {
    const changed = letter.toUpperCase();
    return Array.from(changed).length === 1 ? changed : letter;
  }).join("");

function onFirst(text: string, change: (letter: string) => string): string {
  const letter = String.fromCodePoint(
    ...Array.from(text.slice(0, 2), (part) => part.codePointAt(0)!).slice(0, 1),
  );
  return text === "" ? text : change(letter) + text.slice(letter.length);
}

function replaceAll(text: string, from: string, to: string): string {
  // Between all characters, not UTF-16 units.
  if (from === "") return to + Array.from(text, (letter) => letter + to).join("");
  const pieces = text.split(from);
  if (text.length + (pieces.length - 1) * to.length > longestResult) throw tooLong();
  return pieces.join(to);
}

/** By bytes, as Go slices text. @throws ExpandError where Go's slice is out of range, or half a character is left */
function substring(value: string, [offset, size]: readonly string[]): string {
  const bytes = Buffer.from(value);
  let from = goInteger(offset!);
  if (from === undefined) return value;
  if (from < 0) from = Math.max(0, bytes.length + from);
  let to = bytes.length;
  if (size !== undefined) {
    const length = goInteger(size);
    if (length === undefined) return value;
    to = Math.min(from + length, bytes.length);
    if (from < bytes.length && to < from) throw new ExpandError(`slice bounds out of range [${from}:${to}]`);
  }
  if (from >= bytes.length) {
    if (to < from && size !== undefined && from + goInteger(size)! < bytes.length)
      throw new ExpandError(`slice bounds out of range [${from}:${to}]`);
    return "";
  }
  const piece = bytes.subarray(from, to);
  const text = piece.toString();
  if (!Buffer.from(text).equals(piece)) throw new ExpandError("it cuts a character in two");
  return text;
}

/** strconv.Atoi, undefined where it fails. */
function goInteger(text: string): number | undefined {
  if (!/^[+-]?\d+$/.test(text)) return undefined;
  const value = BigInt(text.startsWith("+") ? text.slice(1) : text);
  return value >= -(2n ** 63n) && value < 2n ** 63n ? Number(value) : undefined;
}
