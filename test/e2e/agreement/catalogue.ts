import { FleetBuilder, type Manifest, type TestUnit } from "./fleet-builder.ts";
import { Random } from "../../lib/teardown/fake/random.ts";

/** A fleet whose fate is known to the real controllers, and to be told by the simulation. */
export interface AgreementFleet {
  readonly name: string;
  /** Its files at first. */
  readonly files: ReadonlyMap<string, string>;
  /** Its files after a change, where there is one; what is in none of them is removed. */
  readonly change: ReadonlyMap<string, string> | undefined;
}

/** Changes a healthy fleet. @returns what is to be changed once it has settled, if anything is */
type Twist = (fleet: FleetBuilder) => (() => void) | undefined;

/** A Kustomization beside those that are there, on which one of them depends, so that it matters. */
function culprit(fleet: FleetBuilder, namespace?: string): TestUnit {
  const unit = fleet.unit(namespace);
  const last = fleet.units.at(-2)!;
  fleet.depend(last, unit);
  return unit;
}

const account = (fleet: FleetBuilder, name: string): Manifest => ({
  apiVersion: "v1",
  kind: "ServiceAccount",
  metadata: { name, namespace: fleet.namespace },
});

const binding = (fleet: FleetBuilder, name: string, kind: string, role: string): Manifest => ({
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "RoleBinding",
  metadata: { name, namespace: fleet.namespace },
  roleRef: { apiGroup: "rbac.authorization.k8s.io", kind, name: role },
  subjects: [{ kind: "ServiceAccount", name, namespace: fleet.namespace }],
});

const kept = (object: Manifest, annotations: Manifest): Manifest => ({
  ...object,
  metadata: { ...(object["metadata"] as Manifest), annotations },
});

