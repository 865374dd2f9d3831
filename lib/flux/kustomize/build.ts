import { readGoYaml, readManifests, YamlError } from "../go-yaml-read.ts";
import { forEachOrPending, joinPath, type Tree } from "../tree.ts";
import {
  contentHash,
  generate,
  type GeneratorEntry,
  type GeneratorOptions,
  mergeGenerated,
} from "./generate.ts";
import { isClusterScoped, kustomizeKnows } from "./knowledge.ts";
import { applyPatches, type PatchEntry } from "./patches.ts";
import { fixReferences } from "./references.ts";
import { replace, type Replacement } from "./replacements.ts";
import {
  apiVersionOf,
  BuildError,
  currentId,
  identity,
  isMap,
  type Json,
  kindOf,
  metadataOf,
  type Resource,
  storePreviousId,
  withMetadata,
} from "./resource.ts";
import {
  affixNames,
  type ImageEntry,
  type LabelEntry,
  labelFields,
  setImage,
  setNamespace,
  setPairs,
  setReplicas,
} from "./transform.ts";

/** The names that a kustomization may have, in kustomize's order. */
export const kustomizationNames = ["kustomization.yaml", "kustomization.yml", "Kustomization"] as const;

/** A kustomization.yaml, as far as it is read. */
export interface KustomizationFile extends Record<string, unknown> {
  resources?: readonly string[];
  components?: readonly string[];
  patches?: readonly PatchEntry[];
  images?: readonly ImageEntry[];
  namespace?: string;
  namePrefix?: string;
  nameSuffix?: string;
}

/** An object that a build gives, and where it comes from. */
export interface BuiltObject {
  readonly object: Json;
  /** Relative to the tree. */
  readonly file: string;
  /** Line of its document, from 1. */
  readonly line: number;
}

/** What a build gives. */
export interface Built {
  readonly objects: readonly BuiltObject[];
  /** Features of kustomize that the folder uses and this build does not know: the result is incomplete. */
  readonly unsupported: readonly string[];
}

/**
 * Builds a folder of a tree as `kustomize build` does.
 * @param given the folder's kustomization where it is not the file's: Flux puts its own fields into it
 * @throws BuildError, YamlError, Pending
 */
export function kustomizeBuild(tree: Tree, folder: string, given?: KustomizationFile): Built {
  const build = new Build(tree);
  const resources = build.accumulate(folder, given ?? build.load(folder), [], false, [folder]);
  for (const resource of resources)
    if (resource.needsHash === true) {
      storePreviousId(resource);
      const { name = "" } = metadataOf(resource.object);
      resource.object = withMetadata(resource.object, { name: `${name}-${contentHash(resource.object)}` });
    }
  fixReferences(resources);
  const objects = resources
    .filter(({ object }) => {
      const local = metadataOf(object).annotations?.["config.kubernetes.io/local-config"];
      return local === undefined || local === "false";
    })
    .map(({ object, file, line }) => ({ object: withTextAnnotations(object), file, line }));
  return { objects, unsupported: [...build.unsupported] };
}

/** Whether a kustomization says nothing. */
export const isEmptyKustomization = (file: KustomizationFile): boolean =>
  Object.entries(file).every(
    ([name, value]) =>
      ["apiVersion", "kind", "metadata"].includes(name) || (Array.isArray(value) && value.length === 0),
  );

/** kustomize writes annotations anew, each as text. */
function withTextAnnotations(object: Json): Json {
  const { annotations } = metadataOf(object);
  if (!isMap(annotations) || Object.values(annotations).every((value) => typeof value === "string"))
    return object;
  const texts = Object.entries(annotations).map(
    ([key, value]) => [key, value === null ? "" : String(value)] as const,
  );
  return withMetadata(object, { annotations: Object.fromEntries(texts) });
}

/** The kustomization in a folder, or undefined. @throws YamlError, BuildError, Pending */
export function findKustomization(
  tree: Tree,
  folder: string,
): { path: string; content: KustomizationFile } | undefined {
  const found = kustomizationNames
    .map((name) => joinPath(folder, name)!)
    .filter((path) => tree.entry(path)?.kind === "file");
  if (found.length > 1) throw new BuildError(`found multiple kustomization files under: ${folder}`);
  const [path] = found;
  if (path === undefined) return undefined;
  const text = tree.text(path)!;
  let content = kustomizations.get(text);
  if (content === undefined)
    try {
      content = readGoYaml(text, "v2");
      if (kustomizations.size > 50_000) kustomizations.clear();
      kustomizations.set(text, content);
    } catch (error) {
      if (error instanceof YamlError) throw new YamlError(`${path}: ${error.message}`, error.line);
      throw error;
    }
  if (content === null || content === undefined) throw new BuildError(`${path}: kustomization.yaml is empty`);
  if (!isMap(content)) throw new BuildError(`${path}: is no kustomization`);
  return { path, content: content };
}

