/**
 * How Go's YAML libraries read a plain scalar. kustomize reads a manifest with yaml.v3; what the substitution made
 * is read again with yaml.v2, for which `yes` and `on` are booleans too (go.yaml.in/yaml, resolve.go).
 */
export type Dialect = "v2" | "v3";

/** A whole number that JavaScript's numbers cannot hold exactly is kept as this text, so that no digit is lost. */
export const bigNumberMark = "\u0000number:";

const booleans: ReadonlyMap<string, boolean> = new Map([
  ...["true", "True", "TRUE"].map((text) => [text, true] as const),
  ...["false", "False", "FALSE"].map((text) => [text, false] as const),
]);
const moreBooleans: ReadonlyMap<string, boolean> = new Map([
  ...["y", "Y", "yes", "Yes", "YES", "on", "On", "ON"].map((text) => [text, true] as const),
  ...["n", "N", "no", "No", "NO", "off", "Off", "OFF"].map((text) => [text, false] as const),
]);
const nulls = new Set(["", "~", "null", "Null", "NULL"]);

/** The value of a plain scalar. Dates stay text, and so do numbers in base 60. @throws Error on what JSON cannot hold */
export function resolveScalar(text: string, dialect: Dialect): string | number | boolean | null {
  const first = text.charCodeAt(0);
  // Only what begins with a digit, a sign, a dot or one of the words' letters can be anything but text.
  if (first >= 48 && first <= 57) return resolveNumber(text);
  switch (text[0]) {
    case undefined:
    case "~":
      return nulls.has(text) ? null : text;
    case "+":
    case "-":
    case ".":
      return resolveNumber(text);
    case "t":
    case "T":
    case "f":
    case "F":
      return booleans.get(text) ?? text;
    case "n":
    case "N":
    case "y":
    case "Y":
    case "o":
    case "O":
      if (nulls.has(text)) return null;
      return dialect === "v2" ? (moreBooleans.get(text) ?? text) : text;
    default:
      return text;
  }
}

const float = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/;
const whole = /^([-+]?)(?:(0[xX][0-9a-fA-F]+)|(0[bB][01]+)|0[oO]?([0-7]*)|([1-9][0-9]*))$/;

function resolveNumber(text: string): string | number {
  if (/^\d{4}-/.test(text) && isDate(text)) return text;
  if (/^[-+]?\.(inf|Inf|INF)$|^\.(nan|NaN|NAN)$/.test(text))
    throw new Error(`${text} is a number that JSON cannot hold`);
  const plain = text.startsWith(".") ? text : text.replaceAll("_", "");
  if (text.startsWith(".")) return float.test(text) ? Number(text) : text;
  const match = whole.exec(plain);
  if (match !== null) {
    const [, sign, hex, binary, octal, decimal] = match;
    const prefixed = /^[-+]?0[oO]$/.test(plain);
    if (!prefixed) {
      const magnitude = BigInt(
        hex ?? binary?.toLowerCase() ?? (octal === undefined ? decimal! : `0o${octal || "0"}`),
      );
      const value = sign === "-" ? -magnitude : magnitude;
      if (value >= -(2n ** 63n) && value < 2n ** 64n && !(sign === "+" && value >= 2n ** 63n))
        return exact(value);
    }
  }
  if (!float.test(plain)) return text;
  const number = Number(plain);
  if (!Number.isFinite(number)) return text;
  return Object.is(number, -0) ? 0 : number;
}

function exact(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : `${bigNumberMark}${value}`;
}

const months = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** A date as yaml.v2 and v3 know it, which is text for JSON, but is printed in quotes. */
export function isDate(text: string): boolean {
  const match =
    /^(\d{4})-(\d{1,2})-(\d{1,2})(?:(?:[Tt](\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,]\d+)?(?:Z|[+-]\d\d:\d\d))|(?: (\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,]\d+)?))?$/.exec(
      text,
    );
  if (match === null) return false;
  const [year, month, day, ...clock] = match.slice(1).map(Number) as [number, number, number, ...number[]];
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  if (month < 1 || month > 12 || day < 1 || day > (month === 2 && !leap ? 28 : months[month - 1]!))
    return false;
  const [hour, minute, second] = match[4] === undefined ? clock.slice(3) : clock;
  return hour === undefined || Number.isNaN(hour) || (hour < 24 && minute! < 60 && second! < 60);
}

/** Whether yaml.v2 reads a plain scalar as text, so that it prints that text without quotes. */
export function isPlainText(text: string): boolean {
  if (text === "<<" || isDate(text)) return false;
  if (/^[-+]?\d[\d_]*(?::[0-5]?\d)+(?:\.[\d_]*)?$/.test(text)) return false;
  try {
    const value = resolveScalar(text, "v2");
    return typeof value === "string" && !value.startsWith(bigNumberMark);
  } catch {
    return false;
  }
}
