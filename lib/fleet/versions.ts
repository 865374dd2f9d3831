import { isMap, isScalar, LineCounter, parseDocument, type Pair, type ParsedNode } from "yaml";
import { parseRange } from "./semver.ts";
import { suggestion } from "./suggestion.ts";
import { trackKinds, trackProblem, type Track, type TrackKind } from "./tracks.ts";
import type { Problem } from "./user-error.ts";
import { brokenYaml } from "./yaml-mapping.ts";

/** The versions of one app, as versions.yaml gives them. */
export interface AppVersions {
  /** Version or range of the app's chart. */
  readonly chart?: string;
  /** Tag of the app's image. */
  readonly image?: string;
  /** What the app's own source follows. */
  readonly track?: Track;
  /** Line of versions.yaml, from 1. */
  readonly line: number;
  /** What marks the image's line for Flux to raise it: `flux-system:podinfo:tag`. */
  readonly imageMarker?: string;
  /** The line that is marked. */
  readonly imageLine?: number;
}

/** What a cluster runs: the content of its versions.yaml. */
export interface Versions {
  /** Minor or patch version of Kubernetes, such as `1.35`. */
  readonly kubernetes: string;
  /** What each bundle tracks, by the bundle's name. */
  readonly tracks: Readonly<Record<string, Track>>;
  /** By the app's id; an app that consists of several has `stack/part`. */
  readonly apps: ReadonlyMap<string, AppVersions>;
  /** The file, for messages. */
  readonly file: string;
}

/**
 * Reads a versions.yaml. Scalars count as written, so that `1.30` stays `1.30` without quotes.
 * @param file the file's name, for messages
 * @param bundles the names of the fleet's bundles, each of which may have a track
 * @returns the versions, or every problem with its line
 */
