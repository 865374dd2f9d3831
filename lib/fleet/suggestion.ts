/** The known name that somebody who wrote `name` may have meant, if one is near enough. */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  let found: string | undefined;
  let least = Math.max(1, Math.floor(name.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < least) [found, least] = [candidate, distance];
  }
  return found;
}

/** A hint for a misspelt name: `; did you mean 'domain'?` for the nearest known name, else the list of the known ones. */
export function suggestion(name: string, known: Iterable<string>): string {
  const names = [...new Set(known)];
  const near = nearest(name, names);
  if (near !== undefined) return `; did you mean '${near}'?`;
  if (names.length === 0) return "; there are none";
  const shown = names.slice(0, 12).join(", ");
  return names.length > 12 ? `; known: ${shown}, … (${names.length})` : `; known: ${shown}`;
}

/** That a name is no cluster's. */
export const unknownCluster = (name: string, known: Iterable<string>): string =>
  `there is no cluster '${name}'${suggestion(name, known)}`;

/** Levenshtein's distance, a swap of neighbours counting one. */
function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min(row[j - 1]! + 1, rows[i - 1]![j]! + 1, rows[i - 1]![j - 1]! + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, rows[i - 2]![j - 2]! + 1);
      row.push(least);
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
}
