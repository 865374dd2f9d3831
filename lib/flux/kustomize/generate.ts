import { createHash } from "node:crypto";
import { apiVersionOf, BuildError, type Json, kindOf, metadataOf, withMetadata } from "./resource.ts";

/** An entry of configMapGenerator or secretGenerator. */
export interface GeneratorEntry {
  readonly name?: string;
  readonly namespace?: string;
  readonly behavior?: string;
  readonly type?: string;
  readonly literals?: readonly string[];
  readonly files?: readonly string[];
  readonly envs?: readonly string[];
  readonly env?: string;
  readonly options?: GeneratorOptions;
}

export interface GeneratorOptions {
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly disableNameSuffixHash?: boolean;
  readonly immutable?: boolean;
}

/**
 * The ConfigMap or Secret that an entry makes.
 * @param read gives the text of a file. @throws BuildError
 */
export function generate(
  kind: "ConfigMap" | "Secret",
  entry: GeneratorEntry,
  options: GeneratorOptions,
  read: (path: string) => string,
): Json {
  if (entry.name === undefined || entry.name === "") throw new BuildError("a configmap must have a name");
  const pairs = new Map<string, string>();
  const add = (key: string, value: string) => {
    if (!/^[-._a-zA-Z0-9]+$/.test(key)) throw new BuildError(`'${key}' is no key of a ${kind}`);
    if (pairs.has(key)) throw new BuildError(`configmap ${entry.name} illegally repeats the key \`${key}\``);
    pairs.set(key, value);
  };
  for (const path of [...(entry.envs ?? []), ...(entry.env === undefined ? [] : [entry.env])])
    for (const [key, value] of environment(read(path))) add(key, value);
  for (const literal of entry.literals ?? []) {
    const at = literal.indexOf("=");
    if (at <= 0) throw new BuildError(`invalid literal source ${literal}, expected key=value`);
    add(literal.slice(0, at), unquoted(literal.slice(at + 1)));
  }
  for (const source of entry.files ?? []) {
    const parts = source.split("=");
    if (parts.length > 2 || parts.some((part) => part === ""))
      throw new BuildError(`source "${source}" is neither a path nor key=path`);
    const [key, path] =
      parts.length === 1 ? [source.split("/").at(-1)!, source] : (parts as [string, string]);
    add(key, read(path));
  }
  const encode = (value: string) => (kind === "Secret" ? Buffer.from(value).toString("base64") : value);
  const data = Object.fromEntries([...pairs].map(([key, value]) => [key, encode(value)]));
  const { labels, annotations, immutable } = options;
  return {
    apiVersion: "v1",
    kind,
    metadata: {
      name: entry.name,
      ...(entry.namespace === undefined || entry.namespace === "" ? {} : { namespace: entry.namespace }),
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
    },
    ...(kind === "Secret" ? { type: entry.type ?? "Opaque" } : {}),
    ...(pairs.size === 0 ? {} : { data }),
    ...(immutable === true ? { immutable: true } : {}),
  };
}

function environment(text: string): [string, string][] {
  const pairs: [string, string][] = [];
  for (const raw of text.replace(/^\ufeff/, "").split(/\r?\n/)) {
    const line = raw.trimStart();
    if (line === "" || line.startsWith("#")) continue;
    const at = line.indexOf("=");
    pairs.push(at < 0 ? [line, ""] : [line.slice(0, at), line.slice(at + 1)]);
  }
  return pairs;
}

function unquoted(text: string): string {
  const last = text.at(-1);
  const quoted = text.length >= 2 && (last === '"' || last === "'") && text.startsWith(last);
  return quoted ? text.slice(1, -1) : text;
}

/** What `behavior: merge` or `replace` makes of two objects: labels and annotations are joined in both. */
export function mergeGenerated(before: Json, added: Json, behavior: "merge" | "replace"): Json {
  const merged: Record<string, unknown> = behavior === "merge" ? { ...before } : { ...added };
  if (behavior === "merge")
    for (const field of ["data", "binaryData"] as const)
      if (added[field] !== undefined)
        merged[field] = { ...(before[field] as Json | undefined), ...(added[field] as Json) };
  const own = metadataOf(before);
  const other = metadataOf(added);
  const labels = { ...own.labels, ...other.labels };
  const annotations = { ...own.annotations, ...other.annotations };
  return withMetadata(merged, {
    ...(Object.keys(labels).length === 0 ? {} : { labels }),
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
  });
}

/** The ten characters that kustomize puts behind the name of what it generated. */
export function contentHash(object: Json): string {
  // kustomize means to hash the name too, and looks it up where it is not.
  const name = "";
  const part = (field: string) => object[field] ?? "";
  const content: Record<string, unknown> =
    kindOf(object) === "Secret"
      ? { data: part("data"), kind: "Secret", name, type: part("type") }
      : { data: part("data"), kind: "ConfigMap", name };
  for (const field of ["binaryData", "stringData"])
    if (object[field] !== undefined && apiVersionOf(object) === "v1") content[field] = object[field];
  const hash = createHash("sha256").update(goJson(content)).digest("hex").slice(0, 10);
  const letters: Readonly<Record<string, string>> = { "0": "g", "1": "h", "3": "k", a: "m", e: "t" };
  return hash.replace(/[013ae]/g, (character) => letters[character]!);
}

/** JSON as Go prints it: keys sorted by bytes, what HTML would mistake escaped. */
function goJson(value: unknown): string {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    const keys = Object.keys(value).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    return `{${keys.map((key) => `${goJson(key)}:${goJson((value as Json)[key])}`).join(",")}}`;
  }
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
