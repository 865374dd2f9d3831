/**
 * Versions and ranges as Flux reads them. Flux leaves both to Go's github.com/Masterminds/semver (v3.5.0 in
 * source-controller v1.9 and v1.10), whose ranges are not npm's: `^*` is 0.0.0 alone, `~0.0.0` is everything,
 * `1.x-0` takes prereleases. Checked against the library itself: test/lib/fleet/golden/semver/main.go.
 *
 * Sources: version.go, constraints.go and the README of
 * https://github.com/Masterminds/semver/tree/v3.5.0; where they disagree the code decides.
 */

/** One version. Make it with {@link parseVersion} or {@link parseStrictVersion}. */
export interface Version {
  /**
   * The three numbers; those not written are 0. Go keeps 64 bits. From 2^53 on the number here is the nearest
   * that JavaScript has, while comparing, matching and formatting take the exact digits from `original`.
   */
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
  /** What follows `-`, without it; "" for a release. */
  readonly prerelease: string;
  /** What follows `+`, without it; "" if there is none. It never counts when versions are compared. */
  readonly metadata: string;
  /** The text as it was given, with its `v` and leading zeros: the name of the tag. */
  readonly original: string;
}

/** A parsed range: plain data. A version satisfies it if it satisfies one of the alternatives. */
export interface Range {
  readonly text: string;
  readonly alternatives: readonly Alternative[];
}

/** What stands between two `||`: comparators that must all hold. */
export interface Alternative {
  readonly comparators: readonly Comparator[];
  /** Whether a prerelease can satisfy it: so it is if a comparator names one, as in `>=1.0.0-0 <2`. */
  readonly prereleases: boolean;
}

/** An operator and its version, as in `>=1.2`. */
export interface Comparator {
  readonly operator: Operator;
  /** The version with 0 for every number that was not written or is a wildcard. */
  readonly version: Version;
  /** How many numbers were written before the first wildcard or the end: 2 for `1.2`, `1.2.x`; 0 for `*`. */
  readonly given: number;
}

export type Operator = "=" | "!=" | ">" | ">=" | "<" | "<=" | "~" | "^";

/**
 * Reads a version leniently, as Go's `semver.NewVersion`: a leading `v`, one or two numbers only and leading
 * zeros are fine (`v1`, `1.2-rc.1`, `2026.01.02`).
 *
 * @returns undefined if it is no version, has over 256 characters or a number over 2^64-1.
 */
export function parseVersion(text: string): Version | undefined {
  return read(LENIENT, text);
}

/** Reads a version as https://semver.org writes it and nothing else, as Go's `semver.StrictNewVersion`. */
export function parseStrictVersion(text: string): Version | undefined {
  return read(STRICT, text);
}

/**
 * Negative if `a` is older than `b`, positive if newer, 0 if neither. Metadata does not count, a prerelease is
 * older than its release, its identifiers compare as in https://semver.org/#spec-item-11; a numeric one over
 * 2^64-1 counts as text, as in Go.
 */
export function compareVersions(a: Version, b: Version): number {
  return compareNumbers(a, b, 3) || comparePrereleases(a.prerelease, b.prerelease);
}

/** The version in full, `1.2.0-rc.1+build`, without the `v` and the leading zeros it may have been given with. */
export function formatVersion(version: Version): string {
  const prerelease = version.prerelease && `-${version.prerelease}`;
  const metadata = version.metadata && `+${version.metadata}`;
  return [0, 1, 2].map((index) => digits(version, index)).join(".") + prerelease + metadata;
}

/**
 * Reads a range, as Go's `semver.NewConstraint`: comparators joined by spaces or a comma (and) and by `||` (or);
 * operators `=`, `!=`, `>`, `<`, `>=` or `=>`, `<=` or `=<`, `~` or `~>`, `^`, or none; versions with one to
 * three numbers, a wildcard `x`, `X` or `*` for any of them; `1.2 - 1.4` for `>=1.2 <=1.4`.
 *
 * @throws Error that names every part that cannot be read.
 */
