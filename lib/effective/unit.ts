import { readManifests } from "../flux/go-yaml-read.ts";
import type { Built } from "../flux/kustomize/build.ts";
import { fluxBuild } from "../flux/kustomize/flux-build.ts";
import { hasDollar, optsOut, SubstitutionError } from "../flux/substitute.ts";
import { joinPath, Pending, type Tree } from "../flux/tree.ts";
import { contractOf } from "./contract.ts";
import { type PlainFile, scanFolder } from "./plain-folder.ts";
import { isContent, type SourceContent } from "./source.ts";
import { substituteOnce } from "./substitute-once.ts";
import { TracedTree } from "./traced-tree.ts";
import type { UnitVariables } from "./variables.ts";

type Json = Readonly<Record<string, unknown>>;

/** An object that Flux applies to a cluster. */
export interface EffectiveObject {
  readonly object: Json;
  /** The object with symbols where a Secret's values are, to be shown; undefined where it holds none. */
  readonly shown: Json | undefined;
  /** The manifest, relative to its source's root, and the line of its document. */
  readonly file: string;
  readonly line: number;
  /** Id of the Kustomization that applies it. */
  readonly unit: string;
}

/** A Kustomization, before it is known what it applies. */
export interface UnitDefinition {
  /** `namespace/name`. */
  readonly id: string;
  readonly namespace: string;
  readonly name: string;
  readonly spec: Json;
  /** The spec with symbols where values of Secrets are; undefined where it holds none. */
  readonly shown?: Json | undefined;
  /** Id of the Kustomization that applies this one; undefined for the root. */
  readonly parent: string | undefined;
}

/** What a Kustomization applies, or why it cannot. */
export interface UnitResult {
  readonly objects: readonly EffectiveObject[];
  /** Why Flux fails it: then what was applied before stays. */
  readonly error: string | undefined;
  /** What of kustomize this build does not know: the objects are incomplete. */
  readonly unsupported: readonly string[];
}

/** Whether a text may hold Kustomizations or sources; also where a variable could make one of its objects such. */
const mayHoldFlux = (text: string): boolean =>
  (text.includes("toolkit.fluxcd.io/") && /(?:kustomize|source)\.toolkit\.fluxcd\.io/.test(text)) ||
  text.includes("source.extensions.fluxcd.io/") ||
  text.includes("fluxcd.controlplane.io/") ||
  (text.includes("$") && /apiVersion:\s*\S*\$/.test(text));

/**
 * One Flux Kustomization of a cluster with its source and variables. Its inputs are told apart from its objects:
 * two units of equal inputs need not be built to be known equal.
 */
export class Unit {
  readonly definition: UnitDefinition;
  readonly content: SourceContent;
  readonly variables: UnitVariables;
  readonly #folder: string | undefined;
  readonly #files: readonly PlainFile[] | undefined;
  readonly #traced: TracedTree | undefined;
  readonly #scan: string | undefined;
  readonly #outside: readonly [path: string, id: string | undefined][] | undefined;
  #built: Built | Error | undefined;
  #result: UnitResult | undefined;
  #key: string | undefined;
  #fluxObjects: readonly EffectiveObject[] | undefined;

