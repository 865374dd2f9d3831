import type { SchemaError } from "./schema-check.ts";
import { validatorOf, type Validator } from "./schema-of-kind.ts";
import {
  findKind,
  newestKubernetes,
  readSchemaFile,
  schemaFileOf,
  type KubernetesVersion,
  type Schema,
} from "./schema-files.ts";
import { problemsOf, type SchemaProblem } from "./schema-problems.ts";

export type { KubernetesVersion } from "./schema-files.ts";
export type { SchemaProblem } from "./schema-problems.ts";

export interface ValidateOptions {
  /**
   * The Kubernetes version whose built-in kinds count.
   * @default the newest one there is a schema of
   */
  readonly kubernetes?: KubernetesVersion;
  /**
   * Whether text that holds a Flux placeholder (`${name}`, `${name:=default}`)
   * stands for whatever the schema asks for: Flux puts the value in before the
   * object reaches the cluster, and reads the result as YAML.
   * @default true
   */
  readonly allowPlaceholders?: boolean;
}

/**
 * Compares an object with the schema of its apiVersion and kind: a Flux 2.9,
 * flux-operator or Kubernetes one. Like `kubectl apply --validate=strict` it
 * refuses fields that the schema does not have, at any depth.
 *
 * CEL rules (`x-kubernetes-validations`) are not evaluated.
 *
 * @returns nothing when there is no schema for the object, else every problem;
 * an empty list says that the object is valid.
 */
export function validateObject(
  object: Readonly<Record<string, unknown>>,
  options: ValidateOptions = {},
): SchemaProblem[] | undefined {
  const { apiVersion, kind } = object;
  if (typeof apiVersion !== "string" || typeof kind !== "string") return undefined;
  const validator = validatorFor(apiVersion, kind, options.kubernetes ?? newestKubernetes);
  if (validator === undefined) return undefined;
  const sent = validator.asSent(object);
  const errors = validator.check(sent);
  return errors.length === 0 ? [] : problemsOf(errors, sent, options.allowPlaceholders ?? true);
}

/** What a schema refuses of an object, rule by rule; nothing when there is no schema for it. */
export function schemaErrors(
  object: Readonly<Record<string, unknown>>,
  kubernetes: KubernetesVersion,
): SchemaError[] | undefined {
  const validator = validatorFor(String(object["apiVersion"]), String(object["kind"]), kubernetes);
  return validator?.check(validator.asSent(object));
}

/**
 * Whether objects of a kind live in a namespace; nothing when the kind is not
 * known. Built-in kinds are looked up in the newest Kubernetes version.
 */
export function isNamespaced(
  apiVersion: string,
  kind: string,
  kubernetes: KubernetesVersion = newestKubernetes,
): boolean | undefined {
  const file = schemaFileOf(apiVersion, kubernetes);
  const found = file === undefined ? undefined : findKind(file, apiVersion, kind);
  return found === undefined ? undefined : found.scope === "Namespaced";
}

/** The rules and fields of an object's kind, for what evaluates rules; nothing when the kind is not known. */
export function schemaOf(
  apiVersion: string,
  kind: string,
  kubernetes: KubernetesVersion = newestKubernetes,
): Schema | undefined {
  const file = schemaFileOf(apiVersion, kubernetes);
  return file === undefined ? undefined : findKind(file, apiVersion, kind)?.schema;
}

/** The kinds of a built-in group or one of Flux's, by `group/version Kind`; none where the group is neither. */
export function kindsOfGroup(
  apiVersion: string,
  kubernetes: KubernetesVersion = newestKubernetes,
): readonly string[] {
  const file = schemaFileOf(apiVersion, kubernetes);
  if (file === undefined) return [];
  const group = groupOf(apiVersion);
  const key = `${file} ${group}`;
  let kinds = groups.get(key);
  if (kinds === undefined) {
    kinds = Object.keys(readSchemaFile(file).kinds).filter((name) => groupOf(name.split(" ")[0]!) === group);
    groups.set(key, kinds);
  }
  return kinds;
}

const groups = new Map<string, readonly string[]>();
const groupOf = (apiVersion: string): string => apiVersion.slice(0, Math.max(0, apiVersion.indexOf("/")));

const validators = new Map<string, Validator | undefined>();

function validatorFor(
  apiVersion: string,
  kind: string,
  kubernetes: KubernetesVersion,
): Validator | undefined {
  const file = schemaFileOf(apiVersion, kubernetes);
  if (file === undefined) return undefined;
  const key = `${file} ${apiVersion} ${kind}`;
  if (!validators.has(key)) validators.set(key, validatorOf(file, apiVersion, kind));
  return validators.get(key);
}