export function parseRange(text: string): Range {
  if (text.length > 512) throw malformed(text, [`it has ${text.length} characters, of at most 512`]);
  // As in Go, hyphens first and `||` next: in `1||2 - 3` the `>=` goes to the 1.
  const parts = text.replace(HYPHEN, ">= $1, <= $2 ").split("||");
  if (parts.length > 32) throw malformed(text, [`it has ${parts.length} alternatives, of at most 32`]);
  const problems: string[] = [];
  const alternatives = parts.map((part) => parseAlternative(part, problems));
  if (problems.length > 0) throw malformed(text, problems);
  return { text, alternatives };
}

/**
 * Whether the version is in the range, as Go's `Constraints.Check`. A prerelease is only in alternatives that
 * name one: `1.x` leaves out 1.5.0-rc.1 and `1.x-0` takes it. Missing numbers and wildcards mean the same.
 */
export function satisfies(version: Version, range: Range): boolean {
  return range.alternatives.some(
    ({ comparators, prereleases }) =>
      (prereleases || version.prerelease === "") &&
      comparators.every((comparator) => OPERATORS[comparator.operator](version, comparator)),
  );
}

/** The layer of an OCI artifact that is a Helm chart, for {@link best}. */
export const HELM_CHART_LAYER = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";

/**
 * The tag that an OCIRepository with `ref.semver` follows, undefined if none is in the range (then Flux says
 * `no match found for semver`). `tags` in the order in which the registry lists them, after `ref.semverFilter`.
 * From getTagBySemver in source-controller v1.9.6 internal/controller/ocirepository_controller.go and
 * ParseVersion in github.com/fluxcd/pkg/version v0.16.0:
 *
 * - A tag counts if it has two dots at least and {@link parseVersion} reads it; others (`latest`, `1.2`, but not
 *   `1.2-rc.1`) are passed over.
 * - Only if `layerMediaType`, the `spec.layerSelector.mediaType`, is {@link HELM_CHART_LAYER}, `_` in a tag
 *   stands for `+`. Otherwise `1.2.0_build` is no version; `+` cannot be in the tag of an OCI artifact.
 * - The newest wins. Of equally new ones (`1.2.0` and `v1.2.0`, or other metadata) the first in `tags`. So does
 *   Flux while at most 12 tags are in the range; with more its sort is not stable and may take another.
 *
 * A GitRepository with `ref.semver` (cloneSemVer in github.com/fluxcd/pkg/git v0.52.0 gogit/clone.go) reads and
 * passes over tags in the same way, without `_` for `+`, but of equally new tags it takes the one whose
 * commit has the latest committer time, at random if the times are equal too.
 */
export function best(range: Range, tags: readonly string[], layerMediaType = ""): string | undefined {
  const isChart = layerMediaType === HELM_CHART_LAYER;
  let newest: Version | undefined;
  for (const tag of tags) {
    const text = isChart ? tag.replaceAll("_", "+") : tag;
    const version = text.split(".", 3).length === 3 ? parseVersion(text) : undefined;
    if (version === undefined || !satisfies(version, range)) continue;
    if (newest === undefined || compareVersions(version, newest) > 0) newest = version;
  }
  return isChart ? newest?.original.replaceAll("+", "_") : newest?.original;
}

const DOTTED = String.raw`[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*`;
const PRERELEASE_PART = String.raw`(?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*)`;
const EXTRAS = `(?:-(?<prerelease>${PRERELEASE_PART}(?:\\.${PRERELEASE_PART})*))?(?:\\+(?<metadata>${DOTTED}))?`;
const LENIENT = new RegExp(String.raw`^v?(?<numbers>\d+(?:\.\d+){0,2})${EXTRAS}$`);
const STRICT = new RegExp(String.raw`^(?<numbers>(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*)){2})${EXTRAS}$`);

