import type { ClusterStatus } from "./status.ts";

/** Rows as a table: a line for each cluster, and the reason why it is not ready at its end. */
export function describeStatus(rows: readonly ClusterStatus[], now: Date): string {
  const heading = ["CLUSTER", "TYPE", "TRACKS", "RUNS", "STATE", "OWNER", "REASON"];
  const table = [
    heading,
    ...rows.map(({ cluster, type, tracks, state, reason, sandbox }) => [
      cluster,
      type,
      tracks[0]?.track ?? "",
      shortRevision(tracks[0]?.revision),
      state,
      sandbox === undefined ? "" : `${sandbox.owner}, ${describeExpiry(sandbox.expires, now)}`,
      reason ?? "",
    ]),
  ];
  const widths = heading.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  // A column that nobody has anything in is left out.
  const columns = heading.flatMap((_, column) =>
    rows.some((__, row) => table[row + 1]![column] !== "") ? [column] : [],
  );
  return table
    .map((row) =>
      columns
        .map((column) => row[column]!.padEnd(widths[column]!))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
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
