import { dependsOn } from "../../../../lib/check/rules/depends-on.ts";
import { kustomization, object, release, ruleCases } from "./rule-cases.ts";

const files = (first: string, second: string) => ({
  "clusters/test/all.yaml": kustomization("first", "a", first) + kustomization("second", "b", second),
  "a/a.yaml": object("v1", "ConfigMap", "a"),
  "b/b.yaml": object("v1", "ConfigMap", "b"),
});
const chart = "chartRef: { kind: OCIRepository, name: web }, ";

ruleCases(dependsOn, {
  compliant: {
    "one after the other": files("", "dependsOn: [{ name: first }]"),
    "releases one after the other":
      object(
        "source.toolkit.fluxcd.io/v1",
        "OCIRepository",
        "web",
        "spec: { url: oci://registry.example.com/web }",
      ) +
      release("a", `${chart}suspend: false`) +
      release("b", `${chart}dependsOn: [{ name: a }]`),
  },
  broken: {
    "one that waits for nothing": [
      files("", "dependsOn: [{ name: frist }]"),
      "Kustomization flux-system/second: waits for Kustomization flux-system/frist, which does not exist",
    ],
    "two that wait for one another": [
      files("dependsOn: [{ name: second }]", "dependsOn: [{ name: first }]"),
      /wait for one another: flux-system\/.* → flux-system\//,
    ],
    "one that waits for all that it applies, which waits for it": [
      {
        "clusters/test/all.yaml": kustomization("first", "a", "wait: true"),
        "a/a.yaml": kustomization("second", "b", "dependsOn: [{ name: first }]"),
        "b/b.yaml": object("v1", "ConfigMap", "b"),
      },
      "wait for one another",
    ],
    "a release that waits for one in another namespace without saying so": [
      release("a", chart.slice(0, -2)) + release("b", `${chart}dependsOn: [{ name: a }]`, "shop"),
      "HelmRelease shop/b: waits for HelmRelease shop/a, which does not exist",
    ],
    "releases that wait for one another": [
      release("a", `${chart}dependsOn: [{ name: b }]`) + release("b", `${chart}dependsOn: [{ name: a }]`),
      "HelmReleases wait for one another",
    ],
  },
});
