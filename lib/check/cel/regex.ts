import { type CelFunc, celMethod, CelScalar, listType } from "@bufbuild/cel";
import { goExpression } from "../../flux/go-expression.ts";

const { INT, STRING } = CelScalar;

/** k8s.io/apiserver/pkg/cel/library, regex.go; `matches` is in CEL itself. */
export const regexFunctions: CelFunc[] = [
  celMethod("find", STRING, [STRING], STRING, function (pattern) {
    return goExpression(pattern).find(this) ?? "";
  }),
  celMethod("findAll", STRING, [STRING], listType(STRING), function (pattern) {
    return goExpression(pattern).findAll(this);
  }),
  celMethod("findAll", STRING, [STRING, INT], listType(STRING), function (pattern, most) {
    const found = goExpression(pattern).findAll(this);
    return most < 0n ? found : found.slice(0, Number(most));
  }),
];
