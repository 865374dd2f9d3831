import { readFileSync } from "node:fs";
import { schemaFile } from "../schema-files.ts";

/** Where a field is, and in which kinds: as kustomize's configuration says it. */
export interface FieldSpec {
  /** Such as `spec/template/spec/containers[]/image`. */
  readonly path: string;
  readonly group?: string;
  readonly version?: string;
  readonly kind?: string;
  readonly create?: boolean;
}

/** How a field of a type merges. */
export interface MergeField {
  /** The type of the field's value, or of its items. */
  readonly type?: string;
  /** The keys by which the items of a list are matched. */
  readonly keys?: readonly string[];
  /** A list of scalars that are joined. */
  readonly set?: boolean;
}

interface Knowledge {
  readonly fields: {
    readonly commonAnnotations: readonly FieldSpec[];
    readonly commonLabels: readonly FieldSpec[];
    readonly metadataLabels: readonly FieldSpec[];
    readonly images: readonly FieldSpec[];
    readonly namespace: readonly FieldSpec[];
    readonly replicas: readonly FieldSpec[];
    readonly nameReference: readonly (Omit<FieldSpec, "path"> & {
      readonly fieldSpecs: readonly FieldSpec[];
    })[];
  };
  readonly kinds: Readonly<Record<string, string>>;
  readonly types: Readonly<Record<string, Readonly<Record<string, MergeField>>>>;
  readonly clusterScoped: readonly string[];
}

let knowledge: Knowledge | undefined;
let scoped: Set<string> | undefined;

/** What kustomize knows about kinds (schemas/kustomize.json). */
export function kustomizeKnows(): Knowledge {
  knowledge ??= JSON.parse(readFileSync(schemaFile("kustomize.json"), "utf8")) as Knowledge;
  return knowledge;
}

/** Whether kustomize gives objects of a kind no namespace: not for custom kinds, which it does not know. */
export function isClusterScoped(apiVersion: string, kind: string): boolean {
  scoped ??= new Set(kustomizeKnows().clusterScoped);
  return scoped.has(`${apiVersion} ${kind}`);
}
