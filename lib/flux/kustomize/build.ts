import { readGoYaml } from "../go-yaml-read.ts";
import { forEachOrPending, joinPath, type Tree } from "../tree.ts";
import {
  contentHash,
  generate,
  type GeneratorEntry,
  type GeneratorOptions,
  mergeGenerated,
} from "./generate.ts";
import {
  entries,
  findKustomization,
  isEmptyKustomization,
  type KustomizationFile,
  kustomizationNames,
  pairs,
  strings,
  unsupportedIn,
} from "./kustomization-file.ts";
import { isClusterScoped, kustomizeKnows } from "./knowledge.ts";
import { readManifestFile } from "./manifest-file.ts";
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
    for (const feature of unsupportedIn(folder, file)) this.unsupported.add(feature);
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
    if (this.#tree.entry(at)?.kind === "file") return readManifestFile(at, this.#tree.text(at)!);
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
