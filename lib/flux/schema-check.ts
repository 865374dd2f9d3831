import type { Schema } from "./schema-files.ts";

/** One rule of a schema that a value breaks, in the words of JSON Schema. */
export interface SchemaError {
  /** The keyword of the rule, such as `required` or `pattern`. */
  readonly keyword: string;
  /** The names that lead to the value. */
  readonly path: readonly string[];
  /** The value. */
  readonly data: unknown;
  /** The schema that has the rule. */
  readonly schema: Schema;
  /** The field that is missing or unknown. */
  readonly field?: string;
}

/**
 * Everything that a structural schema of Kubernetes refuses of a value, outer fields first. Unknown fields are
 * refused unless the schema keeps them; an object schema that names no field at all is free-form.
 *
 * Schemas are read as they are, not compiled: a synthesis checks each distinct object once, and compiling what
 * a Deployment can have takes longer than checking a thousand of them.
 */
export class SchemaChecker {
  readonly #definitions: Readonly<Record<string, Schema>>;
  readonly #builtIn: boolean;
  readonly #pattern: (source: string) => Pattern;

  /**
   * @param builtIn whether objects are decoded into Go's structs, which cannot tell empty from absent
   * @param pattern reads a regular expression. @default as JavaScript's, which is right, and fast, for the schemas that
   * come with Sluice: nobody knows how long those of others take
   */
  constructor(
    definitions: Readonly<Record<string, Schema>>,
    builtIn: boolean,
    pattern: (source: string) => Pattern = knownPattern,
  ) {
    this.#definitions = definitions;
    this.#builtIn = builtIn;
    this.#pattern = pattern;
  }

  check(schema: Schema, data: unknown): SchemaError[] {
    const errors: SchemaError[] = [];
    this.#check(schema, data, [], true, errors);
    return errors;
  }