const SPACE = String.raw`[\t\n\f\r ]`; // JavaScript's \s is more than Go's
// The library's pattern takes `|` for a digit. It is refused later, unless it follows a wildcard: `x.1|2`.
const NUMBER = "[0-9xX*|]+";
const PARTIAL = String.raw`v?${NUMBER}(?:\.${NUMBER}){0,2}(?:-${DOTTED})?(?:\+${DOTTED})?`;
const COMPARATOR = `(?<operator>!=|<=|=<|>=|=>|~>|[<>=~^]?)${SPACE}*(?<version>${PARTIAL})`;
const FIRST = new RegExp(`^${SPACE}*${COMPARATOR}`);
const NEXT = new RegExp(`^(?:${SPACE}*,${SPACE}*|${SPACE}+)${COMPARATOR}`);
const TRAILING_SPACE = new RegExp(`${SPACE}+$`);
const HYPHEN = new RegExp(`${SPACE}*(${PARTIAL})${SPACE}+-${SPACE}+(${PARTIAL})${SPACE}*`, "g");

const MAX_UINT64 = 2n ** 64n - 1n;

const SYNONYMS: Readonly<Record<string, Operator>> = { "": "=", "=>": ">=", "=<": "<=", "~>": "~" };

/** What each operator asks of a version, given the comparator. */
const OPERATORS: Readonly<Record<Operator, (version: Version, comparator: Comparator) => boolean>> = {
  "=": (version, comparator) => {
    const isPartial = comparator.given < 3;
    return isPartial ? isAbout(version, comparator) : compareVersions(version, comparator.version) === 0;
  },
  "!=": (version, { version: other, given }) => {
    if (given === 1) return compareNumbers(version, other, 1) !== 0;
    if (given === 2 && version.prerelease !== other.prerelease) return true;
    if (given === 2) return compareNumbers(version, other, 2) !== 0;
    return compareVersions(version, other) !== 0; // so `!=*` is `!=0.0.0`
  },
  ">": (version, { version: other, given }) => {
    if (given === 1 || given === 2) return compareNumbers(version, other, given) > 0;
    return compareVersions(version, other) > 0;
  },
  ">=": (version, { version: other }) => compareVersions(version, other) >= 0,
  "<": (version, { version: other }) => compareVersions(version, other) < 0,
  "<=": (version, { version: other, given }) =>
    // `<=*` counts as `<=0.0`.
    (given === 3 ? compareVersions(version, other) : compareNumbers(version, other, given || 2)) <= 0,
  "~": isAbout,
  "^": (version, { version: other, given }) => {
    if (compareVersions(version, other) < 0) return false;
    // The first number that is not 0 stays; of a partial version, the last one that was written. `*` is 0.0.0.
    const kept = other.major > 0 || given === 1 ? 1 : other.minor > 0 || given === 2 ? 2 : 3;
    return compareNumbers(version, other, kept) === 0;
  },
};

/** `~`, and a partial version alone: at least that version, with the same major and, if written, minor. */
function isAbout(version: Version, { version: other, given }: Comparator): boolean {
  if (compareVersions(version, other) < 0) return false;
  const isZero = other.major === 0 && other.minor === 0 && other.patch === 0;
  if (isZero && (given === 0 || given === 3)) return true; // `*`, but `~0.0.0` too
  return compareNumbers(version, other, given === 1 ? 1 : 2) === 0;
}