/** By their text. They are never changed in place. */
const kustomizations = new Map<string, unknown>();

const known = new Set([
  "apiVersion", "kind", "metadata", "resources", "bases", "components", "patches", "patchesStrategicMerge",
  "patchesJson6902", "images", "namespace", "namePrefix", "nameSuffix", "commonLabels", "labels",
  "commonAnnotations", "configMapGenerator", "secretGenerator", "generatorOptions", "replicas", "replacements",
  "sortOptions", "imageTags",
]); // prettier-ignore
/** Fields that kustomize knows and this build does not. */
const unsupportedFields = new Set([
  "buildMetadata", "configurations", "crds", "generators", "helmCharts", "helmChartInflationGenerator",
  "helmGlobals", "inventory", "openapi", "transformers", "validators", "vars",
]); // prettier-ignore

class Build {
  readonly #tree: Tree;
  readonly unsupported = new Set<string>();

  constructor(tree: Tree) {
    this.#tree = tree;
  }

  load(folder: string): KustomizationFile {
    const found = findKustomization(this.#tree, folder);
    if (found === undefined)
      throw new BuildError(`unable to find one of ${kustomizationNames.join(", ")} in '${folder}'`);
    if (isEmptyKustomization(found.content))
      throw new BuildError(`${found.path}: kustomization.yaml is empty`);
    return found.content;
  }

  /** @param resources what a component adds to and changes */
  accumulate(
    folder: string,
    file: KustomizationFile,
    resources: Resource[],
    component: boolean,
    path: readonly string[],
  ): Resource[] {
    this.#checkFields(folder, file);
    const all = resources;
    const lists = [...strings(file, "resources"), ...strings(file, "bases")];
    forEachOrPending(lists, (entry) => {
      all.push(...this.#resource(folder, entry, path));
    });
    refuseTwice(all);
    this.#generate(folder, file, all);
    let result = all;
    for (const entry of strings(file, "components")) {
      if (isRemote(entry)) {
        this.unsupported.add(`the remote component '${entry}' in ${folder}/kustomization.yaml`);
        continue;
      }
      const below = this.#folder(folder, entry, path);
      const inner = this.load(below);
      if (inner["kind"] !== "Component")
        throw new BuildError(
          `expected kind 'Component' for path '${below}' but got '${String(inner["kind"] ?? "")}'`,
        );
      result = this.accumulate(below, inner, result, true, [...path, below]);
    }
    if (!component && file["kind"] === "Component" && path.length > 1)
      throw new BuildError(`expected kind != 'Component' for path '${folder}'`);
    return this.#transform(folder, file, result);
  }

  #checkFields(folder: string, file: KustomizationFile): void {
    for (const name of Object.keys(file)) {
      if (known.has(name)) continue;
      if (!unsupportedFields.has(name))
        throw new BuildError(`${folder}/kustomization.yaml: unknown field "${name}"`);
      const value = file[name];
      const empty = value === null || (Array.isArray(value) && value.length === 0);
      if (!empty) this.unsupported.add(`${name} in ${folder}/kustomization.yaml`);
    }
    if (file["imageTags"] !== undefined) this.unsupported.add(`imageTags in ${folder}/kustomization.yaml`);
  }

  #folder(folder: string, entry: string, path: readonly string[]): string {
    const below = joinPath(folder, entry);
    if (below === undefined) throw new BuildError(`'${entry}' in '${folder}' leads out of the source`);
    if (this.#tree.entry(below)?.kind !== "folder")
      throw new BuildError(`accumulating resources from '${entry}' in '${folder}': no such file or folder`);
    if (path.includes(below)) throw new BuildError(`cycle detected: ${[...path, below].join(" → ")}`);
    return below;
  }

  #resource(folder: string, entry: string, path: readonly string[]): Resource[] {
    if (isRemote(entry)) {
      this.unsupported.add(`the remote resource '${entry}' in ${folder}/kustomization.yaml`);
      return [];
    }
    const at = joinPath(folder, entry);
    if (at === undefined) throw new BuildError(`'${entry}' in '${folder}' leads out of the source`);
    if (this.#tree.entry(at)?.kind === "file") return readResources(at, this.#tree.text(at)!);
    const below = this.#folder(folder, entry, path);
    return this.accumulate(below, this.load(below), [], false, [...path, below]);
  }

  #text(folder: string, entry: string): string {
    const at = joinPath(folder, entry);
    const text = at === undefined ? undefined : this.#tree.text(at);
    if (text === undefined) throw new BuildError(`'${entry}' in '${folder}': no such file`);
    return text;
  }

