import { validateObject } from "../../lib/flux/schema.ts";
import { customObjectProblems, type CustomKind } from "./custom-objects.ts";
import type { Manifest } from "./objects.ts";

/** The custom kinds that charts define. */
export type Definitions = ReadonlyMap<string, CustomKind>;

/**
 * What is wrong with our own objects, by the schemas of Flux and Kubernetes or by the definitions that charts bring.
 * @param incomplete whether charts are missing, so that a kind may be unknown for want of its chart
 */
export function objectProblems(
  objects: readonly Manifest[],
  definitions: Definitions,
  incomplete: boolean,
): string[] {
  return objects.flatMap((object) => {
    const problems = schemaProblems(object, definitions);
    if (problems === undefined)
      return incomplete ? [] : [`${nameOf(object)}: no chart defines ${object.apiVersion} ${object.kind}`];
    const definition = definitions.get(`${object.apiVersion} ${object.kind}`);
    if (definition !== undefined && definition.namespaced !== (object.metadata.namespace !== undefined))
      problems.push(
        `${nameOf(object)}: ${definition.namespaced ? "has no namespace" : "cannot have a namespace"}`,
      );
    return problems;
  });
}

/** Where Kubernetes would refuse what a chart renders: values that ended up in the wrong place. */
export function renderedProblems(manifests: readonly Manifest[], definitions: Definitions): string[] {
  return manifests.flatMap((manifest) => schemaProblems(manifest, definitions) ?? []);
}

/** Nothing if there is no schema. */
function schemaProblems(object: Manifest, definitions: Definitions): string[] | undefined {
  const known = validateObject(object, { kubernetes: "1.35" });
  if (known !== undefined) return known.map(({ path, message }) => `${nameOf(object)}: ${path}: ${message}`);
  const definition = definitions.get(`${object.apiVersion} ${object.kind}`);
  return (
    definition && customObjectProblems(object, definition).map((problem) => `${nameOf(object)}: ${problem}`)
  );
}

function nameOf({ kind, metadata }: Manifest): string {
  return `${kind} ${metadata.namespace === undefined ? "" : `${metadata.namespace}/`}${metadata.name}`;
}

const publicRegistry = /(?<![\w./-])(?:[\w-]+\.)+(?:io|dev)\/[\w./-]+:[\w.-]+/g;

/** The images that would still come from elsewhere than the mirror. */
export function mirrorProblems(manifests: readonly Manifest[], mirror: string): string[] {
  const elsewhere = new Set<string>();
  for (const manifest of manifests) {
    if (manifest.kind === "CustomResourceDefinition" || manifest.kind === "ConfigMap") continue;
    const text = JSON.stringify(manifest);
    for (const [, image] of text.matchAll(/"image":"([^"]+)"/g))
      if (!image!.startsWith(`${mirror}/`)) elsewhere.add(image!);
    // Images that a controller is told of, to start them later.
    for (const [image] of text.matchAll(publicRegistry)) elsewhere.add(image);
  }
  return [...elsewhere].map((image) => `'${image}' does not come from the mirror`);
}
