import type { Schema } from "../../flux/schema-files.ts";
import { schemaOf } from "../../flux/schema.ts";
import { type CelProblem, celProblems } from "../cel.ts";
import type { Finding, Rule } from "../rule.ts";

/** Whether objects keep the rules that the definitions of their kinds write in CEL. */
export const cel: Rule = {
  name: "cel",
  description: "objects keep the CEL rules (x-kubernetes-validations) of their kinds' definitions",
  severity: "error",
  check: ({ clusters }) =>
    clusters.flatMap(({ name, objects, kinds, kubernetes }) =>
      objects.flatMap((object): Finding[] => {
        const { apiVersion, kind } = object.object as { apiVersion: string; kind: string };
        const schema = kinds.get(`${apiVersion} ${kind}`)?.schema ?? schemaOf(apiVersion, kind, kubernetes);
        if (schema === undefined) return [];
        return problemsOf(object.object, schema).map(({ path, message }) => ({
          cluster: name,
          object,
          field: path,
          message: path === "" ? message : `${path}: ${message}`,
        }));
      }),
    ),
};

const known = new WeakMap<object, WeakMap<Schema, readonly CelProblem[]>>();

function problemsOf(object: object, schema: Schema): readonly CelProblem[] {
  let schemas = known.get(object);
  if (schemas === undefined) known.set(object, (schemas = new WeakMap()));
  let problems = schemas.get(schema);
  if (problems === undefined) schemas.set(schema, (problems = celProblems(schema, object)));
  return problems;
}
