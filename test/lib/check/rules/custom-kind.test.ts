import { customKind } from "../../../../lib/check/rules/custom-kind.ts";
import { kustomization, object, release, ruleCases } from "./rule-cases.ts";

const definition = object(
  "apiextensions.k8s.io/v1",
  "CustomResourceDefinition",
  "widgets.example.com",
  "spec: { group: example.com, scope: Namespaced, names: { kind: Widget, plural: widgets }, versions: [{ name: v1, served: true, storage: true }, { name: v1beta1, served: false, storage: false }] }",
  "",
);
const widget = object("example.com/v1", "Widget", "a");
const chart = release(
  "cert-manager",
  "chart: { spec: { chart: cert-manager, sourceRef: { kind: HelmRepository, name: a } } }",
  "cert-manager",
);
const artifact =
  object(
    "source.toolkit.fluxcd.io/v1",
    "OCIRepository",
    "charts",
    "spec: { url: oci://quay.io/jetstack/charts/cert-manager }",
    "cert-manager",
  ) + release("cert-manager", "chartRef: { kind: OCIRepository, name: charts }", "cert-manager");
const issuer = object("cert-manager.io/v1", "ClusterIssuer", "a", "spec: { selfSigned: {} }", "");
const layers = (
  first: string,
  second: string,
  wait = "wait: true",
  after = "dependsOn: [{ name: first }]",
) => ({
  "clusters/test/all.yaml": kustomization("first", "a", wait) + kustomization("second", "b", after),
  "a/a.yaml": first,
  "b/b.yaml": second,
});

ruleCases(customKind, {
  compliant: {
    "a definition in the same Kustomization": definition + widget,
    "a definition in an earlier layer": layers(definition, widget),
    "a chart in an earlier layer": layers(chart, issuer),
    "a chart from an artifact in an earlier layer": layers(artifact, issuer),
    "a chart in a layer before the one before": {
      ...layers(chart, object("v1", "ConfigMap", "b")),
      "clusters/test/more.yaml": kustomization("third", "c", "dependsOn: [{ name: second }]"),
      "c/c.yaml": issuer,
    },
    "a kind that nobody knows": object("unknown.example.com/v1", "Thing", "a"),
  },
  broken: {
    "a definition in a layer that is not waited for": [
      layers(definition, widget, "wait: true", "force: false"),
      "Widget apps/a: the definition of Widget is in Kustomization flux-system/first, which this one does not wait for",
    ],
    "a definition in a layer that does not wait for its own": [
      layers(definition, widget, "force: false"),
      "which is Ready before that is there",
    ],
    "a chart beside its own custom objects": [
      chart + issuer,
      "ClusterIssuer a: ClusterIssuer comes with a chart in the same Kustomization",
    ],
    "a chart in a layer that is not waited for": [
      layers(chart, issuer, "wait: true", "force: false"),
      "does not wait for",
    ],
    "nothing that provides it": [
      issuer,
      "nothing on this cluster provides cert-manager.io/v1 ClusterIssuer (cert-manager would)",
    ],
    "a version that the definition does not have": [
      definition + object("example.com/v2", "Widget", "a"),
      "example.com/v2 is no version of Widget that its definition has",
    ],
    "a version that the definition does not serve": [
      definition + object("example.com/v1beta1", "Widget", "a"),
      "its definition does not serve example.com/v1beta1 Widget",
    ],
  },
});
