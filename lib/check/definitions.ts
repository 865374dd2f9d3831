import { type Dirent, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../fleet/user-error.ts";
import { readManifests } from "../flux/go-yaml-read.ts";
import { type CustomKind, customKinds } from "./fleet.ts";

/**
 * The custom kinds that the CustomResourceDefinitions of a folder define, by `group/version Kind`; its YAML and
 * JSON files are read, however deep.
 * @throws UserError if it is no folder, has none, or a file is broken
 */
export function definitionsIn(folder: string): Map<string, CustomKind> {
  const kinds = new Map<string, CustomKind>();
  for (const file of filesBelow(folder)) {
    const text = readFileSync(file, "utf8");
    // Beside definitions there may be anything, such as templates.
    if (!text.includes("CustomResourceDefinition")) continue;
    let documents;
    try {
      documents = readManifests(text);
    } catch (error) {
      const { line, message } = error as { line?: number; message: string };
      throw new UserError({ where: line === undefined ? file : `${file}:${line}`, message }, 2);
    }
    for (const { value } of documents)
      for (const definition of itemsOf(value))
        for (const [name, kind] of customKinds(definition)) kinds.set(name, kind);
  }
  if (kinds.size === 0)
    throw new UserError(
      {
        where: folder,
        message: "holds no CustomResourceDefinition",
        remedy: "name a folder with their YAML: a chart's crds, or what kubectl get crds -o yaml printed",
      },
      2,
    );
  return kinds;
}

type Json = Readonly<Record<string, unknown>>;

function itemsOf(value: unknown): Json[] {
  if (typeof value !== "object" || value === null) return [];
  const { kind, items } = value as { kind?: unknown; items?: unknown };
  if (kind === "CustomResourceDefinition") return [value as Json];
  return (kind === "List" || kind === "CustomResourceDefinitionList") && Array.isArray(items)
    ? items.flatMap((item: unknown) => itemsOf({ kind: "CustomResourceDefinition", ...(item as Json) }))
    : [];
}

function filesBelow(folder: string): string[] {
  let entries: Dirent[];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    throw new UserError({ where: folder, message: "is no folder that can be read" }, 2);
  }
  return entries
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return entry.name === "node_modules" ? [] : filesBelow(path);
      return entry.isFile() && /\.(ya?ml|json)$/.test(entry.name) ? [path] : [];
    });
}