  #generate(folder: string, file: KustomizationFile, resources: Resource[]): void {
    const global = (file["generatorOptions"] ?? {}) as GeneratorOptions;
    const kinds = [
      ["Secret", "secretGenerator"],
      ["ConfigMap", "configMapGenerator"],
    ] as const;
    for (const [kind, field] of kinds)
      for (const entry of entries<GeneratorEntry>(file, field)) {
        const own = entry.options ?? {};
        const options: GeneratorOptions = {
          ...global,
          ...own,
          ...(global.labels === undefined && own.labels === undefined
            ? {}
            : { labels: { ...global.labels, ...own.labels } }),
          ...(global.annotations === undefined && own.annotations === undefined
            ? {}
            : { annotations: { ...global.annotations, ...own.annotations } }),
        };
        const object = generate(kind, entry, options, (path) => this.#text(folder, path));
        const made: Resource = {
          object,
          file: `${folder}/kustomization.yaml`,
          line: 1,
          previous: [],
          prefixes: [],
          suffixes: [],
        };
        if (options.disableNameSuffixHash !== true) made.needsHash = true;
        absorb(resources, made, entry.behavior);
      }
  }

  #transform(folder: string, file: KustomizationFile, resources: Resource[]): Resource[] {
    const read = (path: string) => this.#text(folder, path);
    let result = resources;
    for (const patch of strings(file, "patchesStrategicMerge"))
      result = applyPatches(
        result,
        [patch.includes("\n") || patch.includes(": ") || patch.startsWith("{") ? { patch } : { path: patch }],
        read,
      );
    result = applyPatches(result, entries<PatchEntry>(file, "patches"), read);
    if (typeof file.namespace === "string" && file.namespace !== "") setNamespace(result, file.namespace);
    if (typeof file.namePrefix === "string" && file.namePrefix !== "")
      affixNames(result, "prefix", file.namePrefix);
    if (typeof file.nameSuffix === "string" && file.nameSuffix !== "")
      affixNames(result, "suffix", file.nameSuffix);
    for (const label of entries<LabelEntry>(file, "labels"))
      setPairs(result, label.pairs ?? {}, labelFields(label));
    const { commonLabels, metadataLabels, commonAnnotations } = kustomizeKnowsIf(file);
    setPairs(result, pairs(file, "commonLabels"), [...commonLabels, ...metadataLabels]);
    setPairs(result, pairs(file, "commonAnnotations"), commonAnnotations);
    result = applyPatches(result, entries<PatchEntry>(file, "patchesJson6902"), read);
    for (const { name, count } of entries<{ name: string; count: number }>(file, "replicas"))
      setReplicas(result, name, count);
    for (const image of entries<ImageEntry>(file, "images")) setImage(result, image);
    for (const entry of entries<Replacement & { path?: string }>(file, "replacements")) {
      const list = entry.path === undefined ? [entry] : [readGoYaml(read(entry.path), "v3")].flat();
      for (const replacement of list) replace(result, replacement as Replacement);
    }
    return result;
  }
}

/** Nothing is read where no labels are set. */
function kustomizeKnowsIf(file: KustomizationFile) {
  const needed = file["commonLabels"] !== undefined || file["commonAnnotations"] !== undefined;
  return needed ? kustomizeKnows().fields : { commonLabels: [], metadataLabels: [], commonAnnotations: [] };
}

const isRemote = (entry: string): boolean =>
  /^(https?:\/\/|ssh:\/\/|git::|git@|github\.com[:/]|gh:|oci:\/\/)/i.test(entry);

function strings(file: KustomizationFile, field: string): string[] {
  const value = file[field];
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || value.some((entry) => typeof entry !== "string"))
    throw new BuildError(`'${field}' of a kustomization is a list of texts`);
  return value as string[];
}

