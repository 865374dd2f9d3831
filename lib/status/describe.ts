import type { ClusterStatus } from "./status.ts";

/**
 * Rows as a table: a line for each cluster, its owner and the reason why it is not ready at its end. Where that is
 * too wide for a terminal, these two stand below their cluster's line, wrapped.
 * @param width how many columns there are. @default no limit, as in a file or a pipe
 */
export function describeStatus(rows: readonly ClusterStatus[], now: Date, width = Infinity): string {
  if (rows.length === 0) return "there are no clusters";
  const short = ["CLUSTER", "TYPE", "TRACKS", "RUNS", "STATE"];
  const cells = rows.map(({ cluster, type, tracks, state }) => [
    cluster,
    type,
    tracks[0]?.track ?? "",
    shortRevision(tracks[0]?.revision),
    state,
  ]);
  const owners = rows.map(({ sandbox }) =>
    sandbox === undefined ? "" : `${sandbox.owner}, ${describeExpiry(sandbox.expires, now)}`,
  );
  const reasons = rows.map(({ reason = "" }) => reason);
  const wide = table(
    [...short, "OWNER", "REASON"],
    cells.map((row, index) => [...row, owners[index]!, reasons[index]!]),
  );
  if (wide.every((line) => line.length <= width)) return wide.join("\n");
  const [heading, ...lines] = table(short, cells);
  return [
    heading!,
    ...lines.flatMap((line, index) => [
      line,
      ...(owners[index] === "" ? [] : wrap(`owner: ${owners[index]}`, width)),
      ...(reasons[index] === "" ? [] : wrap(reasons[index]!, width)),
    ]),
  ].join("\n");
}

/** Lines of a table in which a column that nobody has anything in is left out. */
function table(heading: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const all = [heading, ...rows];
  const columns = heading.flatMap((_, column) => (rows.some((row) => row[column] !== "") ? [column] : []));
  const widths = heading.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  return all.map((row) =>
    columns
      .map((column) => row[column]!.padEnd(widths[column]!))
      .join("  ")
      .trimEnd(),
  );
}

/** Words in lines of a width, indented. A word that is longer than a line stays whole, to be copied. */
function wrap(text: string, width: number, indent = "  "): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(`${indent}${word}`);
  }
  return lines;
}

/** `main@sha1:0123456789…` as `main@0123456`. */
export function shortRevision(revision: string | undefined): string {
  if (revision === undefined) return "";
  const match = /^(.*)@sha\d+:([0-9a-f]+)$/.exec(revision);
  return match === null ? revision : `${match[1]}@${match[2]!.slice(0, 7)}`;
}

/** How long a sandbox may live, or since when it should not. */
export function describeExpiry(expires: string, now: Date): string {
  const hours = (Date.parse(expires) - now.getTime()) / 3_600_000;
  const time =
    Math.abs(hours) < 48 ? `${Math.floor(Math.abs(hours))} h` : `${Math.floor(Math.abs(hours) / 24)} days`;
  return hours < 0 ? `expired ${time} ago` : `${time} left`;
}
