import type { EffectiveObject } from "../../effective/unit.ts";
import { identityOf } from "../../impact/impact.ts";
import { nameOf } from "../fleet.ts";
import type { Finding, Rule } from "../rule.ts";

/** Whether each object has one owner. */
export const twoOwners: Rule = {
  name: "two-owners",
  description: "no object is applied by two Kustomizations, which would overwrite and delete each other's",
  severity: "error",
  check: ({ clusters }) =>
    clusters.flatMap(({ name, objects }) => {
      const owners = new Map<string, EffectiveObject>();
      return objects.flatMap((object): Finding[] => {
        const identity = identityOf(object.object);
        const first = owners.get(identity);
        if (first === undefined) owners.set(identity, object);
        if (first === undefined || first.unit === object.unit) return [];
        return [
          {
            cluster: name,
            object,
            message: `${nameOf(object)} is also applied by Kustomization ${first.unit} (${first.file}:${first.line})`,
            remedy: "leave it in one of them",
          },
        ];
      });
    }),
};
