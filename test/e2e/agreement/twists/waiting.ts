import { culprit, type Twist } from "./twist.ts";

/** What waits for something that never comes, or comes late. */
export const waiting: Readonly<Record<string, Twist>> = {
  "missing-source": (fleet) => {
    const unit = culprit(fleet);
    unit.objects.push(fleet.configMap());
    unit.spec["sourceRef"] = { kind: "GitRepository", name: `${fleet.name}-nothing` };
    return undefined;
  },
  "suspended-source": (fleet) => {
    const unit = culprit(fleet);
    unit.objects.push(fleet.configMap());
    unit.spec["sourceRef"] = { kind: "GitRepository", name: `${fleet.name}-other` };
    fleet.rootObjects.push({
      apiVersion: "source.toolkit.fluxcd.io/v1",
      kind: "GitRepository",
      metadata: { name: `${fleet.name}-other`, namespace: "flux-system" },
      spec: { interval: "1m", url: "http://127.0.0.1:1/other.git", suspend: true },
    });
    return undefined;
  },
  cycle: (fleet) => {
    const [a, b] = [fleet.unit(), fleet.unit()];
    for (const unit of [a, b]) unit.objects.push(fleet.configMap());
    fleet.depend(a, b);
    fleet.depend(b, a);
    return undefined;
  },
  "missing-dependency": (fleet) => {
    const unit = culprit(fleet);
    unit.objects.push(fleet.configMap());
    unit.spec["dependsOn"] = [{ name: `${fleet.name}-nothing` }];
    return undefined;
  },
  "dependency-across-namespaces": (fleet) => {
    const [a, b, c] = [fleet.unit(fleet.namespace), fleet.unit("flux-system"), fleet.unit(fleet.namespace)];
    for (const unit of [a, b, c]) unit.objects.push(fleet.deployment());
    for (const unit of [a, b]) unit.spec["wait"] = true;
    fleet.depend(b, a);
    fleet.depend(c, b);
    // Without its namespace, the same name is looked for beside the one that asks.
    const lost = fleet.unit("flux-system");
    lost.objects.push(fleet.configMap());
    lost.spec["dependsOn"] = [{ name: a.name }];
    return undefined;
  },
  "ready-expression": (fleet) => {
    const first = fleet.unit();
    first.objects.push(fleet.configMap());
    const cases = [
      "dep.metadata.name == self.spec.dependsOn[0].name",
      "dep.metadata.generation > 5",
      "dep.(",
    ];
    for (const readyExpr of cases) {
      const unit = fleet.unit();
      unit.objects.push(fleet.configMap());
      unit.spec["dependsOn"] = [{ name: first.name, readyExpr }];
    }
    return undefined;
  },
  suspended: (fleet) => {
    const unit = culprit(fleet);
    unit.objects.push(fleet.configMap());
    unit.spec["suspend"] = true;
    return undefined;
  },
  "waits-for-its-child": (fleet) => {
    const parent = fleet.unit();
    parent.spec["wait"] = true;
    const child = {
      apiVersion: "kustomize.toolkit.fluxcd.io/v1",
      kind: "Kustomization",
      metadata: { name: `${fleet.name}-child`, namespace: "flux-system" },
      spec: {
        ...fleet.some().spec,
        dependsOn: [{ name: parent.name }],
        path: `${String(parent.spec["path"])}/child`,
      },
    };
    parent.files["kustomization.yaml"] = "resources: [child.yaml]\n";
    parent.files["child.yaml"] = JSON.stringify(child);
    parent.files["child/one.yaml"] = JSON.stringify(fleet.configMap());
    return undefined;
  },
};
