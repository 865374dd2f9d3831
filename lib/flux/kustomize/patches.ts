import { readGoYaml, readManifests } from "../go-yaml-read.ts";
import { jsonPatch } from "./json-patch.ts";
import {
  apiVersionOf,
  BuildError,
  effectiveNamespace,
  groupVersion,
  isMap,
  type Json,
  kindOf,
  metadataOf,
  type Resource,
  storePreviousId,
  withMetadata,
} from "./resource.ts";
import { select, type Selector } from "./selector.ts";
import { strategicMerge } from "./strategic-merge.ts";

/** An entry of `patches`. */
export interface PatchEntry {
  readonly patch?: string;
  readonly path?: string;
  readonly target?: Selector | null;
  readonly options?: { readonly allowNameChange?: boolean; readonly allowKindChange?: boolean };
}

/**
 * Applies patches one after the other. @param read gives the text of a file
 * @returns the resources that are left
 * @throws BuildError where a patch finds nothing to change
 */
export function applyPatches(
  resources: readonly Resource[],
  patches: readonly PatchEntry[],
  read: (path: string) => string,
): Resource[] {
  let left = [...resources];
  for (const entry of patches) {
    const text = (entry.patch ?? "").trim();
    const { path } = entry;
    if (text === "" && (path === undefined || path === ""))
      throw new BuildError("a patch says neither patch nor path");
    const source = text === "" ? read(path!) : text;
    left = applyPatch(left, parsePatch(source), entry);
  }
  return left;
}

type Parsed = { readonly operations: readonly unknown[] } | { readonly merges: readonly Json[] };
const parsedPatches = new Map<string, Parsed>();

function parsePatch(text: string): Parsed {
  let parsed = parsedPatches.get(text);
  if (parsed === undefined) {
    if (parsedPatches.size > 10_000) parsedPatches.clear();
    const value: unknown = text.startsWith("[") ? readGoYaml(text, "v2") : undefined;
    if (Array.isArray(value)) parsed = { operations: value };
    else {
      const documents = readManifests(text, true).map((document) => document.value);
      const [first] = documents;
      if (Array.isArray(first)) parsed = { operations: readGoYaml(text, "v2") as unknown[] };
      else if (documents.length > 0 && documents.every(isMap)) parsed = { merges: documents };
      else throw new BuildError("unable to parse SM or JSON patch");
    }
    parsedPatches.set(text, parsed);
  }
  return parsed;
}

function applyPatch(resources: Resource[], parsed: Parsed, { target, options = {} }: PatchEntry): Resource[] {
  if ("operations" in parsed) {
    if (target === undefined || target === null) throw new BuildError("must specify a target for JSON patch");
    for (const resource of select(resources, target)) {
      storePreviousId(resource);
      // kustomize keeps notes in annotations: they are always there for a patch to find.
      const { annotations = {} } = metadataOf(resource.object);
      const patched = jsonPatch(withMetadata(resource.object, { annotations }), parsed.operations);
      const { annotations: after, ...rest } = patched["metadata"] as Json;
      const empty = !isMap(after) || Object.keys(after).length === 0;
      resource.object = empty ? { ...patched, metadata: rest } : patched;
    }
    return resources;
  }
  const gone = new Set<Resource>();
  const merge = (resource: Resource, patch: Json) => {
    const merged = strategicMerge(resource.object, patch);
    if (merged === undefined) {
      gone.add(resource);
      return;
    }
    const { name, namespace } = metadataOf(resource.object);
    if (options.allowNameChange === true || options.allowKindChange === true) storePreviousId(resource);
    const { namespace: _, ...metadata } = merged["metadata"] as Json;
    resource.object = {
      ...merged,
      ...(options.allowKindChange === true ? {} : { kind: kindOf(resource.object) }),
      metadata: {
        ...metadata,
        ...(options.allowNameChange === true ? {} : { name }),
        ...(namespace === undefined ? {} : { namespace }),
      },
    };
  };
  if (target !== undefined && target !== null) {
    if (parsed.merges.length > 1)
      throw new BuildError("several strategic merge patches cannot have one target");
    for (const resource of select(resources, target)) {
      // The patch stands for the object that it is put on.
      const patch = { ...parsed.merges[0]!, apiVersion: apiVersionOf(resource.object) };
      merge(resource, withMetadata(patch, { name: metadataOf(resource.object).name }));
    }
  } else for (const patch of parsed.merges) merge(named(resources, patch), patch);
  return gone.size === 0 ? resources : resources.filter((resource) => !gone.has(resource));
}

/** The one resource that a patch names by its ids. */
function named(resources: readonly Resource[], patch: Json): Resource {
  const { name } = metadataOf(patch);
  const kind = kindOf(patch);
  const { group, version } = groupVersion(apiVersionOf(patch));
  const namespace = effectiveNamespace(patch);
  const fits = (by: "current" | "original") =>
    resources.filter((resource) => {
      const own = groupVersion(apiVersionOf(resource.object));
      if (own.group !== group || own.version !== version) return false;
      const id =
        by === "original" && resource.previous[0] !== undefined
          ? resource.previous[0]
          : {
              kind: kindOf(resource.object),
              name: metadataOf(resource.object).name,
              namespace: effectiveNamespace(resource.object),
            };
      return id.kind === kind && id.name === name && id.namespace === namespace;
    });
  const found = fits("original");
  const chosen = found.length > 0 ? found : fits("current");
  if (chosen.length !== 1)
    throw new BuildError(
      `no resource matches strategic merge patch ${kind} ${namespace}/${name}${chosen.length > 1 ? ": several do" : ""}`,
    );
  return chosen[0]!;
}
