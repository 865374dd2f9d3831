import { resolveScalar } from "../go-scalar.ts";
import { labelMatcher, type Selector, wholeMatch } from "./selector.ts";
import {
  apiVersionOf,
  BuildError,
  currentId,
  groupVersion,
  isMap,
  type Json,
  metadataOf,
  type Resource,
  type ResourceId,
} from "./resource.ts";

interface Options {
  readonly delimiter?: string;
  readonly index?: number;
  readonly create?: boolean;
}
export interface Replacement {
  readonly source?: Selector & { readonly fieldPath?: string; readonly options?: Options };
  readonly sourceValue?: string;
  readonly targets?: readonly {
    readonly select?: Selector;
    readonly reject?: readonly Selector[];
    readonly fieldPaths?: readonly string[];
    readonly options?: Options;
  }[];
}

/** Copies values from objects into others. @throws BuildError */
export function replace(resources: readonly Resource[], { source, sourceValue, targets }: Replacement): void {
  if ((source === undefined && sourceValue === undefined) || targets === undefined)
    throw new BuildError("replacements must specify a source and at least one target");
  const value = sourceValue ?? sourceOf(resources, source!);
  for (const { select, reject = [], fieldPaths, options = {} } of targets) {
    if (select === undefined) throw new BuildError("target must specify resources to select");
    const selects = matcher(select);
    const rejects = reject.map(matcher);
    for (const resource of resources) {
      if (!selects(resource) || rejects.some((rejected) => rejected(resource))) continue;
      for (const path of fieldPaths ?? ["metadata.name"])
        resource.object = assign(resource.object, path, value, options) as Json;
    }
  }
}

const idsOf = (resource: Resource): ResourceId[] => [...resource.previous, currentId(resource.object)];

function sourceOf(
  resources: readonly Resource[],
  { fieldPath = "metadata.name", options, ...wanted }: NonNullable<Replacement["source"]>,
): unknown {
  const found = resources.filter((resource) => {
    const own = groupVersion(apiVersionOf(resource.object));
    const is = (want: string | undefined, text: string) => want === undefined || want === "" || want === text;
    return (
      is(wanted.group, own.group) &&
      is(wanted.version, own.version) &&
      idsOf(resource).some(
        (id) => is(wanted.kind, id.kind) && is(wanted.name, id.name) && is(wanted.namespace, id.namespace),
      )
    );
  });
  if (found.length !== 1)
    throw new BuildError(
      `${found.length === 0 ? "nothing selected by" : "multiple matches for"} ${JSON.stringify(wanted)}`,
    );
  let value: unknown = found[0]!.object;
  for (const part of splitFieldPath(fieldPath)) value = step(value, part);
  if (value === undefined || value === null)
    throw new BuildError(
      `fieldPath \`${fieldPath}\` is missing for replacement source ${JSON.stringify(wanted)}`,
    );
  if (options?.delimiter === undefined || options.delimiter === "") return value;
  const parts = String(value).split(options.delimiter);
  const part = parts[options.index ?? 0];
  if (part === undefined) throw new BuildError(`options.index ${options.index} is out of bounds`);
  return part;
}

function step(value: unknown, part: string): unknown {
  if (Array.isArray(value)) {
    const match = /^\[([^=]*)=(.*)\]$/.exec(part);
    if (match !== null)
      return value.find((item) => isMap(item) && String(item[match[1]!] as string) === match[2]) as unknown;
    return value[Number(part)] as unknown;
  }
  return isMap(value) ? value[part] : undefined;
}

function matcher(select: Selector): (resource: Resource) => boolean {
  const [group, version, kind, name, namespace] = [
    select.group,
    select.version,
    select.kind,
    select.name,
    select.namespace,
  ].map(wholeMatch) as [
    (text: string) => boolean,
    (text: string) => boolean,
    (text: string) => boolean,
    (text: string) => boolean,
    (text: string) => boolean,
  ];
  const labels = labelMatcher(select.labelSelector);
  const annotations = labelMatcher(select.annotationSelector);
  return (resource) => {
    const own = groupVersion(apiVersionOf(resource.object));
    const metadata = metadataOf(resource.object);
    return (
      group(own.group) &&
      version(own.version) &&
      labels(metadata.labels ?? {}) &&
      annotations(metadata.annotations ?? {}) &&
      idsOf(resource).some((id) => kind(id.kind) && name(id.name) && namespace(id.namespace))
    );
  };
}

/** Splits at dots; `[name=a.b]` and `\.` are one part. */
function splitFieldPath(path: string): string[] {
  const parts: string[] = [];
  let part = "";
  let within = false;
  for (let i = 0; i < path.length; i++) {
    const character = path[i]!;
    if (character === "\\" && path[i + 1] === ".") part += path[++i]!;
    else if (character === "." && !within) {
      if (part !== "") parts.push(part);
      part = "";
    } else {
      if (character === "[" && part === "") within = true;
      if (character === "]" && within) within = false;
      part += character;
    }
  }
  if (part !== "") parts.push(part);
  return parts;
}

/** A scalar keeps the type that it had in the target. */
function retyped(before: unknown, value: unknown): unknown {
  if (typeof before === "string") return String(value);
  const read = typeof value === "string" ? resolveScalar(value, "v3") : value;
  if (typeof read !== typeof before)
    throw new BuildError(`cannot decode '${String(value)}' as a ${typeof before}`);
  return read;
}

function assign(object: unknown, path: string, value: unknown, options: Options): unknown {
  let set = 0;
  const write = (before: unknown): unknown => {
    set++;
    if (options.delimiter !== undefined && options.delimiter !== "") {
      const parts = String(before ?? "").split(options.delimiter);
      const index = options.index ?? 0;
      const text = String(value);
      if (index < 0) parts.unshift(text);
      else if (index >= parts.length) parts.push(text);
      else parts[index] = text;
      return parts.join(options.delimiter);
    }
    if (typeof before !== "object" && before !== undefined && typeof value !== "object")
      return retyped(before, value);
    return value;
  };
  const parts = splitFieldPath(path);
  const visit = (current: unknown, at: number): unknown => {
    if (at === parts.length) return write(current);
    const part = parts[at]!;
    if (Array.isArray(current)) {
      const items = current as unknown[];
      if (part === "*") return items.map((item) => visit(item, at + 1));
      const match = /^\[([^=]*)=(.*)\]$/.exec(part);
      if (match !== null)
        return items.map((item) => {
          const text = match[1] === "" ? item : isMap(item) ? item[match[1]!] : undefined;
          return String(text) === match[2] ? visit(item, at + 1) : item;
        });
      const index = part === "-" ? items.length : Number(part);
      return Number.isInteger(index) && index < items.length
        ? items.map((item, i) => (i === index ? visit(item, at + 1) : item))
        : items;
    }
    if (current !== undefined && current !== null && !isMap(current)) return current;
    const before = isMap(current) ? current[part] : undefined;
    if (part === "*" && isMap(current))
      return Object.fromEntries(Object.entries(current).map(([key, item]) => [key, visit(item, at + 1)]));
    if (before === undefined && options.create !== true) return current;
    return { ...(current as Json | undefined), [part]: visit(before, at + 1) };
  };
  const result = visit(object, 0);
  if (set === 0) throw new BuildError(`unable to find field "${path}" in replacement target`);
  return result;
}
