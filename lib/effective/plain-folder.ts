import { findKustomization, kustomizationNames } from "../flux/kustomize/kustomization-file.ts";
import { forEachOrPending, joinPath, type Tree } from "../flux/tree.ts";
import { TracedTree } from "./traced-tree.ts";

/** A manifest of a folder that kustomize takes as it stands. */
export interface PlainFile {
  readonly path: string;
  readonly text: string;
}

const plainFields = new Set(["apiVersion", "kind", "metadata", "resources", "sortOptions"]);
/** Fields of a Flux Kustomization that change what kustomize builds. */
const changing = ["targetNamespace", "namePrefix", "nameSuffix", "patches", "components", "images"];

/** What a folder holds, as far as it was looked into. */
export interface ScannedFolder {
  /** Undefined where it takes a real build. */
  readonly files: readonly PlainFile[] | undefined;
  /** Equal for equal content. */
  readonly key: string;
  /** What was seen outside of the folder, with its id: a scan holds where that is the same. */
  readonly outside: readonly [path: string, id: string | undefined][];
}

const scans = new Map<string, ScannedFolder[]>();

/** The manifests of a folder, see {@link plainFiles}; equal folders are scanned once. @throws Pending */
export function scanFolder(
  tree: Tree,
  folder: string,
  spec: Readonly<Record<string, unknown>>,
): ScannedFolder {
  const id = tree.entry(folder)?.id ?? "";
  const changes = changing.some((field) => !isNothing(spec[field]));
  if (changes) return { files: undefined, key: "", outside: [] };
  const name = `${id} ${folder}`;
  const known = scans.get(name) ?? [];
  const fitting = known.find(({ outside }) => outside.every(([path, seen]) => tree.entry(path)?.id === seen));
  if (fitting !== undefined) return fitting;
  const traced = new TracedTree(tree);
  const files = plainFiles(traced, folder, spec);
  const scan = { files, key: traced.key(folder), outside: traced.outside(folder) };
  scans.set(name, [...known, scan]);
  return scan;
}

/**
 * The manifests of a folder that nothing but their listing says anything about: then each object is what its own
 * file says, and files that do not matter need not be read as YAML. Undefined where it takes a real build.
 * @throws Pending
 */
function plainFiles(
  tree: Tree,
  folder: string,
  spec: Readonly<Record<string, unknown>>,
): PlainFile[] | undefined {
  if (changing.some((field) => !isNothing(spec[field]))) return undefined;
  const files: PlainFile[] = [];
  return gather(tree, folder, files, 0) ? files : undefined;
}

const isNothing = (value: unknown): boolean =>
  value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0);

function gather(tree: Tree, folder: string, files: PlainFile[], depth: number): boolean {
  if (depth > 50 || tree.entry(folder)?.kind !== "folder") return false;
  let found;
  try {
    found = findKustomization(tree, folder);
  } catch (error) {
    if ((error as Error).name === "YamlError" || (error as Error).name === "BuildError") return false;
    throw error;
  }
  if (found === undefined) return depth === 0 && gatherAll(tree, folder, files);
  const { content } = found;
  if (Object.keys(content).some((field) => !plainFields.has(field))) return false;
  const resources = content.resources ?? [];
  if (!Array.isArray(resources) || content["kind"] === "Component") return false;
  let plain = true;
  forEachOrPending(resources as unknown[], (resource) => {
    const path =
      typeof resource === "string" && !resource.includes("://") ? joinPath(folder, resource) : undefined;
    const entry = path === undefined ? undefined : tree.entry(path);
    if (entry === undefined) plain = false;
    else if (entry.kind === "folder") plain = gather(tree, path!, files, depth + 1) && plain;
    else files.push({ path: path!, text: tree.text(path!)! });
  });
  return plain;
}

/** Without a kustomization, Flux takes every manifest below. */
function gatherAll(tree: Tree, folder: string, files: PlainFile[]): boolean {
  let plain = true;
  forEachOrPending(tree.list(folder) ?? [], (name) => {
    const path = joinPath(folder, name)!;
    if (tree.entry(path)?.kind === "folder") {
      if (kustomizationNames.some((own) => tree.entry(`${path}/${own}`)?.kind === "file"))
        plain = gather(tree, path, files, 1) && plain;
      else plain = gatherAll(tree, path, files) && plain;
    } else if (/\.ya?ml$/.test(name)) {
      // What source-controller leaves out needs a real build to be left out.
      if (name.startsWith(".") || /^(appveyor|cloudbuild|codeship)/.test(name)) plain = false;
      else files.push({ path, text: tree.text(path)! });
    }
  });
  return plain;
}