export function parseVersions(
  text: string,
  file: string,
  bundles: readonly string[],
): { versions: Versions } | { problems: Problem[] } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const problems = brokenYaml(document, file);
  if (problems.length > 0) return { problems };
  const at = (offset: number | undefined) => `${file}:${lines.linePos(offset ?? 0).line}`;

  let kubernetes: string | undefined;
  const tracks: Record<string, Track> = {};
  const apps = new Map<string, AppVersions>();
  const refuse = (node: ParsedNode | null, message: string, remedy?: string) => {
    problems.push({ where: at(node?.range[0]), message, ...(remedy === undefined ? {} : { remedy }) });
  };
  const entries = (node: ParsedNode | null, what: string): [string, ParsedNode, ParsedNode | null][] => {
    if (node === null || (isScalar(node) && node.value === null)) return [];
    if (!isMap(node)) {
      refuse(node, `${what} is a mapping`);
      return [];
    }
    return node.items.map(({ key, value }: Pair<ParsedNode, ParsedNode | null>) => [
      scalarText(key) ?? "",
      key,
      value,
    ]);
  };

  const readTrack = (name: string, node: ParsedNode | null): Track | undefined => {
    const given = entries(node, `what '${name}' tracks`);
    const pinned = isPin(given.map(([kind]) => kind));
    if (given.length !== 1 && !pinned && isMap(node))
      refuse(node, `'${name}' tracks one of ${trackKinds.join(", ")}, not ${given.length} of them`);
    if (given.length !== 1 && !pinned) return undefined;
    let track: Track | undefined;
    for (const [kind, key, value] of given) {
      if (!(trackKinds as readonly string[]).includes(kind)) {
        refuse(key, `'${kind}' is nothing that '${name}' can track${suggestion(kind, trackKinds)}`);
        return undefined;
      }
      const read = readTrackValue(kind as TrackKind, value ?? key);
      if (read === undefined) return undefined;
      track = { ...track, ...read };
    }
    return track;
  };
  const readTrackValue = (kind: TrackKind, node: ParsedNode): Track | undefined => {
    const value = scalarText(node) ?? "";
    const problem = trackProblem(kind, value);
    if (problem !== undefined) refuse(node, problem);
    return problem === undefined ? ({ [kind]: value } as Track) : undefined;
  };

  const readApp = (id: string, key: ParsedNode, node: ParsedNode | null): void => {
    let chart: string | undefined, image: string | undefined, track: Track | undefined;
    let marked: { imageMarker?: string; imageLine?: number } = {};
    for (const [name, fieldKey, value] of entries(node, `app '${id}'`)) {
      const scalar = value === null ? undefined : scalarText(value);
      if (isMap(value)) readApp(`${id}/${name}`, fieldKey, value);
      else if (scalar === undefined) refuse(fieldKey, `'${name}' of app '${id}' has no value`);
      else if (name === "chart") {
        chart = scalar;
        try {
          parseRange(scalar);
        } catch (error) {
          refuse(
            value,
            `'${scalar}' of app '${id}' is neither a version nor a range: ${(error as Error).message}`,
          );
        }
      } else if (name === "image") {
        image = scalar;
        const imageMarker = markerOf(value!);
        if (imageMarker !== undefined)
          marked = { imageMarker, imageLine: lines.linePos(fieldKey.range[0]).line };
        if (!/^[\w][\w.-]{0,127}(@sha256:[0-9a-f]{64})?$/.test(scalar))
          refuse(value, `'${scalar}' of app '${id}' is no tag of an image`);
      } else if ((trackKinds as readonly string[]).includes(name)) {
        if (track !== undefined && !isPin([...Object.keys(track), name]))
          refuse(fieldKey, `app '${id}' tracks one of ${trackKinds.join(", ")}, not several`);
        const read = readTrackValue(name as TrackKind, value!);
        if (read !== undefined) track = { ...track, ...read };
      } else
        refuse(
          fieldKey,
          `'${name}' is no version of app '${id}'${suggestion(name, ["chart", "image", ...trackKinds])}`,
        );
    }
    if (chart !== undefined || image !== undefined || track !== undefined)
      apps.set(id, {
        ...(chart === undefined ? {} : { chart }),
        ...(image === undefined ? {} : { image }),
        ...(track === undefined ? {} : { track }),
        ...marked,
        line: lines.linePos(key.range[0]).line,
      });
  };

  for (const [name, key, value] of entries(document.contents, "versions.yaml")) {
    if (name === "kubernetes") {
      kubernetes = value === null ? "" : (scalarText(value) ?? "");
      if (!/^1\.\d+(\.\d+)?$/.test(kubernetes))
        refuse(value ?? key, `'${kubernetes}' is no version of Kubernetes, such as 1.35 or 1.35.4`);
    } else if (name === "apps")
      for (const [id, idKey, app] of entries(value, "apps")) readApp(id, idKey, app);
    else if (bundles.includes(name)) {
      const track = readTrack(name, value);
      if (track !== undefined) tracks[name] = track;
    } else
      refuse(
        key,
        `'${name}' is not part of versions.yaml${suggestion(name, ["kubernetes", "apps", ...bundles])}`,
      );
  }
  if (kubernetes === undefined)
    problems.push({
      where: file,
      message: "the version of Kubernetes is missing",
      remedy: 'add the line: kubernetes: "1.35"',
    });
  if (problems.length > 0) return { problems };
  return { versions: { kubernetes: kubernetes!, tracks, apps, file } };
}

/** Whether these kinds of tracks stand beside each other: a tag, and the digest that it is pinned to. */
const isPin = (kinds: readonly string[]): boolean =>
  kinds.length === 2 && kinds.includes("tag") && kinds.includes("digest");

/** A scalar as written, without its quotes. */
function scalarText(node: ParsedNode): string | undefined {
  if (!isScalar(node) || node.value === null) return undefined;
  return typeof node.value === "string" ? node.value : node.source;
}

/** What a comment behind a scalar marks it for: `# {"$imagepolicy": "namespace:policy:tag"}`, as Flux writes and reads it. */
function markerOf({ comment }: ParsedNode): string | undefined {
  if (comment?.includes("$imagepolicy") !== true) return undefined;
  try {
    const { $imagepolicy: marker } = JSON.parse(comment) as Readonly<Record<string, unknown>>;
    return typeof marker === "string" ? marker : comment.trim();
  } catch {
    return comment.trim(); // what it says instead is told by who compares it
  }
}
