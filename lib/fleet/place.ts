import { fileURLToPath } from "node:url";

/** A place in a source file, as the stack of an error tells it. */
export interface Place {
  /** Absolute path. */
  readonly file: string;
  readonly line: number;
}

const key = Symbol.for("sluice.place");

/**
 * Remembers on `made` the line that called `constructor` (pass `new.target`: the line of the `new`). Costs
 * some microseconds; the stack is read only when {@link placeOf} asks. Line numbers are those of the
 * TypeScript source, as Node strips types in place.
 */
export function rememberPlace(made: object, constructor: (...args: never[]) => unknown): void;
export function rememberPlace(made: object, constructor: abstract new (...args: never[]) => unknown): void;
export function rememberPlace(made: object, constructor: unknown): void {
  const holder: { stack?: string } = {};
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 1;
  Error.captureStackTrace(holder, constructor as () => unknown);
  Error.stackTraceLimit = limit;
  (made as Record<symbol, unknown>)[key] = holder;
}

/** Where `made` was made, if it remembered. */
export function placeOf(made: object): Place | undefined {
  const holder = (made as Record<symbol, { stack?: string } | undefined>)[key];
  return holder?.stack === undefined ? undefined : firstPlace(holder.stack);
}

/** The first place that a stack names, Node's own files and `node_modules` passed over. */
export function firstPlace(stack: string): Place | undefined {
  for (const line of stack.split("\n")) {
    const match = /(?:\(|at )((?:file:\/\/|\/)[^()]+?):(\d+)(?::\d+)?\)?$/.exec(line.trim());
    if (match === null || match[1]!.includes("/node_modules/")) continue;
    const file = match[1]!.startsWith("file://") ? fileURLToPath(match[1]!.replace(/\?.*$/, "")) : match[1]!;
    return { file, line: Number(match[2]) };
  }
  return undefined;
}