function entries<T>(file: KustomizationFile, field: string): readonly T[] {
  const value = file[field];
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || !value.every(isMap))
    throw new BuildError(`'${field}' of a kustomization is a list of mappings`);
  return value as unknown as T[];
}

function pairs(file: KustomizationFile, field: string): Readonly<Record<string, unknown>> {
  const value = file[field];
  return isMap(value) ? value : {};
}

const readCache = new Map<string, readonly Resource[]>();
let cachedCharacters = 0;

/** The objects of a file; equal texts are read once. @throws YamlError, BuildError */
function readResources(file: string, text: string): Resource[] {
  let found = readCache.get(text);
  if (found === undefined) {
    found = parseResources(file, text);
    // Bounded, as a fleet may have more manifests than fit.
    cachedCharacters += text.length;
    if (cachedCharacters > 200_000_000) {
      readCache.clear();
      cachedCharacters = text.length;
    }
    readCache.set(text, found);
  }
  return found.map(({ object, line }) => ({ object, file, line, previous: [], prefixes: [], suffixes: [] }));
}

const tooLarge = 20 * 1024 * 1024;

function parseResources(file: string, text: string): Resource[] {
  if (text.length > tooLarge)
    throw new BuildError(
      `${file}: has ${Math.round(text.length / 1024 / 1024)} MiB, more than the ${tooLarge / 1024 / 1024} that manifests may have`,
    );
  if (text.includes("\0")) throw new BuildError(`${file}: is binary, no manifest`);
  let documents;
  try {
    documents = readManifests(text);
  } catch (error) {
    if (error instanceof YamlError)
      throw new YamlError(
        `${file}${error.line === undefined ? "" : `:${error.line}`}: broken YAML: ${error.message}`,
        error.line,
      );
    throw error;
  }
  const resources: Resource[] = [];
  const add = (value: unknown, line: number) => {
    if (!isMap(value)) throw new BuildError(`${file}:${line}: is no Kubernetes object`);
    const kind = kindOf(value);
    if (kind.endsWith("List") && Array.isArray(value["items"])) {
      for (const item of value["items"] as unknown[]) add(item, line);
      return;
    }
    if (kind === "") throw new BuildError(`${file}:${line}: missing kind`);
    const { name } = metadataOf(value);
    if (typeof name !== "string" || name === "")
      throw new BuildError(`${file}:${line}: missing metadata.name in ${kind}`);
    resources.push({ object: value, file, line, previous: [], prefixes: [], suffixes: [] });
  };
  for (const { value, line } of documents) add(value, line);
  return resources;
}

function refuseTwice(resources: readonly Resource[]): void {
  const seen = new Set<string>();
  for (const { object } of resources) {
    const id = `${apiVersionOf(object)} ${identity(object)}`;
    if (seen.has(id)) {
      const { kind, name, namespace } = currentId(object);
      throw new BuildError(
        `may not add resource with an already registered id: ${kind} ${namespace === "" ? "" : `${namespace}/`}${name}`,
      );
    }
    seen.add(id);
  }
}

/** Adds what was generated, or merges it into what is there. */
function absorb(resources: Resource[], made: Resource, behavior = "create"): void {
  const id = currentId(made.object);
  const at = resources.findIndex((resource) =>
    [...resource.previous, currentId(resource.object)].some(
      (other) =>
        other.kind === id.kind &&
        other.name === id.name &&
        (other.namespace === id.namespace || isClusterScoped(apiVersionOf(resource.object), other.kind)),
    ),
  );
  if (at < 0) {
    if (behavior !== "create" && behavior !== "unspecified" && behavior !== "")
      throw new BuildError(`id ${id.kind} ${id.name} does not exist; cannot merge or replace`);
    resources.push(made);
    return;
  }
  const before = resources[at]!;
  if (behavior !== "merge" && behavior !== "replace")
    throw new BuildError(`id ${id.kind} ${id.name} exists; behavior must be merge or replace`);
  const own = metadataOf(before.object);
  const merged = mergeGenerated(before.object, made.object, behavior);
  const { needsHash, ...rest } = before;
  resources[at] = {
    ...rest,
    object: withMetadata(merged, {
      name: own.name,
      ...(own.namespace === undefined ? {} : { namespace: own.namespace }),
    }),
    ...(needsHash === true && made.needsHash === true ? { needsHash: true } : {}),
  };
}
