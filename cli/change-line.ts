import { styleText } from "node:util";

/** The most characters of a value that are shown. */
const most = 60;

/** A field that differs, on one line: `spec.replicas: 1 → 3`. Of long values it shows where they differ. */
export function changeLine({
  path,
  before,
  after,
}: {
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}): string {
  const [from, to] = [textOf(before), textOf(after)];
  let same = 0;
  while (same < from.length && from[same] === to[same]) same++;
  // What is before the first difference gives way where that would not be seen.
  const start = same < most / 2 || Math.max(from.length, to.length) <= most ? 0 : same - most / 3;
  return `${path}: ${cut(from, start)} ${styleText("dim", "→")} ${cut(to, start)}`;
}

const textOf = (value: unknown): string =>
  value === undefined ? "(none)" : typeof value === "string" ? value : JSON.stringify(value);

function cut(text: string, start: number): string {
  const rest = start === 0 ? text : `…${text.slice(start)}`;
  return rest.length > most ? `${rest.slice(0, most - 1)}…` : rest;
}