/** Every twist, by name. Those of the reference set are in `npm run e2e`. */
export const twists: Readonly<Record<string, Twist>> = {
  healthy: () => undefined,
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
  "unset-variable": (fleet) => {
    const unit = culprit(fleet);
    unit.objects.push(fleet.configMap(undefined, { key: "${missing_value}" }));
    unit.spec["postBuild"] = { substitute: { other: "x" } };
    return undefined;
  },
  "retyped-variable": (fleet) => {
    const unit = culprit(fleet);
    unit.objects.push(fleet.configMap("retyped", { key: "${count}" }));
    unit.spec["postBuild"] = { substitute: { count: "5" } };
    return undefined;
  },
  "bad-expression": (fleet) => {
    const unit = culprit(fleet);
    unit.objects.push(fleet.configMap(undefined, { key: "${unclosed" }));
    unit.spec["postBuild"] = { substituteStrategy: "Always" };
    return undefined;
  },
  "missing-variables": (fleet) => {
    const unit = culprit(fleet);
    unit.objects.push(fleet.configMap(undefined, { key: "${a:=b}" }));
    unit.spec["postBuild"] = { substituteFrom: [{ kind: "ConfigMap", name: `${fleet.name}-facts` }] };
    return undefined;
  },
  "late-variables": (fleet) => {
    const reader = culprit(fleet);
    reader.objects.push(fleet.configMap("reader", { key: "${zone:=nowhere}-${level}" }));
    reader.spec["postBuild"] = {
      substituteFrom: [
        { kind: "ConfigMap", name: `${fleet.name}-facts` },
        { kind: "ConfigMap", name: `${fleet.name}-maybe`, optional: true },
      ],
    };
    const first = fleet.unit();
    first.objects.push(fleet.deployment());
    first.spec["wait"] = true;
    const giver = fleet.unit();
    fleet.depend(giver, first);
    const facts = (name: string, data: Manifest) => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: `${fleet.name}-${name}`, namespace: "flux-system" },
      data,
    });
    giver.objects.push(facts("facts", { level: "debug" }), facts("maybe", { zone: "b" }));
    return undefined;
  },
  "definition-with-object": (fleet) => {
    culprit(fleet).objects.push(fleet.widget(), fleet.definition());
    return undefined;
  },
  "definition-later": (fleet) => {
    const [uses, defines] = [fleet.unit(), fleet.unit()];
    uses.objects.push(fleet.widget());
    defines.objects.push(fleet.definition());
    return undefined;
  },
  "definition-missing": (fleet) => {
    culprit(fleet).objects.push(fleet.widget(), fleet.configMap());
    return undefined;
  },
  "definition-behind-its-object": (fleet) => {
    const [uses, defines] = [fleet.unit(), fleet.unit()];
    uses.objects.push(fleet.widget());
    defines.objects.push(fleet.definition());
    fleet.depend(defines, uses);
    return undefined;
  },
  "custom-object-invalid": (fleet) => {
    const unit = culprit(fleet);
    const size = { type: "object", properties: { size: { type: "integer" } } };
    unit.objects.push(fleet.definition(size), fleet.widget({ size: "large" }));
    return undefined;
  },
  "custom-object-unknown-field": (fleet) => {
    const unit = culprit(fleet);
    const size = { type: "object", properties: { size: { type: "integer" } } };
    unit.objects.push(fleet.definition(size), fleet.widget({ colour: "red" }));
    return undefined;
  },
  "custom-object-breaks-rule": (fleet) => {
    const unit = culprit(fleet);
    const rule = { rule: "self.low <= self.high", message: "low is above high" };
    const properties = { low: { type: "integer" }, high: { type: "integer" } };
    const schema = { type: "object", properties, "x-kubernetes-validations": [rule] };
    unit.objects.push(fleet.definition(schema), fleet.widget({ low: 2, high: 1 }));
    return undefined;
  },
  "missing-account": (fleet) => {
    const unit = culprit(fleet, fleet.namespace);
    unit.objects.push(fleet.configMap());
    unit.spec["serviceAccountName"] = "nobody";
    return undefined;
  },
  "account-bound-but-missing": (fleet) => {
    const unit = culprit(fleet, fleet.namespace);
    unit.objects.push(fleet.configMap());
    unit.spec["serviceAccountName"] = "ghost";
    fleet.rootObjects.push(binding(fleet, "ghost", "ClusterRole", "admin"));
    return undefined;
  },
  "account-with-role": (fleet) => {
    const unit = culprit(fleet, fleet.namespace);
    unit.objects.push(fleet.configMap(), fleet.deployment());
    unit.spec["serviceAccountName"] = "deployer";
    fleet.rootObjects.push(account(fleet, "deployer"), binding(fleet, "deployer", "ClusterRole", "edit"));
    const narrow = culprit(fleet, fleet.namespace);
    narrow.objects.push(fleet.deployment());
    narrow.spec["serviceAccountName"] = "narrow";
    const role = {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "Role",
      metadata: { name: "narrow", namespace: fleet.namespace },
      rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["*"] }],
    };
    fleet.rootObjects.push(account(fleet, "narrow"), role, binding(fleet, "narrow", "Role", "narrow"));
    return undefined;
  },
  "pods-without-account": (fleet) => {
    const unit = culprit(fleet);
    unit.objects.push(fleet.deployment(undefined, {}, { serviceAccountName: "nobody" }));
    unit.spec["wait"] = true;
    return undefined;
  },
  "deployment-gives-up": (fleet) => {
    const unit = culprit(fleet);
    unit.objects.push(
      fleet.deployment(undefined, { progressDeadlineSeconds: 3 }, { serviceAccountName: "nobody" }),
      fleet.configMap(),
    );
    unit.spec["wait"] = true;
    return undefined;
  },
  "paused-deployment": (fleet) => {
    const unit = culprit(fleet);
    unit.objects.push(fleet.deployment(undefined, { paused: true }));
    unit.spec["wait"] = true;
    return undefined;
  },
  "health-of-nothing": (fleet) => {
    const unit = culprit(fleet);
    unit.objects.push(fleet.configMap());
    unit.spec["healthChecks"] = [
      { apiVersion: "apps/v1", kind: "Deployment", name: "nothing", namespace: fleet.namespace },
    ];
    return undefined;
  },
  "health-of-another": (fleet) => {
    const unit = culprit(fleet);
    unit.objects.push(fleet.configMap());
    const other = fleet.unit();
    other.objects.push(fleet.deployment("checked"));
    unit.spec["healthChecks"] = [
      { apiVersion: "apps/v1", kind: "Deployment", name: "checked", namespace: fleet.namespace },
    ];
    return undefined;
  },
  "health-by-expression": (fleet) => {
    const unit = culprit(fleet);
    unit.objects.push(fleet.definition(), fleet.widget({ size: 1 }));
    unit.spec["wait"] = true;
    unit.spec["healthCheckExprs"] = [
      { apiVersion: `${fleet.group}/v1`, kind: "Widget", current: "status.phase == 'Done'" },
    ];
    const fine = fleet.unit();
    fine.objects.push(fleet.widget({ size: 2 }));
    fine.spec["wait"] = true;
    fine.spec["healthCheckExprs"] = [
      { apiVersion: `${fleet.group}/v1`, kind: "Widget", current: "spec.size == 2" },
    ];
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
  "missing-namespace": (fleet) => {
    const unit = culprit(fleet);
    const object = fleet.configMap();
    const metadata = { name: "astray", namespace: `${fleet.name}-nowhere` };
    unit.objects.push({ ...object, metadata }, fleet.configMap());
    return undefined;
  },
  "later-namespace": (fleet) => {
    const [uses, makes] = [fleet.unit(), fleet.unit()];
    uses.objects.push({ ...fleet.configMap(), metadata: { name: "early", namespace: `${fleet.name}-b` } });
    makes.objects.push({ apiVersion: "v1", kind: "Namespace", metadata: { name: `${fleet.name}-b` } });
    return undefined;
  },
  "no-namespace": (fleet) => {
    culprit(fleet).objects.push({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "homeless" } });
    return undefined;
  },
  "half-applied": (fleet) => {
    const unit = culprit(fleet);
    unit.objects.push(
      { apiVersion: "v1", kind: "Namespace", metadata: { name: `${fleet.name}-half` } },
      fleet.definition(),
      fleet.configMap(),
      { ...fleet.deployment(), spec: { replicas: 1 } },
    );
    return undefined;
  },
  "broken-yaml": (fleet) => {
    const unit = culprit(fleet);
    unit.objects.push(fleet.configMap());
    unit.files["broken.yaml"] = "apiVersion: v1\nkind: ConfigMap\n  metadata: {\n";
    return undefined;
  },
  "missing-path": (fleet) => {
    culprit(fleet).spec["path"] = `./fleets/${fleet.name}/nothing`;
    return undefined;
  },
  "missing-resource": (fleet) => {
    const unit = culprit(fleet);
    unit.files["kustomization.yaml"] = "resources: [nothing.yaml]\n";
    return undefined;
  },
  "twice-in-one": (fleet) => {
    const unit = culprit(fleet);
    unit.objects.push(fleet.configMap("twin"));
    unit.files["again.yaml"] = JSON.stringify(fleet.configMap("twin"));
    return undefined;
  },
  "unknown-field": (fleet) => {
    culprit(fleet).objects.push(fleet.deployment(undefined, { replica: 2 }));
    return undefined;
  },
  "wrong-type": (fleet) => {
    culprit(fleet).objects.push(fleet.deployment(undefined, { replicas: "two" }));
    return undefined;
  },
  "selector-misses": (fleet) => {
    culprit(fleet).objects.push(fleet.deployment(undefined, { selector: { matchLabels: { app: "other" } } }));
    return undefined;
  },
  "bad-name": (fleet) => {
    culprit(fleet).objects.push(fleet.configMap("Upper_Case"));
    return undefined;
  },
  "two-owners": (fleet) => {
    const [a, b] = [fleet.unit(), fleet.unit()];
    a.objects.push(fleet.configMap("shared", { from: "a" }));
    b.objects.push(fleet.configMap("shared", { from: "b" }));
    return undefined;
  },
  releases: (fleet) => {
    const unit = culprit(fleet);
    unit.objects.push(
      ...fleet.release("first"),
      ...fleet.release("second", { dependsOn: [{ name: "first" }] }),
    );
    unit.spec["wait"] = true;
    return undefined;
  },
  "release-without-chart": (fleet) => {
    const unit = culprit(fleet);
    unit.objects.push(...fleet.release("lonely", {}, false), ...fleet.release("fine"));
    const templated = {
      chart: { spec: { chart: "x", sourceRef: { kind: "HelmRepository", name: "none" } } },
    };
    unit.objects.push(...fleet.release("templated", { chartRef: undefined, ...templated }, false));
    return undefined;
  },
  "releases-in-a-circle": (fleet) => {
    const unit = culprit(fleet);
    unit.objects.push(
      ...fleet.release("a", { dependsOn: [{ name: "b" }] }),
      ...fleet.release("b", { dependsOn: [{ name: "a" }] }),
      ...fleet.release("c", { dependsOn: [{ name: "nothing" }] }),
    );
    return undefined;
  },
  "release-into-nowhere": (fleet) => {
    const unit = culprit(fleet);
    unit.spec["wait"] = true;
    unit.objects.push(
      ...fleet.release("nowhere", { targetNamespace: `${fleet.name}-nowhere` }),
      ...fleet.release("made", {
        targetNamespace: `${fleet.name}-made`,
        install: { createNamespace: true },
      }),
    );
    return undefined;
  },
  "release-without-values": (fleet) => {
    const unit = culprit(fleet);
    unit.objects.push(
      ...fleet.release("valueless", { valuesFrom: [{ kind: "ConfigMap", name: "nothing" }] }),
    );
    return undefined;
  },
  "suspended-release": (fleet) => {
    const unit = culprit(fleet);
    unit.objects.push(...fleet.release("still", { suspend: true }));
    return undefined;
  },
  "immutable-field": (fleet) => {
    const unit = culprit(fleet);
    unit.objects.push(fleet.deployment("fixed"));
    return () => {
      unit.objects[0] = { ...fleet.deployment("fixed", otherLabels) };
    };
  },
  "immutable-field-by-force": (fleet) => {
    const unit = culprit(fleet);
    unit.spec["force"] = true;
    unit.objects.push(fleet.deployment("fixed"));
    return () => {
      unit.objects[0] = { ...fleet.deployment("fixed", otherLabels) };
    };
  },
  prune: (fleet) => {
    const unit = culprit(fleet);
    unit.objects.push(fleet.configMap("goes"), fleet.configMap("stays"));
    unit.objects.push(kept(fleet.configMap("kept"), { "kustomize.toolkit.fluxcd.io/prune": "disabled" }));
    const whole = fleet.unit();
    whole.objects.push(fleet.configMap("with-its-owner"));
    const unpruned = fleet.unit();
    unpruned.spec["prune"] = false;
    unpruned.objects.push(fleet.configMap("left-alone"), fleet.configMap("still-listed"));
    return () => {
      unit.objects.splice(0, 3, fleet.configMap("stays"));
      unpruned.objects.splice(0, 1);
      fleet.units.splice(fleet.units.indexOf(whole), 1);
    };
  },
  "moves-between-owners": (fleet) => {
    const [a, b] = [fleet.unit(), fleet.unit()];
    a.objects.push(fleet.configMap("mover"), fleet.configMap("of-a"));
    b.objects.push(fleet.configMap("of-b"));
    fleet.depend(a, b);
    return () => {
      b.objects.push(a.objects.shift()!);
    };
  },
  "breaks-later": (fleet) => {
    const unit = culprit(fleet);
    unit.objects.push(fleet.configMap("good", { key: "1" }));
    return () => {
      unit.objects[0] = fleet.configMap("good", { key: "2" });
      unit.objects.push({
        ...fleet.configMap(),
        metadata: { name: "lost", namespace: `${fleet.name}-nowhere` },
      });
    };
  },
  "mended-later": (fleet) => {
    const unit = culprit(fleet);
    unit.objects.push(fleet.configMap(undefined, { key: "${later}" }));
    unit.spec["postBuild"] = { substitute: { other: "x" } };
    return () => {
      unit.spec["postBuild"] = { substitute: { later: "here" } };
    };
  },
  "if-not-present": (fleet) => {
    const unit = culprit(fleet);
    const once = { "kustomize.toolkit.fluxcd.io/ssa": "IfNotPresent" };
    unit.objects.push(kept(fleet.configMap("once", { key: "1" }), once));
    return () => {
      unit.objects[0] = kept(fleet.configMap("once", { key: "2" }), once);
    };
  },
};

const otherLabels = {
  selector: { matchLabels: { app: "other" } },
  template: {
    metadata: { labels: { app: "other" } },
    spec: { containers: [{ name: "main", image: "registry.k8s.io/pause:3.10" }] },
  },
};

/** Those that `npm run e2e` runs: one of each sort. */
export const sample = [
  "healthy",
  "cycle",
  "missing-source",
  "unset-variable",
  "definition-later",
  "half-applied",
  "pods-without-account",
  "prune",
] as const;

/** A fleet by the name of its twist, or by several joined by `+`. @param charts `oci://…` of the stand-in charts */
export function agreementFleet(name: string, seed: number, charts: string): AgreementFleet {
  const id = `f${seed}`;
  const fleet = new FleetBuilder(id, new Random(seed), charts).healthy();
  const changes = name.split("+").map((each) => {
    const twist = twists[each];
    if (twist === undefined) throw new Error(`there is no twist '${each}'`);
    return twist(fleet);
  });
  const files = fleet.files();
  const later = changes.filter((change) => change !== undefined);
  for (const change of later) change();
  return { name: id, files, change: later.length === 0 ? undefined : fleet.files() };
}
