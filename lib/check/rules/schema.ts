import { problemsOf, type SchemaProblem } from "../../flux/schema-problems.ts";
import { customValidator, type Validator } from "../../flux/schema-of-kind.ts";
import { kindsOfGroup, validateObject } from "../../flux/schema.ts";
import type { KubernetesVersion, Schema } from "../../flux/schema-files.ts";
import { nearest } from "../../fleet/suggestion.ts";
import { removedApi, removedFluxApis } from "../apis.ts";
import { asPlaceholders } from "../symbols.ts";
import type { CheckedCluster, CustomKind } from "../fleet.ts";
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
const seen = new Map<Schema | KubernetesVersion, WeakMap<Json, readonly SchemaProblem[]>>();

function checkCluster(cluster: CheckedCluster): Finding[] {
  const found: Finding[] = [];
  for (const [api, objects] of cluster.byApi) {
    const custom = cluster.kinds.get(api);
    const key = custom?.schema ?? cluster.kubernetes;
    let known = seen.get(key);
    if (known === undefined) seen.set(key, (known = new WeakMap<Json, readonly SchemaProblem[]>()));
    for (const object of objects) {
      let problems = known.get(object.object);
      if (problems === undefined) {
        problems = problemsIn(object.object, custom, cluster);
        known.set(object.object, problems);
      }
      for (const { path, message } of problems)
        found.push({ cluster: cluster.name, object, field: path, message: `${path}: ${message}` });
    }
  }
  return found;
}

const validators = new WeakMap<Schema, Validator>();

function problemsIn(
  object: Json,
  custom: CustomKind | undefined,
  { kubernetes }: CheckedCluster,
): readonly SchemaProblem[] {
  const readable = asPlaceholders(object);
  if (custom === undefined)
    return validateObject(readable, { kubernetes }) ?? unknownKind(object, kubernetes);
  const { schema: definition } = custom;
  if (definition === undefined) return [];
  let validator = validators.get(definition);
  if (validator === undefined) validators.set(definition, (validator = customValidator(definition)));
  const sent = validator.asSent(readable);
  const errors = validator.check(sent);
  return errors.length === 0 ? [] : problemsOf(errors, sent, true);
}

/** A kind that is not there, in a group that is: a misspelt one. What was there once, the deprecated APIs tell. */
function unknownKind(object: Json, kubernetes: KubernetesVersion): SchemaProblem[] {
  const { apiVersion, kind } = object as { apiVersion: string; kind: string };
  const known = kindsOfGroup(apiVersion, kubernetes);
  if (known.length === 0 || removedFluxApis[apiVersion] !== undefined) return [];
  if (removedApi(apiVersion, kind) !== undefined) return [];
  const name = `${apiVersion} ${kind}`;
  const near = nearest(name, known);
  return [
    { path: "kind", message: `there is no ${name}${near === undefined ? "" : `; did you mean ${near}?`}` },
  ];
}
