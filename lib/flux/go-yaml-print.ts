import { bigNumberMark, isPlainText } from "./go-scalar.ts";

/**
 * Prints an object as Flux does before it puts variables in: sorted, two blanks of indent, lines folded after 80
 * columns, quotes only where YAML 1.1 needs them. The substitution works on this text, so that a value can become
 * a number, a list or a comment just as it does in the cluster (go.yaml.in/yaml/v2, by way of sigs.k8s.io/yaml).
 */
export function printGoYaml(object: unknown): string {
  const printer = new GoYamlPrinter();
  printer.node(object, -2, "root");
  return printer.text.endsWith("\n") ? printer.text : `${printer.text}\n`;
}

const width = 80;

class GoYamlPrinter {
  text = "";
  /** Where the current line begins. */
  #line = 0;

  get #column(): number {
    // Columns count characters, not UTF-16 units.
    const line = this.text.slice(this.#line);
    return /[\ud800-\udbff]/.test(line) ? Array.from(line).length : line.length;
  }

  #break(indent: number): void {
    this.text += `\n${" ".repeat(Math.max(0, indent))}`;
    this.#line = this.text.length - Math.max(0, indent);
  }

  /** @param indent of the collection around */
  node(value: unknown, indent: number, within: "root" | "mapping" | "sequence"): void {
    if (Array.isArray(value)) {
      if (value.length === 0) this.#token("[]");
      // A list in a mapping stands as deep as its key.
      else this.#sequence(value, within === "mapping" ? indent : indent + 2, within);
    } else if (typeof value === "object" && value !== null) {
      const keys = Object.keys(value);
      if (keys.length === 0) this.#token("{}");
      else this.#mapping(value as Record<string, unknown>, keys, indent + 2, within);
    } else this.#scalar(value, indent + 2, false);
  }

  #token(token: string): void {
    if (this.text !== "" && !/[ \n]$/.test(this.text)) this.text += " ";
    this.text += token;
  }

  #mapping(value: Record<string, unknown>, keys: string[], indent: number, within: string): void {
    keys.sort(compareKeys);
    keys.forEach((key, index) => {
      if (index > 0 || within === "mapping") this.#break(indent);
      else if (within === "sequence") this.text += " ";
      const simple = !key.includes("\n") && Buffer.byteLength(key) <= 128;
      if (simple) {
        this.#scalar(key, indent + 2, true);
        this.text += ":";
      } else {
        this.text += "?";
        this.#scalar(key, indent + 2, false);
        this.#break(indent);
        this.text += ":";
      }
      this.node(value[key], indent, "mapping");
    });
  }

  #sequence(items: readonly unknown[], indent: number, within: string): void {
    items.forEach((item, index) => {
      if (index > 0 || within === "mapping") this.#break(indent);
      else if (within === "sequence") this.text += " ";
      this.text += "-";
      this.node(item, indent, "sequence");
    });
  }

  #scalar(value: unknown, indent: number, key: boolean): void {
    if (typeof value !== "string") this.#token(value === null ? "null" : goNumber(value as number | boolean));
    else if (value.startsWith(bigNumberMark)) this.#token(value.slice(bigNumberMark.length));
    else this.#string(value, indent, key);
  }

  #string(value: string, indent: number, key: boolean): void {
    const shape = analyse(value);
    let style: Style = value.includes("\n")
      ? "literal"
      : value !== "" && isPlainText(value)
        ? "plain"
        : "double";
    if (key && shape.multiline) style = "double";
    if (style === "plain" && !shape.plain) style = "single";
    if (style === "single" && !shape.single) style = "double";
    if (style === "literal" && (!shape.block || key)) style = "double";
    const foldable = !key;
    if (!/[ \n]$/.test(this.text) && this.text !== "") this.text += " ";
    if (style === "plain") this.#folded(value, indent, foldable, "");
    else if (style === "single") this.#folded(value.replaceAll("'", "''"), indent, foldable, "'");
    else if (style === "double") this.#double(value, indent, foldable);
    else this.#literal(value, indent);
  }

  #folded(value: string, indent: number, foldable: boolean, quote: string): void {
    this.text += quote;
    if (!foldable || this.#column + value.length <= width) this.text += value;
    else {
      let spaces = false;
      for (let at = 0; at < value.length; at++) {
        const space = value[at] === " ";
        const inner = quote === "" || (at > 0 && at < value.length - 1);
        if (space && !spaces && inner && value[at + 1] !== " " && this.#column > width) this.#break(indent);
        else this.text += value[at]!;
        spaces = space;
      }
    }
    this.text += quote;
  }

  #double(value: string, indent: number, foldable: boolean): void {
    this.text += '"';
    let spaces = false;
    const characters = Array.from(value);
    characters.forEach((character, at) => {
      const space = character === " ";
      if (space && foldable && !spaces && at > 0 && at < characters.length - 1 && this.#column > width) {
        this.#break(indent);
        if (characters[at + 1] === " ") this.text += "\\";
      } else this.text += escaped(character);
      spaces = space;
    });
    this.text += '"';
  }

  #literal(value: string, indent: number): void {
    this.text += "|";
    if (/^[ \n]/.test(value)) this.text += "2";
    if (!value.endsWith("\n")) this.text += "-";
    else if (value === "\n" || value.endsWith("\n\n")) this.text += "+";
    // Nothing is added to empty lines.
    const lines = value.split("\n");
    const last = lines.pop()!;
    for (const line of last === "" ? lines : [...lines, last]) {
      if (line === "") {
        this.text += "\n";
        this.#line = this.text.length;
      } else this.#break(indent);
      this.text += line;
    }
    // The line break that the value ends with is the text's.
    if (last === "" && lines.at(-1) === "") return;
  }
}