  /** @throws Pending */
  constructor(definition: UnitDefinition, content: SourceContent, variables: UnitVariables) {
    this.definition = definition;
    this.content = content;
    this.variables = variables;
    if (!isContent(content)) return;
    this.#folder = joinPath("", pathOf(definition.spec));
    this.#traced = new TracedTree(content.tree);
    if (this.#folder === undefined) return;
    const { files, key, outside } = scanFolder(content.tree, this.#folder, definition.spec);
    this.#files = files;
    if (files === undefined) this.#build();
    else {
      this.#scan = key;
      this.#outside = outside;
    }
  }

  get id(): string {
    return this.definition.id;
  }

  /** The folder that it applies, relative to its source; undefined where that is not known. */
  get folder(): string | undefined {
    return this.#folder;
  }

  /** Equal for two units that apply the same, as far as it can be told without building them. */
  get key(): string {
    this.#key ??= this.#makeKey();
    return this.#key;
  }

  #makeKey(): string {
    const { content } = this;
    const source = isContent(content) ? (this.#scan ?? this.#traced!.key(this.#folder ?? "")) : content;
    const { interval: _, retryInterval: __, ...spec } = this.definition.spec;
    return JSON.stringify([spec, source, this.variables.key]);
  }

  /** What it read of the tree under review: its folder, and whatever else that one names. */
  reads(): string[] {
    if (!isContent(this.content) || !this.content.reviewed || this.#folder === undefined) return [];
    const outside = this.#outside ?? this.#traced!.outside(this.#folder);
    return [this.#folder, ...outside.filter(([, id]) => id !== undefined).map(([path]) => path)];
  }

  /** Whether all that it read of the tree under review is the same in another tree. @throws Pending */
  sameIn(tree: Tree): boolean {
    const { content } = this;
    if (!isContent(content) || !content.reviewed) return true;
    if (this.#folder === undefined) return true;
    if (tree.entry(this.#folder)?.id !== content.tree.entry(this.#folder)?.id) return false;
    const outside = this.#outside ?? this.#traced!.outside(this.#folder);
    if (outside.some(([path, id]) => tree.entry(path)?.id !== id)) return false;
    return (
      this.definition.spec["postBuild"] === undefined ||
      contractOf(tree, this.#folder) === contractOf(content.tree, this.#folder)
    );
  }

  /** The Kustomizations and sources that it applies. */
  fluxObjects(): readonly EffectiveObject[] {
    this.#fluxObjects ??= this.#some(mayHoldFlux).filter(({ object }) =>
      /^(?:kustomize\.toolkit|source\.toolkit|source\.extensions)\.fluxcd\.io\/|^fluxcd\.controlplane\.io\//.test(
        String(object["apiVersion"]),
      ),
    );
    return this.#fluxObjects;
  }

  /** A ConfigMap or Secret that it applies. */
  variableSource(kind: string, namespace: string, name: string): Json | undefined {
    return this.variableObject(kind, namespace, name)?.object;
  }

  /** The same, with where it is from. */
  variableObject(kind: string, namespace: string, name: string): EffectiveObject | undefined {
    return this.#some(
      (text) => mayHoldVariables(text) && (text.includes(name) || /name:\s*\S*\$/.test(text)),
    ).find(({ object }) => {
      const metadata = object["metadata"] as Json;
      return object["kind"] === kind && metadata["name"] === name && metadata["namespace"] === namespace;
    });
  }

  /** Whether it may apply an object of this kind and name, before its files are read as YAML. */
  mayApply(like: Json): boolean {
    if (this.#files === undefined) return true;
    const { name } = like["metadata"] as { name: string };
    const kind = String(like["kind"]);
    return this.#files.some(
      ({ text }) => (text.includes(name) && text.includes(kind)) || /(?:kind|name):\s*\S*\$/.test(text),
    );
  }

  /** Objects of the files that may matter, or all where they had to be built anyway. */
  #some(matters: (text: string) => boolean): readonly EffectiveObject[] {
    if (this.#files === undefined) return this.result().objects;
    const objects: EffectiveObject[] = [];
    for (const file of this.#files) {
      if (!matters(file.text)) continue;
      try {
        for (const { value, line } of parsed(file.text))
          if (typeof value === "object" && value !== null && "metadata" in value)
            objects.push(this.#effective(value, file.path, line));
      } catch (error) {
        if (!isFault(error)) throw error;
      }
    }
    return objects;
  }

  #build(): Built {
    if (this.#built === undefined)
      try {
        this.#built = fluxBuild(this.#traced!, this.#folder!, this.definition.spec);
      } catch (error) {
        if (error instanceof Pending || !isFault(error)) throw error;
        this.#built = error as Error;
      }
    if (this.#built instanceof Error) return { objects: [], unsupported: [] };
    return this.#built;
  }

  #effective(object: Json, file: string, line: number): EffectiveObject {
    const { variables, definition } = this;
    const common = definition.spec["commonMetadata"] as CommonMetadata | undefined;
    const put = (lookup: UnitVariables["lookup"]) => {
      const result = variables.active ? substituteOnce(object, lookup, variables) : object;
      return common === undefined || common === null ? result : withCommon(result, common);
    };
    if (variables.active && variables.problem !== undefined && !optsOut(object))
      throw new SubstitutionError(variables.problem);
    const masked = variables.masked !== undefined && hasDollar(object) ? variables.masked : undefined;
    return {
      object: put(variables.lookup),
      shown: masked === undefined ? undefined : put(masked),
      file,
      line,
      unit: definition.id,
    };
  }

  /** All that it applies. */
  result(): UnitResult {
    this.#result ??= this.#make();
    return this.#result;
  }

  #make(): UnitResult {
    const { content } = this;
    if (!isContent(content)) return { objects: [], error: content.message, unsupported: [] };
    if (this.#folder === undefined)
      return {
        objects: [],
        error: `path '${pathOf(this.definition.spec)}' leads out of the source`,
        unsupported: [],
      };
    const built = this.#build();
    if (this.#built instanceof Error) return { objects: [], error: this.#built.message, unsupported: [] };
    const objects: EffectiveObject[] = [];
    for (const { object, file, line } of built.objects)
      try {
        if (!isIgnored(object)) objects.push(this.#effective(object, file, line));
      } catch (error) {
        if (!(error instanceof SubstitutionError)) throw error;
        const { name } = object["metadata"] as { name: string };
        return {
          objects: [],
          error: `${file}:${line}: ${String(object["kind"])} ${name}: ${error.message}`,
          unsupported: built.unsupported,
        };
      }
    return { objects, error: undefined, unsupported: built.unsupported };
  }
}

/** What the user's files are to blame for. */
const isFault = (error: unknown): boolean =>
  ["BuildError", "YamlError", "SubstitutionError"].includes((error as Error).name);

const pathOf = (spec: Json): string => (typeof spec["path"] === "string" ? spec["path"] : "./");

const parsedTexts = new Map<string, ReturnType<typeof readManifests>>();
function parsed(text: string): ReturnType<typeof readManifests> {
  let documents = parsedTexts.get(text);
  if (documents === undefined) {
    if (parsedTexts.size > 20_000) parsedTexts.clear();
    documents = readManifests(text);
    parsedTexts.set(text, documents);
  }
  return documents;
}

const holding = new Map<string, boolean>();
function mayHoldVariables(text: string): boolean {
  let holds = holding.get(text);
  if (holds === undefined) {
    if (holding.size > 200_000) holding.clear();
    holds = /\b(?:ConfigMap|Secret)\b|kind:\s*\S*\$/.test(text);
    holding.set(text, holds);
  }
  return holds;
}

interface CommonMetadata {
  readonly labels?: Json;
  readonly annotations?: Json;
}

function withCommon(object: Json, { labels, annotations }: CommonMetadata): Json {
  const metadata = object["metadata"] as Json;
  return {
    ...object,
    metadata: {
      ...metadata,
      ...(labels === undefined ? {} : { labels: { ...(metadata["labels"] as Json | undefined), ...labels } }),
      ...(annotations === undefined
        ? {}
        : { annotations: { ...(metadata["annotations"] as Json | undefined), ...annotations } }),
    },
  };
}

/** What Flux is told to leave alone. */
function isIgnored(object: Json): boolean {
  const { labels, annotations } = object["metadata"] as { labels?: Json; annotations?: Json };
  const has = (key: string, value: string) => labels?.[key] === value || annotations?.[key] === value;
  return (
    has("kustomize.toolkit.fluxcd.io/reconcile", "disabled") ||
    has("kustomize.toolkit.fluxcd.io/ssa", "Ignore") ||
    String(object["apiVersion"]).startsWith("kustomize.config.k8s.io/")
  );
}
