import { readManifests, YamlError } from "../go-yaml-read.ts";
import { BuildError, isMap, kindOf, metadataOf, type Resource } from "./resource.ts";

const readCache = new Map<string, readonly Resource[]>();
let cachedCharacters = 0;

/** The objects of a file; equal texts are read once. @throws YamlError, BuildError */
export function readManifestFile(file: string, text: string): Resource[] {
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
