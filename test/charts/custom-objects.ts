import type { Json, Manifest } from "./objects.ts";

interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly "x-kubernetes-preserve-unknown-fields"?: boolean;
  readonly "x-kubernetes-int-or-string"?: boolean;
}

interface DefinitionSpec {
  readonly group: string;
  readonly scope: string;
  readonly names: { readonly kind: string };
  readonly versions: readonly { name: string; served: boolean; schema: { openAPIV3Schema: Schema } }[];
}

/** A served version of a custom kind. */
export interface CustomKind {
  readonly schema: Schema;
  readonly namespaced: boolean;
}

/** The custom kinds that manifests define, by `apiVersion kind`. */
export function* definitionsIn(manifests: readonly Manifest[]): Generator<[string, CustomKind]> {
  for (const manifest of manifests) {
    if (manifest.kind !== "CustomResourceDefinition") continue;
    const { group, names, scope, versions } = manifest["spec"] as DefinitionSpec;
    for (const { name, served, schema } of versions)
      if (served)
        yield [
          `${group}/${name} ${names.kind}`,
          { schema: schema.openAPIV3Schema, namespaced: scope === "Namespaced" },
        ];
  }
}

/** Where an object is not as its definition wants it, beside its metadata. CEL rules are not evaluated. */
export function customObjectProblems(object: Manifest, { schema }: CustomKind): string[] {
  const anything = { "x-kubernetes-preserve-unknown-fields": true };
  const ofAll = { apiVersion: anything, kind: anything, metadata: anything };
  return different(object, { ...schema, properties: { ...schema.properties, ...ofAll } }, "");
}

function different(value: unknown, schema: Schema, path: string): string[] {
  if (schema["x-kubernetes-int-or-string"] === true)
    return ["number", "string"].includes(typeof value) ? [] : [`${path} is no number or text`];
  const { type } = schema;
  if (type === "array") {
    if (!Array.isArray(value)) return [`${path} is no list`];
    return value.flatMap((item, index) => different(item, schema.items ?? {}, `${path}[${index}]`));
  }
  if (type === "object")
    return isObject(value) ? differentFields(value, schema, path) : [`${path} is no object`];
  const problems: string[] = [];
  const wanted = type === "integer" ? "number" : type;
  if (wanted !== undefined && typeof value !== wanted)
    problems.push(`${path} is ${JSON.stringify(value)}, no ${type}`);
  if (schema.enum !== undefined && !schema.enum.includes(value))
    problems.push(`${path} is ${JSON.stringify(value)}, not one of ${schema.enum.join(", ")}`);
  if (schema.pattern !== undefined && !matches(schema.pattern, value))
    problems.push(`${path} is ${JSON.stringify(value)}, which does not match ${schema.pattern}`);
  return problems;
}

function differentFields(value: Json, schema: Schema, path: string): string[] {
  const missing = (schema.required ?? []).filter((name) => value[name] === undefined);
  const open =
    schema["x-kubernetes-preserve-unknown-fields"] === true || schema.additionalProperties === true;
  return [
    ...missing.map((name) => `${path}.${name} is missing`),
    ...Object.entries(value).flatMap(([name, item]) => {
      const known =
        schema.properties?.[name] ??
        (typeof schema.additionalProperties === "object" ? schema.additionalProperties : undefined);
      if (known !== undefined) return different(item, known, `${path}.${name}`);
      return open ? [] : [`${path}.${name} is not known`];
    }),
  ];
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Go's `(?i)` at the beginning is a flag here. */
function matches(pattern: string, value: unknown): boolean {
  const insensitive = pattern.includes("(?i)");
  return new RegExp(pattern.replaceAll("(?i)", ""), insensitive ? "i" : "").test(String(value));
}