  /** The schema that a `$ref` names. */
  resolve(schema: Schema): Schema {
    return schema.$ref === undefined
      ? schema
      : (this.#definitions[schema.$ref.slice("#/definitions/".length)] ?? {});
  }

  /** @param strict whether unknown fields are refused: not in the branches of a choice, which only add rules */
  #check(
    reference: Schema,
    data: unknown,
    path: readonly string[],
    strict: boolean,
    errors: SchemaError[],
  ): void {
    const schema = this.resolve(reference);
    const refuse = (keyword: string, field?: string) =>
      void errors.push({ keyword, path, data, schema, ...(field === undefined ? {} : { field }) });
    if (data === null && schema["nullable"] === true) return;
    const types = typesOf(schema);
    if (types.length > 0 && !types.some((type) => isOfType(data, type))) return refuse("type");
    if (schema.enum !== undefined && !schema.enum.includes(data) && !(this.#builtIn && data === ""))
      refuse("enum");
    if (typeof data === "string") checkText(schema, data, this.#pattern, refuse);
    else if (typeof data === "number") checkNumber(schema, data, refuse);
    else if (Array.isArray(data)) {
      checkCount(schema, data.length, "Items", refuse);
      if (
        schema["uniqueItems"] === true &&
        new Set(data.map((item) => JSON.stringify(item))).size < data.length
      )
        refuse("uniqueItems");
      const { items } = schema;
      if (items !== undefined)
        data.forEach((item, index) => this.#check(items, item, [...path, String(index)], strict, errors));
    } else if (typeof data === "object" && data !== null)
      this.#checkFields(schema, data as Fields, path, strict, errors, refuse);
    this.#checkChoices(schema, data, path, errors, refuse);
  }

  #checkFields(
    schema: Schema,
    data: Fields,
    path: readonly string[],
    strict: boolean,
    errors: SchemaError[],
    refuse: Refuse,
  ): void {
    const { properties, additionalProperties } = schema;
    const names = Object.keys(data).filter((name) => data[name] !== undefined);
    checkCount(schema, names.length, "Properties", refuse);
    // The API server fills in defaults before it looks for what is missing.
    for (const name of schema.required ?? [])
      if (data[name] === undefined && properties?.[name]?.default === undefined) refuse("required", name);
    const keeps = schema["x-kubernetes-preserve-unknown-fields"] === true || !strict;
    const below: [Schema, string][] = [];
    for (const name of names) {
      const property =
        properties !== undefined && Object.hasOwn(properties, name) ? properties[name] : undefined;
      if (property !== undefined) below.push([property, name]);
      else if (typeof additionalProperties === "object") below.push([additionalProperties, name]);
      else if (
        additionalProperties === false ||
        (properties !== undefined && additionalProperties === undefined && !keeps)
      )
        refuse("additionalProperties", name);
    }
    for (const [property, name] of below) this.#check(property, data[name], [...path, name], strict, errors);
  }

  #checkChoices(
    schema: Schema,
    data: unknown,
    path: readonly string[],
    errors: SchemaError[],
    refuse: Refuse,
  ): void {
    const fits = (branch: Schema) => {
      const own: SchemaError[] = [];
      this.#check(branch, data, path, false, own);
      return own.length === 0;
    };
    for (const branch of schema.allOf ?? []) this.#check(branch, data, path, false, errors);
    // When no branch fits, what is wrong with each of them is noise.
    if (schema.anyOf !== undefined && !schema.anyOf.some(fits)) refuse("anyOf");
    if (schema.oneOf !== undefined && schema.oneOf.filter(fits).length !== 1) refuse("oneOf");
    if (schema.not !== undefined && fits(schema.not)) refuse("not");
  }
}

/** A regular expression. */
export interface Pattern {
  readonly test: (text: string) => boolean;
}

type Fields = Readonly<Record<string, unknown>>;
type Refuse = (keyword: string, field?: string) => void;

/** The types that a schema accepts. */
export function typesOf(schema: Schema): readonly string[] {
  if (schema["x-kubernetes-int-or-string"] === true) return ["integer", "string"];
  if (schema.format === "quantity") return ["string", "number"];
  return schema.type === undefined ? [] : [schema.type];
}

function isOfType(data: unknown, type: string): boolean {
  switch (type) {
    case "integer":
      return Number.isInteger(data);
    case "array":
      return Array.isArray(data);
    case "object":
      return typeof data === "object" && data !== null && !Array.isArray(data);
    default:
      return typeof data === type;
  }
}

function checkText(schema: Schema, data: string, pattern: (source: string) => Pattern, refuse: Refuse): void {
  const { minLength, maxLength } = schema as { minLength?: number; maxLength?: number };
  if (minLength !== undefined || maxLength !== undefined)
    checkCount(schema, [...data].length, "Length", refuse);
  if (schema.pattern !== undefined && !pattern(schema.pattern).test(data)) refuse("pattern");
  const format = schema.format === undefined ? undefined : textFormats[schema.format];
  if (format !== undefined && !format(data)) refuse("format");
}

function checkNumber(schema: Schema, data: number, refuse: Refuse): void {
  const { minimum, maximum, multipleOf } = schema as {
    minimum?: number;
    maximum?: number;
    multipleOf?: number;
  };
  // In OpenAPI 3.0 these are flags of minimum and maximum.
  if (minimum !== undefined && (schema["exclusiveMinimum"] === true ? data <= minimum : data < minimum))
    refuse("minimum");
  if (maximum !== undefined && (schema["exclusiveMaximum"] === true ? data >= maximum : data > maximum))
    refuse("maximum");
  if (multipleOf !== undefined && !Number.isInteger(data / multipleOf)) refuse("multipleOf");
  const bits = schema.format === "int32" ? 31 : schema.format === "int64" ? 63 : undefined;
  if (bits !== undefined && !(data >= -(2 ** bits) && data < 2 ** bits)) refuse("format");
}

function checkCount(
  schema: Schema,
  count: number,
  of: "Items" | "Length" | "Properties",
  refuse: Refuse,
): void {
  const min = schema[`min${of}`];
  const max = schema[`max${of}`];
  if (typeof min === "number" && count < min) refuse(`min${of}`);
  if (typeof max === "number" && count > max) refuse(`max${of}`);
}

const patterns = new Map<string, RegExp>();

function knownPattern(source: string): RegExp {
  let pattern = patterns.get(source);
  if (pattern === undefined) patterns.set(source, (pattern = new RegExp(source, "u")));
  return pattern;
}

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** A format that is not here is not checked. */
const textFormats: Readonly<Record<string, (text: string) => boolean>> = {
  // encoding/json skips line ends in base64.
  byte: (text) => base64.test(text.replace(/[\r\n]/g, "")),
  "date-time": (text) => /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/.test(text),
  // k8s.io/apimachinery/pkg/api/resource, ParseQuantity
  quantity: (text) => /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+)?$/.test(text),
};
