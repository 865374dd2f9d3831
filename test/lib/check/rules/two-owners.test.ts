import { twoOwners } from "../../../../lib/check/rules/two-owners.ts";
import { kustomization, object, ruleCases } from "./rule-cases.ts";

const two = (first: string, second: string) => ({
  "clusters/test/all.yaml": kustomization("first", "a") + kustomization("second", "b"),
  "a/a.yaml": first,
  "b/b.yaml": second,
});
const settings = object("v1", "ConfigMap", "settings");

ruleCases(twoOwners, {
  compliant: {
    "an object each": two(settings, object("v1", "ConfigMap", "other")),
    "the same name of another kind": two(settings, object("v1", "Service", "settings")),
  },
  broken: {
    "the same object twice": [
      two(settings, settings),
      "ConfigMap apps/settings: ConfigMap apps/settings is also applied by Kustomization flux-system/first (a/a.yaml:2)",
    ],
    "in another version": [
      two(object("batch/v1", "CronJob", "a"), object("batch/v1beta1", "CronJob", "a")),
      "CronJob apps/a is also applied by",
    ],
  },
});
