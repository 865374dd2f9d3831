import {
  celEnv,
  type CelFunc,
  celFunc,
  type CelList,
  CelScalar,
  isCelError,
  listType,
  parse,
  plan,
} from "@bufbuild/cel";

const { BOOL, DYN } = CelScalar;
const list = listType(DYN);
const plain = celEnv();

/** Lists as sets (github.com/google/cel-go/ext, sets.go), each said in CEL itself. */
export const setFunctions: CelFunc[] = [
  onTwo("sets.contains", "b.all(item, item in a)"),
  onTwo("sets.equivalent", "b.all(item, item in a) && a.all(item, item in b)"),
  onTwo("sets.intersects", "b.exists(item, item in a)"),
];

function onTwo(name: string, expression: string): CelFunc {
  const evaluate = plan(plain, parse(expression)) as (lists: { a: CelList; b: CelList }) => unknown;
  return celFunc(name, [list, list], BOOL, (a, b) => {
    const value = evaluate({ a, b });
    if (isCelError(value)) throw value;
    return value === true;
  });
}
