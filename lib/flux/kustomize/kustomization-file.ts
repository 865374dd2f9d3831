import { readGoYaml, YamlError } from "../go-yaml-read.ts";
import { joinPath, type Tree } from "../tree.ts";
import type { PatchEntry } from "./patches.ts";
import { BuildError, isMap } from "./resource.ts";
import type { ImageEntry } from "./transform.ts";

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

/** Whether a kustomization says nothing. */
export const isEmptyKustomization = (file: KustomizationFile): boolean =>
  Object.entries(file).every(
    ([name, value]) =>
      ["apiVersion", "kind", "metadata"].includes(name) || (Array.isArray(value) && value.length === 0),
  );

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

/** What a kustomization asks for that this build does not know. @throws BuildError for a field that kustomize does not know either */
export function unsupportedIn(folder: string, file: KustomizationFile): string[] {
  const unsupported: string[] = [];
  for (const name of Object.keys(file)) {
    if (known.has(name)) continue;
    if (!unsupportedFields.has(name))
      throw new BuildError(`${folder}/kustomization.yaml: unknown field "${name}"`);
    const value = file[name];
    const empty = value === null || (Array.isArray(value) && value.length === 0);
    if (!empty) unsupported.push(`${name} in ${folder}/kustomization.yaml`);
  }
  if (file["imageTags"] !== undefined) unsupported.push(`imageTags in ${folder}/kustomization.yaml`);
  return unsupported;
}

/** A field that lists texts. @throws BuildError */
export function strings(file: KustomizationFile, field: string): string[] {
  const value = file[field];
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || value.some((entry) => typeof entry !== "string"))
    throw new BuildError(`'${field}' of a kustomization is a list of texts`);
  return value as string[];
}

/** A field that lists mappings. @throws BuildError */
export function entries<T>(file: KustomizationFile, field: string): readonly T[] {
  const value = file[field];
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || !value.every(isMap))
    throw new BuildError(`'${field}' of a kustomization is a list of mappings`);
  return value as unknown as T[];
}

/** A field that is a mapping. */
export function pairs(file: KustomizationFile, field: string): Readonly<Record<string, unknown>> {
  const value = file[field];
  return isMap(value) ? value : {};
}
