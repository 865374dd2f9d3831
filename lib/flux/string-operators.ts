import { ExpandError, longestResult, tooLong } from "./expand-error.ts";
import { trim } from "./shell-pattern.ts";

/**
 * Applies an operator of a `${variable…}` to the variable's value. @param args such as pattern and replacement
 * @throws ExpandError
 */
export function applyOperator(value: string, operator: string, args: readonly string[]): string {
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
