import { type CelFunc, celFunc, celMethod, CelScalar } from "@bufbuild/cel";
import { addedType, ValueError } from "./value.ts";

/** An amount such as `1.5Gi`. */
interface Quantity {
  /** In billionths. */
  readonly billionths: bigint;
  /** Decimal places that it counts in; undefined where Kubernetes keeps it as a number of any length. */
  readonly scale: number | undefined;
}

const { BOOL, DOUBLE, INT, STRING } = CelScalar;
const quantity = addedType<Quantity>("kubernetes.Quantity");
const { type } = quantity;
const make = (value: Quantity) => quantity.make(value, String(value.billionths));
const read = quantity.read;
const amount = (value: Parameters<typeof read>[0]) => read(value).billionths;
const billion = 10n ** 9n;

/** k8s.io/apiserver/pkg/cel/library, quantity.go */
export const quantityFunctions: CelFunc[] = [
  celFunc("quantity", [STRING], type, (text) => {
    const parsed = parseQuantity(text);
    if (parsed === undefined) throw new ValueError("the text is no quantity");
    return make(parsed);
  }),
  celFunc("isQuantity", [STRING], BOOL, (text) => parseQuantity(text) !== undefined),
  celFunc("sign", [type], INT, (value) => order(amount(value), 0n)),
  celMethod("isGreaterThan", type, [type], BOOL, function (other) {
    return amount(this) > amount(other);
  }),
  celMethod("isLessThan", type, [type], BOOL, function (other) {
    return amount(this) < amount(other);
  }),
  celMethod("compareTo", type, [type], INT, function (other) {
    return order(amount(this), amount(other));
  }),
  celMethod("asApproximateFloat", type, [], DOUBLE, function () {
    const all = amount(this);
    return all % billion === 0n ? Number(all / billion) : Number(all) / Number(billion);
  }),
  celMethod("isInteger", type, [], BOOL, function () {
    return asInteger(read(this)) !== undefined;
  }),
  celMethod("asInteger", type, [], INT, function () {
    const whole = asInteger(read(this));
    if (whole === undefined) throw new ValueError("cannot convert value to integer");
    return whole;
  }),
  celMethod("add", type, [type], type, function (other) {
    return make(sum(read(this), read(other)));
  }),
  celMethod("add", type, [INT], type, function (other) {
    return make(sum(read(this), whole(other)));
  }),
  celMethod("sub", type, [type], type, function (other) {
    return make(sum(read(this), negative(read(other))));
  }),
  celMethod("sub", type, [INT], type, function (other) {
    return make(sum(read(this), whole(-other)));
  }),
];

const order = (a: bigint, b: bigint): bigint => (a < b ? -1n : a > b ? 1n : 0n);
const whole = (value: bigint): Quantity => ({ billionths: value * billion, scale: 0 });
const negative = ({ billionths, scale }: Quantity): Quantity => ({ billionths: -billionths, scale });
const isInt64 = (value: bigint): boolean => BigInt.asIntN(64, value) === value;

/** Only of what Kubernetes counts in whole units, not of `1.0`. */
function asInteger({ billionths, scale }: Quantity): bigint | undefined {
  const value = billionths / billion;
  return scale !== undefined && scale >= 0 && isInt64(value) ? value : undefined;
}

function sum(a: Quantity, b: Quantity): Quantity {
  const billionths = a.billionths + b.billionths;
  if (a.scale === undefined || b.scale === undefined) return { billionths, scale: undefined };
  if (a.billionths === 0n) return b;
  if (b.billionths === 0n) return a;
  return { billionths, scale: Math.min(a.scale, b.scale) };
}

const decimal: Readonly<Record<string, number>> = {
  "": 0,
  ...{ n: -9, u: -6, m: -3, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 },
};
const binary: Readonly<Record<string, number>> = { Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 };
/** Nobody has a quantity of more digits, and counting with a million of them takes minutes. */
const mostDigits = 400;

/**
 * k8s.io/apimachinery/pkg/api/resource, ParseQuantity: what is smaller than a billionth counts as one, and a binary
 * quantity is at most 2⁶³ - 1. Undefined for what is none.
 */
function parseQuantity(text: string): Quantity | undefined {
  const match = /^([+-]?)0*(\d*)(?:\.(\d*))?([eEinumkKMGTP]*[-+]?\d*)$/.exec(text);
  if (text === "" || match === null) return undefined;
  const [, sign, ahead = "", behind = "", suffix = ""] = match;
  const power = /^[eE]([+-]?\d+)$/.exec(suffix)?.[1];
  const two = binary[suffix];
  const ten = two !== undefined ? 0 : power === undefined ? decimal[suffix] : Number(power);
  const digits = (ahead === "" ? 1 : ahead.length) + behind.length;
  if (ten === undefined || digits + Math.abs(ten) > mostDigits) return undefined;
  const scale = ten - behind.length;
  const fast =
    two === undefined
      ? digits <= 18 && scale >= -9
      : behind === "" && 15 - digits - Math.trunc(two * 0.3) - 1 >= 0;
  let value = BigInt(`${ahead}${behind}` || "0") << BigInt(two ?? 0);
  const shift = scale + 9;
  if (shift >= 0) value *= 10n ** BigInt(shift);
  else {
    const divisor = 10n ** BigInt(-shift);
    value = (value + divisor - 1n) / divisor;
  }
  const most = (2n ** 63n - 1n) * billion;
  if (two !== undefined && value > most) value = most;
  return { billionths: sign === "-" ? -value : value, scale: fast ? scale : undefined };
}
