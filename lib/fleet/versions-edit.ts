import { isMap, isScalar, parseDocument, type Pair, type ParsedNode, type YAMLMap } from "yaml";
import { trackKind, trackKinds, type Track } from "./tracks.ts";

/** A change of a versions.yaml: what it has at a path of keys. */
export type VersionsEdit =
  | { readonly bundle: string; readonly track: Track }
  | { readonly app: string; readonly field: "chart" | "image"; readonly version: string }
  | { readonly app: string; readonly track: Track }
  | { readonly kubernetes: string };

/**
 * Changes a versions.yaml as a person would: only the text of the values (and the key of a track of another kind)
 * is another, so comments, quotes, order and the marks of image automation stay.
 * @param text a versions.yaml that `parseVersions` accepts
 * @throws Error if it has no place for the change: an app or a field that it does not have
 */
export function editVersions(text: string, edit: VersionsEdit): string {
  if ("kubernetes" in edit) return setScalar(text, ["kubernetes"], edit.kubernetes);
  if ("bundle" in edit) return setTrack(text, [edit.bundle], edit.track);
  const path = ["apps", ...edit.app.split("/")];
  return "field" in edit
    ? setScalar(text, [...path, edit.field], edit.version)
    : setTrack(text, path, edit.track);
}

type Entry = Pair<ParsedNode, ParsedNode | null>;

const keyOf = ({ key }: Entry): string => (isScalar(key) ? String(key.source ?? key.value) : "");

function mapAt(text: string, path: readonly string[]): YAMLMap.Parsed | undefined {
  let node: ParsedNode | null = parseDocument(text).contents;
  for (const key of path)
    node = (isMap(node) && (node.items as Entry[]).find((pair) => keyOf(pair) === key)?.value) || null;
  return isMap(node) ? node : undefined;
}

function entryAt(text: string, path: readonly string[]): Entry | undefined {
  return mapAt(text, path.slice(0, -1))?.items?.find((pair) => keyOf(pair) === path.at(-1));
}

function splice(text: string, [from, to]: readonly [number, number], by: string): string {
  return text.slice(0, from) + by + text.slice(to);
}

function setScalar(text: string, path: readonly string[], value: string): string {
  const node = entryAt(text, path)?.value;
  if (!isScalar(node)) throw new Error(`${path.join(".")} is not there to be changed`);
  const [from, to] = node.range;
  const quote = /^["']/.exec(text.slice(from, to))?.[0] ?? "";
  return splice(text, [from, to], `${quote}${quote === "" ? scalar(value) : value}${quote}`);
}

/** A scalar that stays a text: what begins with an operator of a range, or reads as a number, is quoted. */
const scalar = (value: string): string =>
  /^[0-9A-Za-z][\w.@:/+-]*$/.test(value) && !/:$|^0x|^\d+(\.\d+)?(e\d+)?$/i.test(value)
    ? value
    : JSON.stringify(value);

function setTrack(text: string, path: readonly string[], track: Track): string {
  const wanted = track as Readonly<Record<string, string | undefined>>;
  const kind = trackKind(track);
  const map = mapAt(text, path);
  const entries = ((map?.items ?? []) as Entry[]).filter((pair) =>
    (trackKinds as readonly string[]).includes(keyOf(pair)),
  );
  const main = entries.find((pair) => keyOf(pair) !== "digest") ?? entries[0];
  if (map === undefined || main === undefined) return addTrack(text, path, track);
  let edited = text;
  // From the end on, so that the places before stay where they are.
  const pinned = entries.find((pair) => keyOf(pair) === "digest" && pair !== main);
  const digest = kind === "tag" ? wanted["digest"] : undefined;
  if (pinned !== undefined) {
    edited =
      digest === undefined
        ? removeEntry(edited, map, pinned)
        : splice(edited, valueRange(pinned), scalar(digest));
  }
  const moved = edited;
  edited = splice(edited, valueRange(main), scalar(wanted[kind]!));
  if (keyOf(main) !== kind) edited = splice(edited, [main.key.range[0], main.key.range[1]], kind);
  if (digest !== undefined && pinned === undefined) {
    const at = valueRange(main)[1] + edited.length - moved.length;
    if (map.flow === true) edited = splice(edited, [at, at], `, digest: ${digest}`);
    else {
      const end = edited.indexOf("\n", at);
      const line = end < 0 ? edited.length : end;
      const indent = " ".repeat(main.key.range[0] - (text.lastIndexOf("\n", main.key.range[0]) + 1));
      edited = splice(edited, [line, line], `\n${indent}digest: ${digest}`);
    }
  }
  return edited;
}

function valueRange({ value, key }: Entry): [number, number] {
  const node = value ?? key;
  return [node.range[0], node.range[1]];
}

/** Takes an entry out: its line, or in a flow mapping what stands between it and the entry before. */
function removeEntry(text: string, map: YAMLMap.Parsed, entry: Entry): string {
  const [, to] = valueRange(entry);
  const from = entry.key.range[0];
  if (map.flow !== true) {
    const end = text.indexOf("\n", to);
    return splice(text, [text.lastIndexOf("\n", from) + 1, end < 0 ? text.length : end + 1], "");
  }
  const comma = text.lastIndexOf(",", from);
  if (comma > map.range[0]) return splice(text, [comma, to], "");
  const next = text.indexOf(",", to);
  return splice(text, [from, next < 0 ? to : next + 1], "");
}

/** Adds what a bundle tracks to a file that left it to the environment type. */
function addTrack(text: string, path: readonly string[], track: Track): string {
  if (path.length !== 1) throw new Error(`${path.join(".")} tracks nothing that could be changed`);
  const lines = Object.entries(track).map(([kind, value]) => `  ${kind}: ${scalar(String(value))}\n`);
  const apps = entryAt(text, ["apps"]);
  const at = apps === undefined ? text.length : text.lastIndexOf("\n", apps.key.range[0]) + 1;
  const before = text.slice(0, at);
  return `${before}${before === "" || before.endsWith("\n") ? "" : "\n"}${path[0]}:\n${lines.join("")}${text.slice(at)}`;
}
