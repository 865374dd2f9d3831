import { problemsOf } from "../../flux/schema-problems.ts";
import { customValidator, type Validator } from "../../flux/schema-of-kind.ts";
import { validateObject } from "../../flux/schema.ts";
import type { Schema } from "../../flux/schema-files.ts";
import { asPlaceholders } from "../symbols.ts";
import type { CheckedCluster } from "../fleet.ts";
import type { Finding, Rule } from "../rule.ts";

type Json = Readonly<Record<string, unknown>>;

/** Whether each object is what its kind's definition asks for. */
export const schema: Rule = {
  name: "schema",
  description:
    "objects are valid for the cluster's version of Kubernetes, for Flux, and for the custom kinds that are known",
  severity: "error",
  check: ({ clusters }) => clusters.flatMap(checkCluster),
};

/** Objects that many clusters share are looked at once for each version. */
const seen = new WeakMap<Json, Map<string, readonly { path: string; message: string }[]>>();

function checkCluster(cluster: CheckedCluster): Finding[] {
  const found: Finding[] = [];
  for (const object of cluster.objects) {
    let versions = seen.get(object.object);
    if (versions === undefined) {
      versions = new Map<string, readonly { path: string; message: string }[]>();
      seen.set(object.object, versions);
    }
    const { apiVersion, kind } = object.object as { apiVersion: string; kind: string };
    const custom = cluster.kinds.get(`${apiVersion} ${kind}`);
    const key = custom === undefined ? cluster.kubernetes : JSON.stringify(custom.schema ?? null);
    let problems = versions.get(key);
    if (problems === undefined) {
      problems = problemsIn(object.object, custom?.schema, cluster);
      versions.set(key, problems);
    }
    for (const { path, message } of problems)
      found.push({ cluster: cluster.name, object, field: path, message: `${path}: ${message}` });
  }
  return found;
}

const validators = new WeakMap<Schema, Validator>();

function problemsIn(
  object: Json,
  custom: Schema | undefined,
  { kubernetes }: CheckedCluster,
): readonly { path: string; message: string }[] {
  const readable = asPlaceholders(object);
  if (custom === undefined) return validateObject(readable, { kubernetes }) ?? [];
  let validator = validators.get(custom);
  if (validator === undefined) validators.set(custom, (validator = customValidator(custom)));
  const sent = validator.asSent(readable);
  const errors = validator.check(sent);
  return errors.length === 0 ? [] : problemsOf(errors, sent, true);
}
