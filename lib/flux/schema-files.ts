import { existsSync, readFileSync } from "node:fs";

/** Kubernetes versions there are schemas of, the newest first. */
export const kubernetesVersions = ["1.36", "1.35", "1.34", "1.33"] as const;

export type KubernetesVersion = (typeof kubernetesVersions)[number];

export const newestKubernetes: KubernetesVersion = kubernetesVersions[0];

/** A JSON schema as Kubernetes writes it: structural, with `x-kubernetes-…`. */
export interface Schema {
  readonly type?: string;
  readonly format?: string;
  readonly pattern?: string;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly not?: Schema;
  /** `#/definitions/<name>` in the same file. */
  readonly $ref?: string;
  readonly "x-kubernetes-preserve-unknown-fields"?: boolean;
  readonly "x-kubernetes-int-or-string"?: boolean;
  readonly "x-kubernetes-validations"?: readonly { readonly rule: string; readonly message?: string }[];
  readonly [keyword: string]: unknown;
}

export interface SchemaKind {
  readonly scope: "Namespaced" | "Cluster";
  /** Without apiVersion, kind, status and, for custom resources, metadata. */
  readonly schema: Schema;
}

/** What schemas/README.md describes. */
export interface SchemaFile {
  /** By `group/version Kind`, or `v1 Kind` in the core group. */
  readonly kinds: Readonly<Record<string, SchemaKind>>;
  readonly definitions: Readonly<Record<string, Schema>>;
}

/** The name of the file that would hold a group's kinds; reads nothing. */
export function schemaFileOf(apiVersion: string, kubernetes: KubernetesVersion): string | undefined {
  const slash = apiVersion.indexOf("/");
  const group = slash < 0 ? "" : apiVersion.slice(0, slash);
  if (group === "fluxcd.controlplane.io") return "flux-operator.json";
  if (group.endsWith(".fluxcd.io")) return "flux.json";
  // Built-in groups are those without a domain, such as apps, and *.k8s.io.
  if (!group.includes(".") || group.endsWith(".k8s.io")) return `kubernetes-${kubernetes}.json`;
  return undefined;
}

export function findKind(file: string, apiVersion: string, kind: string): SchemaKind | undefined {
  const { kinds } = readSchemaFile(file);
  const name = `${apiVersion} ${kind}`;
  return Object.hasOwn(kinds, name) ? kinds[name] : undefined;
}

const files = new Map<string, SchemaFile>();

/** Reads a file of schemas/ once. */
export function readSchemaFile(name: string): SchemaFile {
  let file = files.get(name);
  if (file === undefined) {
    file = withBase(JSON.parse(readFileSync(new URL(name, schemasFolder()), "utf8")) as FileContent);
    files.set(name, file);
  }
  return file;
}

/** The place of a file of schemas/. */
export function schemaFile(name: string): URL {
  return new URL(name, schemasFolder());
}

interface FileContent extends Partial<SchemaFile> {
  /** The file that this one adds to and replaces. */
  readonly base?: string;
  /** Kinds of the base that are not in this one. */
  readonly without?: readonly string[] | null;
}

function withBase({ base, without, kinds = {}, definitions = {} }: FileContent): SchemaFile {
  if (base === undefined) return { kinds, definitions };
  const whole = readSchemaFile(base);
  const inherited = { ...whole.kinds };
  for (const name of without ?? []) delete inherited[name];
  return { kinds: { ...inherited, ...kinds }, definitions: { ...whole.definitions, ...definitions } };
}

let folder: URL | undefined;

/** schemas/ at the package's root: two folders up from here, three in dist/. */
function schemasFolder(): URL {
  for (let above = new URL("../", import.meta.url); folder === undefined; above = new URL("../", above)) {
    const candidate = new URL("schemas/", above);
    if (existsSync(new URL("flux.json", candidate))) folder = candidate;
    else if (above.pathname === "/") throw new Error("The folder schemas/ is missing from sluice's package.");
  }
  return folder;
}
