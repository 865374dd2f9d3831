import type { Schema } from "../../flux/schema-files.ts";
import { schemaOf } from "../../flux/schema.ts";
import { type CelProblem, celProblems, mayHaveRules } from "../cel/rules.ts";
import { partsOf } from "../fleet.ts";
import type { Finding, Rule } from "../rule.ts";

/** Whether objects keep the rules that the definitions of their kinds write in CEL. */
export const cel: Rule = {
  name: "cel",
  description: "objects keep the CEL rules (x-kubernetes-validations) of their kinds' definitions",
  severity: "error",
  check: ({ clusters }) =>
    clusters.flatMap(({ name, byApi, kinds, kubernetes }) => {
      const found: Finding[] = [];
      for (const [api, objects] of byApi) {
        const schema = kinds.get(api)?.schema ?? schemaOf(...partsOf(api), kubernetes);
        if (schema === undefined || !mayHaveRules(schema)) continue;
        for (const object of objects)
          for (const { path, message } of problemsOf(object.object, schema))
            found.push({
              cluster: name,
              object,
              field: path,
              message: path === "" ? message : `${path}: ${message}`,
            });
      }
      return found;
    }),
};

const known = new WeakMap<object, WeakMap<Schema, readonly CelProblem[]>>();

function problemsOf(object: object, schema: Schema): readonly CelProblem[] {
  let schemas = known.get(object);
  if (schemas === undefined) known.set(object, (schemas = new WeakMap()));
  let problems = schemas.get(schema);
  if (problems === undefined) schemas.set(schema, (problems = celProblems(schema, object)));
  return problems;
}
