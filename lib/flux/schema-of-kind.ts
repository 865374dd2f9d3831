import { goExpression } from "./go-expression.ts";
import { type Pattern, type SchemaError, SchemaChecker } from "./schema-check.ts";
import { findKind, readSchemaFile, type Schema } from "./schema-files.ts";

/** What checks the objects of one kind. */
export interface Validator {
  /** Everything that is wrong with an object. */
  readonly check: (object: unknown) => SchemaError[];
  /** The object as the API server reads it. */
  readonly asSent: (object: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>;
}

/** The validator of one kind; nothing when the file does not have it. */
export function validatorOf(file: string, apiVersion: string, kind: string): Validator | undefined {
  const found = findKind(file, apiVersion, kind);
  if (found === undefined) return undefined;
  const builtIn = file.startsWith("kubernetes-");
  const checker = new SchemaChecker(readSchemaFile(file).definitions, builtIn);
  const schema = objectSchema(found.schema, builtIn, checker);
  return {
    check: (object) => checker.check(schema, object),
    asSent: builtIn ? withoutNulls : (object) => ({ ...object, metadata: withoutNulls(object["metadata"]) }),
  };
}

/** The validator of a custom kind, by the schema in its definition. */
export function customValidator(schema: Schema): Validator {
  const checker = new SchemaChecker({}, false, givenPattern);
  const { metadata: _, apiVersion: __, kind: ___, status: ____, ...properties } = schema.properties ?? {};
  const whole = objectSchema({ ...schema, properties }, false, checker);
  return {
    check: (object) => checker.check(whole, object),
    asSent: (object) => ({ ...object, metadata: withoutNulls(object["metadata"]) }),
  };
}

/** A definition whose pattern Go cannot read is refused itself: no value fits it. */
function givenPattern(source: string): Pattern {
  try {
    return goExpression(source);
  } catch {
    return { test: () => false };
  }
}

/** The whole object: what the kind says, plus what every object has. */
function objectSchema(schema: Schema, builtIn: boolean, checker: SchemaChecker): Schema {
  const { properties = {}, required = [], ...rest } = schema;
  const metadata = builtIn ? checker.resolve(properties["metadata"] ?? {}) : objectMeta;
  // A custom resource without a spec passes the API server and does nothing.
  const needsSpec = !builtIn && (properties["spec"]?.required?.length ?? 0) > 0;
  return {
    ...rest,
    properties: {
      ...properties,
      apiVersion: { type: "string" },
      kind: { type: "string" },
      // Kustomize, and so Flux, refuses an object without a name.
      metadata: { ...metadata, required: [...(metadata.required ?? []), "name"] },
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
