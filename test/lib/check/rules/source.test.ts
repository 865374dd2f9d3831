import { source } from "../../../../lib/check/rules/source.ts";
import { kustomization, object, release, ruleCases } from "./rule-cases.ts";

const charts = object(
  "source.toolkit.fluxcd.io/v1",
  "HelmRepository",
  "charts",
  "spec: { url: https://charts.example.com }",
);

ruleCases(source, {
  compliant: {
    "a release beside its repository":
      charts +
      release("web", "chart: { spec: { chart: web, sourceRef: { kind: HelmRepository, name: charts } } }"),
    "one in another namespace, named with it":
      charts +
      release(
        "web",
        "chart: { spec: { chart: web, sourceRef: { kind: HelmRepository, name: charts, namespace: apps } } }",
        "shop",
      ),
    "a release whose source may be in what is not known": {
      "clusters/test/a.yaml":
        object(
          "source.toolkit.fluxcd.io/v1",
          "GitRepository",
          "more",
          "spec: { url: https://elsewhere.example.com/more.git }",
          "flux-system",
        ) +
        kustomization("more", "all").replace("name: flux-system, namespace", "name: more, namespace") +
        release("web", "chartRef: { kind: OCIRepository, name: web }"),
    },
  },
  broken: {
    "a release without its repository": [
      release("web", "chart: { spec: { chart: web, sourceRef: { kind: HelmRepository, name: charts } } }"),
      "HelmRelease apps/web: its source HelmRepository apps/charts does not exist",
    ],
    "one whose repository is in another namespace": [
      charts +
        release(
          "web",
          "chart: { spec: { chart: web, sourceRef: { kind: HelmRepository, name: charts } } }",
          "shop",
        ),
      "HelmRepository shop/charts does not exist",
    ],
    "a chart artifact that nobody declares": [
      release("web", "chartRef: { kind: OCIRepository, name: web }"),
      "its source OCIRepository apps/web does not exist",
    ],
    "a Kustomization of a repository that nobody declares": [
      kustomization("apps", "apps").replace("name: flux-system, namespace", "name: aps, namespace"),
      "Kustomization flux-system/apps: source GitRepository flux-system/aps does not exist",
    ],
  },
});
