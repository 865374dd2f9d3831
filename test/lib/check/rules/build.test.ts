import { build } from "../../../../lib/check/rules/build.ts";
import { kustomization, object, ruleCases } from "./rule-cases.ts";

const folder = (yaml: string) => ({
  "clusters/test/apps.yaml": kustomization("apps", "apps", "postBuild: { substitute: { a: b } }"),
  "apps/all.yaml": yaml,
});

ruleCases(build, {
  compliant: {
    "a folder that is there, its variables set": folder(
      object("v1", "ConfigMap", "a", 'data: { a: "${a}" }'),
    ),
  },
  broken: {
    "a path that is not there": [
      kustomization("apps", "aps"),
      "Kustomization flux-system/apps: kustomization path not found",
    ],
    "a variable that nobody sets": [
      folder(object("v1", "ConfigMap", "a", 'data: { a: "${b}" }')),
      /flux-system\/apps: apps\/all.yaml:2: ConfigMap a: .*b/,
    ],
    "broken YAML": [folder("a: b\n  c: d\n"), "Kustomization flux-system/apps: "],
    "a resource that is not there": [
      {
        ...folder(object("v1", "ConfigMap", "a")),
        "apps/kustomization.yaml": "resources: [all.yaml, more.yaml]\n",
      },
      /flux-system\/apps: .*more\.yaml/,
    ],
  },
});
