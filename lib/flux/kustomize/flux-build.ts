import { readManifests, YamlError } from "../go-yaml-read.ts";
import { forEachOrPending, joinPath, type Tree } from "../tree.ts";
import { type Built, kustomizeBuild } from "./build.ts";
import {
  findKustomization,
  isEmptyKustomization,
  type KustomizationFile,
  kustomizationNames,
} from "./kustomization-file.ts";
import type { PatchEntry } from "./patches.ts";
import { BuildError, isMap, type Json } from "./resource.ts";
import type { ImageEntry } from "./transform.ts";

/** What of a Flux Kustomization's spec kustomize gets to see. */
export type FluxSpec = Readonly<Record<string, unknown>>;

/**
 * Builds the folder of a Flux Kustomization as kustomize-controller does: with a kustomization.yaml that it makes
 * where there is none, and the spec's own patches, images, names and namespace put into it.
 * @throws BuildError, YamlError, Pending
 */
export function fluxBuild(tree: Tree, folder: string, spec: FluxSpec): Built {
  if (tree.entry(folder)?.kind !== "folder")
    throw new BuildError(`kustomization path not found: '${folder}'`);
  const found = findKustomization(tree, folder)?.content;
  const file: KustomizationFile = { ...(found ?? generated(tree, folder)) };
  const own = Object.keys(spec).some((field) => ownFields.has(field) && spec[field] !== undefined);
  if (own) addSpec(tree, folder, file, spec);
  if (found !== undefined && isEmptyKustomization(file)) return { objects: [], unsupported: [] };
  if (file.namespace === placeholder) delete file.namespace;
  return kustomizeBuild(tree, folder, file);
}

const ownFields = new Set([
  "targetNamespace",
  "namePrefix",
  "nameSuffix",
  "patches",
  "components",
  "patchesStrategicMerge",
  "patchesJson6902",
  "images",
]);
const placeholder = "_placeholder";

/** Every manifest below the folder; a folder with a kustomization of its own as a whole. */
function generated(tree: Tree, folder: string): KustomizationFile {
  const resources: string[] = [];
  const visit = (below: string) => {
    forEachOrPending(tree.list(joinPath(folder, below)!) ?? [], (name) => {
      const path = below === "" ? name : `${below}/${name}`;
      const at = joinPath(folder, path)!;
      if (tree.entry(at)?.kind === "folder") {
        if (kustomizationNames.some((own) => tree.entry(`${at}/${own}`)?.kind === "file"))
          resources.push(`./${path}`);
        else visit(path);
      } else if (/\.ya?ml$/.test(name) && !ignored.has(name)) {
        if (holdsObjects(at, tree.text(at)!)) resources.push(`./${path}`);
      }
    });
  };
  visit("");
  return { resources };
}

/** Left out of what source-controller packs (its documentation, «Default exclusions»). */
const ignored = new Set([
  ".sops.yaml",
  ".flux.yaml",
  ".goreleaser.yml",
  ".goreleaser.yaml",
  ".travis.yml",
  ".gitlab-ci.yml",
  "appveyor.yml",
  ".drone.yml",
  "cloudbuild.yaml",
  "codeship-services.yml",
  "codeship-steps.yml",
]);

function holdsObjects(path: string, text: string): boolean {
  if (text.includes("\0")) throw new BuildError(`${path}: is binary, no manifest`);
  if (text.length > 1_000_000) return true;
  try {
    for (const { value } of readManifests(text))
      if (!isMap(value)) throw new BuildError(`failed to decode Kubernetes YAML from ${path}`);
    return true;
  } catch (error) {
    if (error instanceof YamlError)
      throw new YamlError(
        `${path}${error.line === undefined ? "" : `:${error.line}`}: broken YAML: ${error.message}`,
        error.line,
      );
    throw error;
  }
}

function addSpec(tree: Tree, folder: string, file: KustomizationFile, spec: FluxSpec): void {
  if (typeof spec["targetNamespace"] === "string") file.namespace = spec["targetNamespace"];
  if (typeof spec["namePrefix"] === "string") file.namePrefix = spec["namePrefix"];
  if (typeof spec["nameSuffix"] === "string") file.nameSuffix = spec["nameSuffix"];
  const list = <T>(field: string) => (spec[field] ?? []) as readonly T[];
  file.patches = [
    ...(file.patches ?? []),
    ...list<PatchEntry>("patches").map(({ patch, target }) => ({ patch, target })),
  ];
  const components = list<string>("components").filter((component) => {
    if (/^(https?:\/\/|ssh:\/\/|git::|git@|gh:|github\.com[:/]|\/)/i.test(component))
      throw new BuildError(`component path '${component}' must be local and relative`);
    const at = joinPath(folder, component);
    return spec["ignoreMissingComponents"] !== true || (at !== undefined && tree.entry(at) !== undefined);
  });
  file.components = [...(file.components ?? []), ...components];
  const merges = list<Json>("patchesStrategicMerge");
  if (merges.length > 0)
    file.patches = [...merges.map((patch) => ({ patch: JSON.stringify(patch) })), ...(file.patches ?? [])];
  const operations = list<{ patch: unknown; target: PatchEntry["target"] }>("patchesJson6902");
  if (operations.length > 0)
    file["patchesJson6902"] = [
      ...((file["patchesJson6902"] ?? []) as PatchEntry[]),
      ...operations.map(({ patch, target }) => ({ patch: JSON.stringify(patch), target })),
    ];
  const images = [...(file.images ?? [])];
  for (const image of list<ImageEntry>("images")) {
    const at = images.findIndex(({ name }) => name === image.name);
    if (at < 0) {
      images.push(image);
      continue;
    }
    const merged: Record<string, string | undefined> = { ...images[at]! };
    if (image.newName !== undefined && image.newName !== "") merged["newName"] = image.newName;
    if (image.newTag || image.digest) Object.assign(merged, { newTag: image.newTag, digest: image.digest });
    images[at] = merged as unknown as ImageEntry;
  }
  file.images = images;
}