type Style = "plain" | "single" | "double" | "literal";

interface Shape {
  readonly multiline: boolean;
  readonly plain: boolean;
  readonly single: boolean;
  readonly block: boolean;
}

const breaks = /[\n\r\u0085\u2028\u2029]/;

/** In which styles a text can be written (libyaml's analysis). */
function analyse(value: string): Shape {
  if (value === "") return { multiline: false, plain: true, single: true, block: false };
  let indicators =
    /^(---|\.\.\.)/.test(value) ||
    /^[#,[\]{}&*!|>'"%@`]/.test(value) ||
    /^[?:-]([ \t\n\r\u0085\u2028\u2029]|$)/.test(value);
  if (/:([ \t\n\r\u0085\u2028\u2029]|$)/.test(value) || /[ \t\n\r\u0085\u2028\u2029]#/.test(value))
    indicators = true;
  const special = !printable.test(value);
  const multiline = breaks.test(value);
  const ends = /^ | $|^[\n\r\u0085\u2028\u2029]|[\n\r\u0085\u2028\u2029]$/.test(value);
  const breakSpace = /[\n\r\u0085\u2028\u2029] /.test(value);
  const spaceBreak = / [\n\r\u0085\u2028\u2029]/.test(value);
  return {
    multiline,
    plain: !(indicators || special || multiline || ends || breakSpace || spaceBreak),
    single: !(breakSpace || spaceBreak || special),
    block: !(value.endsWith(" ") || spaceBreak || special),
  };
}

const printable = /^[\n\u0020-\u007e\u0085\u00a0-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]*$/u;

const escapes: Readonly<Record<string, string>> = {
  "\0": "\\0",
  "\x07": "\\a",
  "\b": "\\b",
  "\t": "\\t",
  "\n": "\\n",
  "\v": "\\v",
  "\f": "\\f",
  "\r": "\\r",
  "\x1b": "\\e",
  '"': '\\"',
  "\\": "\\\\",
  "\u0085": "\\N",
  "\u2028": "\\L",
  "\u2029": "\\P",
};

function escaped(character: string): string {
  const short = escapes[character];
  if (short !== undefined) return short;
  if (printable.test(character)) return character;
  const code = character.codePointAt(0)!;
  const hex = code.toString(16).toUpperCase();
  if (code <= 0xff) return `\\x${hex.padStart(2, "0")}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
}

/** strconv.FormatFloat(…, 'g', -1, 64) for what is no whole number. */
function goNumber(value: number | boolean): string {
  if (typeof value === "boolean" || Number.isSafeInteger(value)) return String(value);
  const [mantissa, exponent] = value.toExponential().split("e") as [string, string];
  const power = Number(exponent);
  if (power < -4 || power >= 21)
    return `${mantissa}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
  return String(value);
}

const letter = /\p{L}/u;
const digit = /\p{Nd}/u;

/** The order of keys: letters last, numbers by their value. */
function compareKeys(a: string, b: string): number {
  const left = Array.from(a);
  const right = Array.from(b);
  for (let i = 0; i < left.length && i < right.length; i++) {
    if (left[i] === right[i]) continue;
    const before = keyBefore(left, right, i);
    return before ? -1 : 1;
  }
  return left.length - right.length;
}

function keyBefore(left: readonly string[], right: readonly string[], i: number): boolean {
  const l = left[i]!;
  const r = right[i]!;
  const lettered = [letter.test(l), letter.test(r)];
  if (lettered[0] && lettered[1]) return l.codePointAt(0)! < r.codePointAt(0)!;
  if (lettered[0] || lettered[1]) return lettered[1]!;
  let start = "";
  if (l === "0" || r === "0")
    for (let j = i - 1; j >= 0 && digit.test(left[j]!); j--)
      if (left[j] !== "0") {
        start = "1";
        break;
      }
  const number = (characters: readonly string[]) => {
    let end = i;
    while (end < characters.length && digit.test(characters[end]!)) end++;
    return { end, value: BigInt(`${start}${characters.slice(i, end).join("").replace(/\D/g, "0")}` || "0") };
  };
  const a = number(left);
  const b = number(right);
  if (a.value !== b.value) return a.value < b.value;
  if (a.end !== b.end) return a.end < b.end;
  return l.codePointAt(0)! < r.codePointAt(0)!;
}
