/** The values of a chart. */
export type Values = Readonly<Record<string, unknown>>;

/** The values with `value` at a path such as `image.tag`, without changing them. */
export function withValue(values: Values, path: string, value: unknown): Values {
  const [key = "", ...rest] = path.split(".");
  if (rest.length === 0) return { ...values, [key]: value };
  const inner = values[key];
  const object =
    typeof inner === "object" && inner !== null && !Array.isArray(inner) ? (inner as Values) : {};
  return { ...values, [key]: withValue(object, rest.join("."), value) };
}

/** What is wrong with the path of a value, or undefined. */
export function valuePathProblem(path: string): string | undefined {
  return path.split(".").every((key) => key !== "")
    ? undefined
    : `'${path}' is no path of a value, such as image.tag`;
}
