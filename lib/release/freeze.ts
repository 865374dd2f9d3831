import { suggestion } from "../fleet/suggestion.ts";
import type { Problem } from "../fleet/user-error.ts";
import { readMapping } from "../fleet/yaml-mapping.ts";
import { clustersFolder } from "../synth/paths.ts";

/** Where a freeze is written down. It holds while the file is on the main branch and its time is not over. */
export const freezeFile = `${clustersFolder}/freeze.yaml`;

/** A stop of all merges that change a bundle, while what is on the main branch is tested for a release. */
export interface Freeze {
  /** The names of the bundles that may not change. */
  readonly bundles: readonly string[];
  readonly reason: string;
  /** Who asked for it: a mail address or a name. */
  readonly by: string;
  /** When it began, in UTC, to the second. */
  readonly since: string;
  /** When it is over, in UTC, to the second. */
  readonly until: string;
}

/**
 * Whether a bundle may not change now, as the problem that a change of it has. A release made meanwhile changes
 * no bundle, so that what the freeze is for can go on.
 * @param freeze the one of the main branch
 */
export function frozen(freeze: Freeze | undefined, bundle: string, now: Date): Problem | undefined {
  if (freeze === undefined || !freeze.bundles.includes(bundle) || Date.parse(freeze.until) <= now.getTime())
    return undefined;
  return {
    where: freezeFile,
    message: `the ${bundle} is frozen until ${freeze.until}, by ${freeze.by}: ${freeze.reason}`,
    remedy: "wait until then, or end it on the main branch: sluice release thaw",
  };
}

const keys = ["bundles", "reason", "by", "since", "until"] as const;

/**
 * Reads a freeze.yaml: the freeze, or every problem. One that cannot be read is to be taken for a freeze of
 * everything.
 */
export function parseFreeze(text: string, file = freezeFile): { freeze: Freeze } | { problems: Problem[] } {
  const read = readMapping(text, file, `is a mapping of ${keys.join(", ")}`);
  if ("problems" in read) return read;
  const { given } = read;
  const problems: Problem[] = [];
  const refuse = (message: string) => problems.push({ where: file, message });
  for (const key of Object.keys(given))
    if (!(keys as readonly string[]).includes(key))
      refuse(`'${key}' is not part of a freeze${suggestion(key, keys)}`);
  const { bundles } = given;
  if (!isTexts(bundles) || bundles.length === 0)
    refuse("'bundles' is a list of the bundles that may not change");
  for (const key of ["reason", "by"] as const)
    if (typeof given[key] !== "string" || given[key].trim() === "") refuse(`'${key}' is missing`);
  for (const key of ["since", "until"] as const) {
    const value = given[key];
    if (
      typeof value !== "string" ||
      !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(value) ||
      Number.isNaN(Date.parse(value))
    )
      refuse(`'${key}' is a time such as 2026-11-24T09:00:00Z`);
  }
  return problems.length > 0 ? { problems } : { freeze: given as unknown as Freeze };
}

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((item) => typeof item === "string");

/** The text of a freeze.yaml. */
export function printFreeze({ bundles, reason, by, since, until }: Freeze): string {
  const list = bundles.map((bundle) => JSON.stringify(bundle)).join(", ");
  return [
    "# No change of these bundles may be merged for now: `sluice gate` fails on one. It ends by itself, or with `sluice release thaw`.",
    `bundles: [${list}]`,
    `reason: ${JSON.stringify(reason)}`,
    `by: ${JSON.stringify(by)}`,
    `since: ${since}`,
    `until: ${until}`,
    "",
  ].join("\n");
}