function parseAlternative(text: string, problems: string[]): Alternative {
  const comparators: Comparator[] = [];
  let rest = text.replace(TRAILING_SPACE, "");
  if (rest === "") problems.push('an alternative is empty (any version is "*")');
  for (let pattern = FIRST; rest !== ""; pattern = NEXT) {
    const match = pattern.exec(rest);
    if (match === null) {
      const where = rest.trim() === text.trim() ? "" : ` in ${show(text.trim())}`;
      problems.push(`cannot read ${show(rest.trim())}${where}`);
      break;
    }
    const { operator = "", version = "" } = match.groups ?? {};
    const comparator = comparatorOf(SYNONYMS[operator] ?? (operator as Operator), version);
    if (comparator === undefined)
      problems.push(`${show(version)} is not a version, with or without wildcards`);
    else comparators.push(comparator);
    rest = rest.slice(match[0].length);
  }
  return { comparators, prereleases: comparators.some(({ version }) => version.prerelease !== "") };
}

/** Undefined if the version cannot be read; what follows a wildcard is ignored, but for the prerelease. */
function comparatorOf(operator: Operator, text: string): Comparator | undefined {
  const [, core = "", prerelease = ""] = /^v?([^-+]*)(-[^+]*)?/.exec(text) ?? [];
  const numbers = core.split(".");
  const wildcard = numbers.findIndex((number) => ["x", "X", "*"].includes(number));
  const given = wildcard === -1 ? numbers.length : wildcard;
  const filled = [...numbers.slice(0, given), "0", "0", "0"].slice(0, 3).join(".") + prerelease;
  const version = parseVersion(given === 3 ? text : filled);
  return version && { operator, version, given };
}

function read(pattern: RegExp, text: string): Version | undefined {
  if (text.length > 256) return undefined;
  const groups = pattern.exec(text)?.groups;
  if (groups === undefined) return undefined;
  const { numbers = "", prerelease = "", metadata = "" } = groups;
  const written = numbers.split(".");
  if (!written.every(isUint64)) return undefined;
  const [major = 0, minor = 0, patch = 0] = written.map(Number);
  return { major, minor, patch, prerelease, metadata, original: text };
}

/** Compares the first `count` of the three numbers. */
function compareNumbers(a: Version, b: Version, count: number): number {
  const [first, second] = [numbersOf(a), numbersOf(b)];
  for (let index = 0; index < count; index++) {
    const [x = 0, y = 0] = [first[index], second[index]];
    if (x !== y) return x < y ? -1 : 1;
    if (Number.isSafeInteger(x)) continue;
    const [exactX, exactY] = [BigInt(digits(a, index)), BigInt(digits(b, index))];
    if (exactX !== exactY) return exactX < exactY ? -1 : 1;
  }
  return 0;
}

function comparePrereleases(a: string, b: string): number {
  if (a === b) return 0;
  if (a === "" || b === "") return a === "" ? 1 : -1;
  const [left, right] = [a.split("."), b.split(".")];
  const index = left.findIndex((part, at) => part !== right[at]);
  const [x, y] = [left[index], right[index]];
  if (x === undefined || y === undefined) return left.length - right.length;
  const [isXNumber, isYNumber] = [isNumeric(x), isNumeric(y)];
  if (isXNumber && isYNumber) return BigInt(x) < BigInt(y) ? -1 : 1;
  if (isXNumber !== isYNumber) return isXNumber ? -1 : 1;
  return x < y ? -1 : 1;
}

function isNumeric(identifier: string): boolean {
  return /^\d+$/.test(identifier) && isUint64(identifier);
}

function isUint64(decimal: string): boolean {
  return decimal.length < 20 || BigInt(decimal) <= MAX_UINT64;
}

function numbersOf({ major, minor, patch }: Version): readonly number[] {
  return [major, minor, patch];
}

/** One of the three numbers in decimal, exact although the number itself may have been rounded. */
function digits(version: Version, index: number): string {
  const number = numbersOf(version)[index] ?? 0;
  if (Number.isSafeInteger(number)) return String(number);
  const written = /^v?([\d.]+)/.exec(version.original)?.[1]?.split(".")[index];
  return BigInt(written ?? number).toString();
}

function malformed(range: string, problems: readonly string[]): Error {
  return new Error(`Not a version range: ${show(range)}: ${problems.join("; ")}`);
}

function show(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}...` : text);
}
