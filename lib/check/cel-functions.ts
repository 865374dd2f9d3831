import {
  type CelFunc,
  celFunc,
  type CelList,
  celMethod,
  CelScalar,
  type CelValue,
  listType,
} from "@bufbuild/cel";
import { strings } from "@bufbuild/cel/ext";

const { BOOL, DYN, INT, STRING } = CelScalar;
const list = listType(DYN);

/**
 * What Kubernetes adds to CEL, as far as it can be told without an API server:
 * kubernetes.io/docs/reference/using-api/cel/#cel-options-language-features-and-libraries
 */
export const kubernetesFunctions: CelFunc[] = [
  ...strings,
  celMethod("find", STRING, [STRING], STRING, function (pattern) {
    return new RegExp(pattern).exec(this)?.[0] ?? "";
  }),
  celMethod("findAll", STRING, [STRING], listType(STRING), function (pattern) {
    return [...this.matchAll(new RegExp(pattern, "g"))].map(([found]) => found);
  }),
  celMethod("isSorted", list, [], BOOL, function () {
    const items = itemsOf(this);
    return items.every((item, index) => index === 0 || items[index - 1]! <= item);
  }),
  celMethod("sum", list, [], DYN, function () {
    const items = itemsOf(this);
    return items.reduce<bigint | number>(
      (sum, item) => (typeof item === "number" ? Number(sum) + item : BigInt(sum) + BigInt(item)),
      0n,
    );
  }),
  celMethod("min", list, [], DYN, function () {
    return extreme(itemsOf(this), (a, b) => a < b);
  }),
  celMethod("max", list, [], DYN, function () {
    return extreme(itemsOf(this), (a, b) => a > b);
  }),
  celMethod("indexOf", list, [DYN], INT, function (wanted) {
    return BigInt(itemsOf(this).indexOf(wanted as Item));
  }),
  celMethod("lastIndexOf", list, [DYN], INT, function (wanted) {
    return BigInt(itemsOf(this).lastIndexOf(wanted as Item));
  }),
  celFunc("isURL", [STRING], BOOL, (text) => URL.canParse(text) || text.startsWith("/")),
];

type Item = string | number | bigint | boolean;

const itemsOf = (values: CelList): Item[] => [...values] as Item[];

function extreme(items: readonly Item[], isBetter: (a: Item, b: Item) => boolean): CelValue {
  if (items.length === 0) throw new Error("index out of bounds: the list is empty");
  return items.reduce((best, item) => (isBetter(item, best) ? item : best));
}
