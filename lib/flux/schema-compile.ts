import { createRequire } from "node:module";

import type { Ajv, ErrorObject, Options, ValidateFunction } from "ajv";
import type { DataValidationCxt } from "ajv/dist/types/index.js";

import { findKind, readSchemaFile, type Schema } from "./schema-files.ts";

export interface Validator {
  /** Everything that is wrong with an object. */
  readonly validate: (object: unknown) => ErrorObject[];
  /** The object as the API server reads it. */
  readonly asSent: (object: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>;
}

/** Compiles the schema of one kind; nothing when the file does not have it. */
export function validatorOf(file: string, apiVersion: string, kind: string): Validator | undefined {
  const found = findKind(file, apiVersion, kind);
  if (found === undefined) return undefined;
  const builtIn = file.startsWith("kubernetes-");
  return {
    validate: compilerOf(file, builtIn).compile(objectSchema(found.schema, builtIn)),
    asSent: builtIn ? withoutNulls : (object) => ({ ...object, metadata: withoutNulls(object["metadata"]) }),
  };
}

/** The whole object: what the kind says, plus what every object has. */
function objectSchema(schema: Schema, builtIn: boolean): Schema {
  const { properties = {}, required = [], ...rest } = schema;
  const metadata = builtIn ? properties["metadata"] : objectMeta;
  // A custom resource without a spec passes the API server and does nothing.
  const needsSpec = !builtIn && (properties["spec"]?.required?.length ?? 0) > 0;
  return {
    ...rest,
    properties: {
      ...properties,
      apiVersion: { type: "string" },
      kind: { type: "string" },
      // Kustomize, and so Flux, refuses an object without a name.
      metadata: { allOf: [metadata ?? {}, { required: ["name"] }] },
      // Written by controllers; here only if copied from a cluster.
      status: {},
    },
    required: [...new Set([...required, "metadata", ...(needsSpec ? ["spec"] : [])])],
  };
}

/** meta/v1 ObjectMeta, for custom resources. */
const objectMeta: Schema = {
  type: "object",
  properties: {
    name: { type: "string" },
    generateName: { type: "string" },
    namespace: { type: "string" },
    labels: { type: "object", additionalProperties: { type: "string" } },
    annotations: { type: "object", additionalProperties: { type: "string" } },
    finalizers: { type: "array", items: { type: "string" } },
    ownerReferences: {
      type: "array",
      items: {
        type: "object",
        required: ["apiVersion", "kind", "name", "uid"],
        properties: {
          apiVersion: { type: "string" },
          kind: { type: "string" },
          name: { type: "string" },
          uid: { type: "string" },
          controller: { type: "boolean" },
          blockOwnerDeletion: { type: "boolean" },
        },
      },
    },
    creationTimestamp: { type: "string", format: "date-time" },
    deletionTimestamp: { type: "string", format: "date-time" },
    deletionGracePeriodSeconds: { type: "integer" },
    generation: { type: "integer" },
    resourceVersion: { type: "string" },
    selfLink: { type: "string" },
    uid: { type: "string" },
    managedFields: { type: "array" },
  },
};

/** Makes schemas into functions. One for a file, so that kinds share what they have in common: pods, above all. */
interface Compiler {
  /** @returns a function that gives everything that is wrong with an object */
  compile(schema: Schema): (data: unknown) => ErrorObject[];
}

const compilers = new Map<string, Compiler>();

function compilerOf(file: string, builtIn: boolean): Compiler {
  let compiler = compilers.get(file);
  if (compiler === undefined) {
    compiler = newCompiler(readSchemaFile(file).definitions, builtIn);
    compilers.set(file, compiler);
  }
  return compiler;
}

// Loading ajv takes longer than loading the rest of this folder, hence on demand.
const require = createRequire(import.meta.url);

/** The keyword under which a part of a schema is compiled when an object first has that part. */
const onDemand = "onDemand";

/**
 * A compiler that compiles the parts of a schema only once an object has them: a Deployment rarely has more
 * than a tenth of what pods can have, and compiling all of it takes longer than a small fleet's synthesis.
 */
function newCompiler(definitions: Readonly<Record<string, Schema>>, builtIn: boolean): Compiler {
  const { Ajv: Constructor } = require("ajv") as { Ajv: new (options: Options) => Ajv };
  const ajv = new Constructor({
    allErrors: true,
    verbose: true,
    strict: false,
    logger: false,
    meta: false,
    validateSchema: false,
    // Optimising the code costs more than it saves on the few thousand objects of a synthesis.
    code: { optimize: false },
    formats,
  });
  const compiled = new Map<Schema, ValidateFunction>();
  const functionOf = (schema: Schema): ValidateFunction => {
    let validate = compiled.get(schema);
    if (validate === undefined) {
      validate = ajv.compile(toAjv(schema, definitions, builtIn));
      compiled.set(schema, validate);
    }
    return validate;
  };
  // Errors are gathered here: ajv would overwrite the data of those that a keyword hands on.
  let errors: ErrorObject[] = [];
  let place = "";
  const check = (schema: Schema, data: unknown, at: string): void => {
    const outer = place;
    place += at;
    const first = errors.length;
    const validate = functionOf(schema);
    if (!validate(data)) {
      const own = (validate.errors ?? []).map((error) => ({
        ...error,
        instancePath: place + error.instancePath,
      }));
      errors.splice(first, 0, ...own);
    }
    place = outer;
  };
  ajv.addKeyword({
    keyword: onDemand,
    errors: false,
    validate: (schema: Schema, data: unknown, _parent?: unknown, context?: DataValidationCxt) => {
      check(schema, data, context?.instancePath ?? "");
      return true;
    },
  });
  const compile = (schema: Schema) => (data: unknown) => {
    errors = [];
    check(schema, data, "");
    return errors;
  };
  return { compile };
}

/**
 * Turns a structural schema into one that ajv reads as the API server does.
 * Fields that are not named are refused unless the schema keeps unknown ones;
 * an object schema that names no field at all is free-form.
 */
function toAjv(schema: Schema, definitions: Readonly<Record<string, Schema>>, builtIn: boolean): object {
  if (schema.$ref !== undefined) return { [onDemand]: definitions[definitionName(schema.$ref)] ?? {} };
  if (schema["x-kubernetes-int-or-string"] === true) {
    const { pattern } = schema;
    return { type: ["integer", "string"], ...(pattern === undefined ? {} : { pattern }) };
  }
  if (schema.format === "quantity") return { type: ["string", "number"], format: "quantity" };
  const below = (part: Schema) => toAjv(part, definitions, builtIn);
  const part = (of: Schema) => (of.properties === undefined ? below(of) : { [onDemand]: of });
  const result: Record<string, unknown> = {};
  for (const [keyword, value] of Object.entries(schema)) {
    if (!keyword.startsWith("x-kubernetes-") && keyword !== "default") result[keyword] = value;
  }
  // A Go string cannot tell empty from absent, so "" passes for an enumeration.
  if (schema.enum !== undefined && builtIn) result["enum"] = [...new Set([...schema.enum, ""])];
  if (schema.required !== undefined) {
    // The API server fills in defaults before it looks for what is missing.
    result["required"] = schema.required.filter((name) => schema.properties?.[name]?.default === undefined);
  }
  if (schema.properties !== undefined) {
    result["properties"] = mapValues(schema.properties, part);
    if (
      schema.additionalProperties === undefined &&
      schema["x-kubernetes-preserve-unknown-fields"] !== true
    ) {
      result["additionalProperties"] = false;
    }
  }
  for (const keyword of ["items", "additionalProperties", "not"] as const) {
    const value = schema[keyword];
    if (typeof value === "object") result[keyword] = keyword === "not" ? below(value) : part(value);
  }
  // What is wrong with the branches of a choice is told apart by the place in the schema: these stay whole.
  for (const keyword of ["allOf", "anyOf", "oneOf"] as const) {
    const branches = schema[keyword];
    if (branches !== undefined) result[keyword] = branches.map(below);
  }
  return result;
}

function definitionName(reference: string): string {
  return reference.slice("#/definitions/".length);
}

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** A format that is not here is not checked. */
const formats: NonNullable<Options["formats"]> = {
  int32: { type: "number", validate: (value) => value >= -(2 ** 31) && value < 2 ** 31 },
  int64: { type: "number", validate: (value) => value >= -(2 ** 63) && value < 2 ** 63 },
  // encoding/json skips line ends in base64.
  byte: (value) => base64.test(value.replace(/[\r\n]/g, "")),
  "date-time": /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/,
  // k8s.io/apimachinery/pkg/api/resource, ParseQuantity
  quantity: /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+)?$/,
};

/**
 * To a Go struct null is an absent field: `creationTimestamp: null`, which
 * Kubernetes' own generators print, is fine. Custom resources are not decoded
 * into structs except for their metadata, so a null in their spec is refused.
 */
function withoutNulls<Value>(value: Value): Value {
  if (Array.isArray(value)) return value.map(withoutNulls) as Value;
  if (typeof value !== "object" || value === null) return value;
  const result: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(value)) {
    if (field !== null && field !== undefined) result[name] = withoutNulls(field);
  }
  return result as Value;
}

function mapValues<In, Out>(
  record: Readonly<Record<string, In>>,
  map: (value: In) => Out,
): Record<string, Out> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));
}
