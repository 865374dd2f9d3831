import type { Construct } from "constructs";

/**
 * Throws one Error with everything that is wrong with a construct's props, each after the construct's path.
 * Its stack begins at the line that made the construct, not inside the library.
 * @param problems what is wrong; what is not a text is passed over
 */
export function refuse(construct: Construct, problems: readonly (string | false | undefined)[]): void {
  const found = problems.filter((problem) => typeof problem === "string");
  if (found.length === 0) return;
  const error = new Error(found.map((problem) => `${construct.node.path}: ${problem}`).join("\n"));
  const { stack } = error;
  // A construct is refused while it is made: all frames down to the call of its constructor are the library's.
  Error.captureStackTrace(error, construct.constructor);
  if (!/\n\s+at /.test(error.stack ?? ""))
    Object.defineProperty(error, "stack", { value: stack, configurable: true, writable: true });
  throw error;
}
