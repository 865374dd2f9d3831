import { type CelFunc, celFunc, celMethod, CelScalar, listType, mapType } from "@bufbuild/cel";
import { addedType, ValueError } from "./value.ts";

/** A URL as Go's net/url reads it. */
interface GoUrl {
  readonly scheme: string;
  /** With its port, an IPv6 address in brackets. */
  readonly host: string;
  /** As it was written. */
  readonly path: string;
  readonly query: string;
}

const { BOOL, STRING } = CelScalar;
const added = addedType<GoUrl>("kubernetes.URL");
const { type, read } = added;

/** k8s.io/apiserver/pkg/cel/library, urls.go */
export const urlFunctions: CelFunc[] = [
  celFunc("url", [STRING], type, (text) => {
    const url = isRequestUri(text) ? parseUrl(text.replace(/#.*/s, ""), false) : undefined;
    if (url === undefined) throw new ValueError("the text is no URL");
    return added.make(url, text);
  }),
  celFunc("isURL", [STRING], BOOL, isRequestUri),
  part("getScheme", ({ scheme }) => scheme),
  part("getHost", ({ host }) => host),
  part("getHostname", ({ host }) => /^\[(.*)\]/.exec(host)?.[1] ?? host.replace(/:\d*$/, "")),
  part("getPort", ({ host }) => /:(\d*)$/.exec(host.replace(/^\[.*\]/, ""))?.[1] ?? ""),
  part("getEscapedPath", ({ path }) => escapedPath(path)),
  celMethod("getQuery", type, [], mapType(STRING, listType(STRING)), function () {
    const values = new Map<string, string[]>();
    for (const [name, value] of pairsOf(read(this).query))
      values.set(name, [...(values.get(name) ?? []), value]);
    return values;
  }),
];

function part(name: string, get: (url: GoUrl) => string): CelFunc {
  return celMethod(name, type, [], STRING, function () {
    return get(read(this));
  });
}

/** An absolute URL or an absolute path, as Go's ParseRequestURI takes it: without a fragment. */
export function isRequestUri(text: string): boolean {
  return parseUrl(text, true) !== undefined;
}

/** Names of hosts may hold these: net/url, shouldEscape. */
const hostname = /^(?:[\w.~!$&'()*+,;=:[\]<>"-]|[^\0-\x7f]|%25|%[89a-fA-F][\da-fA-F])*$/;
const userinfo = /^(?:[\w.:~!$&'()*+,;=%@-])*$/;

/** @param request whether two slashes at the beginning are part of a path, as in a request */
function parseUrl(text: string, request: boolean): GoUrl | undefined {
  if (text === "" || /[\0-\x1f\x7f]/.test(text)) return undefined;
  if (text === "*") return { scheme: "", host: "", path: "*", query: "" };
  const [, scheme = "", after] = /^([a-zA-Z][a-zA-Z\d+.-]*):(.*)$/s.exec(text) ?? [undefined, "", text];
  const [, rest = "", query = ""] = /^([^?]*)\??(.*)$/s.exec(after)!;
  const opaque = { scheme: scheme.toLowerCase(), host: "", path: "", query };
  if (!rest.startsWith("/")) return scheme === "" ? undefined : opaque;
  const hosted = rest.startsWith("//") && (scheme !== "" || (!request && !rest.startsWith("///")));
  if (!hosted) return isEscaped(rest) ? { ...opaque, path: rest } : undefined;
  const [, authority = "", path = ""] = /^\/\/([^/]*)(.*)$/s.exec(rest)!;
  const at = authority.lastIndexOf("@");
  const [user, host] = at < 0 ? ["", authority] : [authority.slice(0, at), authority.slice(at + 1)];
  if (!userinfo.test(user) || !isEscaped(user) || !isHost(host) || !isEscaped(path)) return undefined;
  return { ...opaque, host: decoded(host), path };
}

function isHost(host: string): boolean {
  if (!hostname.test(host)) return false;
  if (host.startsWith("[")) return /^\[[^\]]*\](?::\d*)?$/.test(host);
  return !host.includes("[") && /^[^:]*$|:\d*$/.test(host);
}

const isEscaped = (text: string): boolean => !/%(?![\da-fA-F]{2})/.test(text);

/** As it was written where that is an encoding of it, else as Go encodes it. */
function escapedPath(path: string): string {
  if (/^(?:[\w.~!$&'()*+,;=:@[\]/-]|%[\da-fA-F]{2})*$/.test(path)) return path;
  return encodeURI(decoded(path)).replace(/[?#!'()*,;[\]]/g, encode);
}

const encode = (char: string): string => `%${char.charCodeAt(0).toString(16).toUpperCase()}`;

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/** What is no pair is passed over, as Go does. */
function pairsOf(query: string): [string, string][] {
  return query.split("&").flatMap((pair): [string, string][] => {
    if (pair === "" || pair.includes(";") || !isEscaped(pair)) return [];
    const [name = "", value = ""] = pair.replaceAll("+", " ").split(/=(.*)/s);
    return [[decoded(name), decoded(value)]];
  });
}
