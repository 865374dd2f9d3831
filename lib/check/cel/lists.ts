import { type CelFunc, type CelList, celMethod, CelScalar, type CelValue, listType } from "@bufbuild/cel";

const { BOOL, DYN, INT } = CelScalar;
const list = listType(DYN);

/** k8s.io/apiserver/pkg/cel/library, lists.go */
export const listFunctions: CelFunc[] = [
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
];

type Item = string | number | bigint | boolean;

const itemsOf = (values: CelList): Item[] => [...values] as Item[];

function extreme(items: readonly Item[], isBetter: (a: Item, b: Item) => boolean): CelValue {
  if (items.length === 0) throw new Error("index out of bounds: the list is empty");
  return items.reduce((best, item) => (isBetter(item, best) ? item : best));
}
