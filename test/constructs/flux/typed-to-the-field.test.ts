import ts from "typescript";
import { expect, test } from "vitest";

import { readSchemaFile, type Schema } from "../../../lib/flux/schema-files.ts";

interface Field {
  readonly required: boolean;
  /** Such as `string`, `list of object` or `Delete | Orphan`. */
  readonly shape: string;
}

/** By path, such as `.dependsOn[].name`. */
type Fields = Map<string, Field>;

const kinds = { ...readSchemaFile("flux.json").kinds, ...readSchemaFile("flux-operator.json").kinds };
const types = typesOf(new URL("typed-specs.ts", import.meta.url).pathname);

test("each kind of Flux has a type", () => {
  expect([...types.keys()].sort()).toEqual(Object.keys(kinds).sort());
});

test.each(Object.keys(kinds))("the type of %s has the fields of its schema and no others", (kind) => {
  const inSchema: Fields = new Map();
  addFieldsOfSchema(inSchema, "", kinds[kind]?.schema.properties?.["spec"] ?? {});
  const inType: Fields = types.get(kind) ?? (new Map() as Fields);
  expect({
    missing: [...inSchema.keys()].filter((path) => !inType.has(path)),
    stale: [...inType.keys()].filter((path) => !inSchema.has(path)),
    different: [...inSchema].flatMap(([path, wanted]) => differences(path, wanted, inType.get(path))),
  }).toEqual({ missing: [], stale: [], different: [] });
});

/**
 * @kubernetes-models types some enumerations as text and asks for some fields
 * that have a default. Merging can only add fields, so these stay as they are.
 */
function differences(path: string, wanted: Field, given: Field | undefined): string[] {
  if (given === undefined) return [];
  const result: string[] = [];
  if (wanted.required && !given.required) result.push(`${path} is optional in the type only`);
  const weaker = given.shape === "string" && wanted.shape.includes(" | ");
  if (wanted.shape !== given.shape && !weaker) {
    result.push(`${path} is ${given.shape} in the type, ${wanted.shape} in the schema`);
  }
  return result;
}

function addFieldsOfSchema(fields: Fields, path: string, schema: Schema): void {
  const required = new Set(schema.required);
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    // What has a default may be left out, see schema-check.ts.
    const isRequired = required.has(name) && property.default === undefined;
    fields.set(`${path}.${name}`, { required: isRequired, shape: shapeOfSchema(property) });
    addFieldsOfSchema(fields, `${path}.${name}`, property);
  }
  if (schema.items !== undefined) addFieldsOfSchema(fields, `${path}[]`, schema.items);
  if (typeof schema.additionalProperties === "object") {
    addFieldsOfSchema(fields, `${path}{}`, schema.additionalProperties);
  }
}

function shapeOfSchema({ type, items, additionalProperties, enum: values, properties }: Schema): string {
  if (values !== undefined) return values.map(String).sort().join(" | ");
  if (type === "array") return `list of ${shapeOfSchema(items ?? {})}`;
  if (type === "integer") return "number";
  if (type !== "object") return type ?? "anything";
  if (properties !== undefined) return "object";
  return typeof additionalProperties === "object"
    ? `map of ${shapeOfSchema(additionalProperties)}`
    : "map of anything";
}

/** The fields of each member of the interface Specs. */
function typesOf(file: string): Map<string, Fields> {
  const program = ts.createProgram([file], {
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2023,
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
    types: [],
  });
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(file);
  const declaration = source?.statements.find(ts.isInterfaceDeclaration);
  if (declaration === undefined) throw new Error(`${file} has no interface`);

  const addFields = (fields: Fields, path: string, possiblyAbsent: ts.Type): void => {
    if (isAnything(possiblyAbsent)) return;
    const type = checker.getNonNullableType(possiblyAbsent);
    const element = elementOf(type);
    if (element !== undefined) return addFields(fields, `${path}[]`, element);
    if (!isObject(type)) return;
    for (const property of type.getProperties()) {
      const propertyType = checker.getTypeOfSymbol(property);
      const required = (property.flags & ts.SymbolFlags.Optional) === 0;
      fields.set(`${path}.${property.name}`, { required, shape: shapeOf(propertyType) });
      addFields(fields, `${path}.${property.name}`, propertyType);
    }
    const values = type.getStringIndexType();
    if (values !== undefined) addFields(fields, `${path}{}`, values);
  };
  const shapeOf = (possiblyAbsent: ts.Type): string => {
    if (isAnything(possiblyAbsent)) return "anything";
    const type = checker.getNonNullableType(possiblyAbsent);
    const element = elementOf(type);
    if (element !== undefined) return `list of ${shapeOf(element)}`;
    const literals = type.isUnion() ? type.types : [type];
    if (literals.every((literal) => literal.isStringLiteral())) {
      return literals
        .map((literal) => literal.value)
        .sort()
        .join(" | ");
    }
    if (!isObject(type)) return checker.typeToString(type);
    const values = type.getStringIndexType();
    if (values !== undefined) return `map of ${shapeOf(values)}`;
    // {} is how @kubernetes-models spells "any JSON".
    return type.getProperties().length === 0 ? "anything" : "object";
  };
  const elementOf = (type: ts.Type): ts.Type | undefined =>
    checker.isArrayType(type) ? checker.getTypeArguments(type as ts.TypeReference)[0] : undefined;

  return new Map(
    checker
      .getTypeAtLocation(declaration)
      .getProperties()
      .map((kind) => {
        const fields: Fields = new Map();
        addFields(fields, "", checker.getTypeOfSymbol(kind));
        return [kind.name, fields];
      }),
  );
}

function isObject(type: ts.Type): boolean {
  return (type.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection)) !== 0;
}

function isAnything(type: ts.Type): boolean {
  return (type.flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown)) !== 0;
}
