import { type CelFunc, type CelInput, celMethod, CelScalar } from "@bufbuild/cel";
import { addedType, ValueError } from "./value.ts";

const { BOOL, DYN } = CelScalar;
const added = addedType<CelInput | undefined>("cel.Optional");
const { read } = added;

/** What functions give that may have nothing to give: CEL's `optional_type`, without its own syntax (`a.?b`). */
export const optionalType = added.type;
export const some = (value: CelInput, key: string) => added.make(value, `some ${key}`);
export const none = () => added.make(undefined, "none");

export const optionalFunctions: CelFunc[] = [
  celMethod("hasValue", optionalType, [], BOOL, function () {
    return read(this) !== undefined;
  }),
  celMethod("value", optionalType, [], DYN, function () {
    const value = read(this);
    if (value === undefined) throw new ValueError("optional.none() dereference");
    return value;
  }),
  celMethod("orValue", optionalType, [DYN], DYN, function (other) {
    return read(this) ?? other;
  }),
];
