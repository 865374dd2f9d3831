import { ExpandError } from "./expand-error.ts";

/** A `${…}` of a template. */
export interface Expansion {
  readonly variable: string;
  readonly operator: string;
  readonly args: readonly Part[];
}
/** A piece of a template: text, or what stands for a variable. */
export type Part = string | Expansion;

/** The parts of a template. @throws ExpandError if it cannot be read */
export const readTemplate = (text: string): readonly Part[] => new Parser(text).parse();

const deepest = 200;

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
