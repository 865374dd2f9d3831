import { parseRange, parseStrictVersion } from "./semver.ts";

/**
 * What a source follows. A branch is read from git; the others are releases, OCI artifacts of the same tag.
 * Ranges are as Masterminds/semver reads them, as Flux does.
 */
export type Track =
  | { readonly branch: string }
  | { readonly semver: string }
  /** With a digest beside it, the digest is followed, and the tag says which release it is. */
  | { readonly tag: string; readonly digest?: string }
  | { readonly digest: string };

export const trackKinds = ["branch", "semver", "tag", "digest"] as const;
export type TrackKind = (typeof trackKinds)[number];

export function trackKind(track: Track): TrackKind {
  return trackKinds.find((kind) => kind in track)!;
}

/** `branch main`, `tag 1.4.2`, `tag 1.4.2 at sha256:…`. */
export function describeTrack(track: Track): string {
  const kind = trackKind(track);
  const pinned = kind === "tag" && "digest" in track ? ` at ${track.digest}` : "";
  return `${kind} ${(track as Readonly<Record<string, string>>)[kind]}${pinned}`;
}

/** What is wrong with a track that comes from data, or undefined. */
export function trackProblem(kind: TrackKind, value: string): string | undefined {
  switch (kind) {
    case "branch":
      return branchProblem(value);
    case "semver":
      try {
        parseRange(value);
        return undefined;
      } catch (error) {
        return `'${value}' is no range of versions: ${(error as Error).message}`;
      }
    case "tag":
      return parseStrictVersion(value) === undefined
        ? `tag '${value}' is no version: a release is X.Y.Z, such as 1.4.2`
        : undefined;
    case "digest":
      return /^sha256:[0-9a-f]{64}$/.test(value)
        ? undefined
        : `digest '${value}' is not sha256: and 64 hexadecimal digits`;
  }
}

/** What is wrong with the name of a branch, by the rules of git-check-ref-format, or undefined. */
export function branchProblem(name: string): string | undefined {
  const bad =
    name === "" ||
    name === "@" ||
    name.startsWith("-") ||
    /[\u0000-\u0020\u007f~^:?*[\\]|\.\.|@\{|\/\/|\.$|\/$|^\//.test(name) ||
    name.split("/").some((part) => part.startsWith(".") || part.endsWith(".lock"));
  return bad ? `'${name}' is no name that git accepts for a branch` : undefined;
}
