import { dump } from "js-yaml";
import type { Random } from "../../lib/teardown/fake/random.ts";

export type Manifest = Readonly<Record<string, unknown>>;

/** A Kustomization of a small fleet, and the folder that it applies. */
export interface TestUnit {
  readonly name: string;
  namespace: string;
  /** `${name}` below the fleet's folder unless a fault says something else. */
  spec: Record<string, unknown>;
  objects: Manifest[];
  /** Further files of its folder, as text. */
  readonly files: Record<string, string>;
}

/** A small fleet that a test writes into a folder of a repository, alone in its names. */
export class FleetBuilder {
  readonly name: string;
  readonly random: Random;
  /** The namespace that its objects live in, which the root makes. */
  readonly namespace: string;
  readonly units: TestUnit[] = [];
  /** What the root applies beside the Kustomizations. */
  readonly rootObjects: Manifest[];
  /** `oci://…` where the stand-in chart `plain` is. */
  readonly charts: string;
  #objects = 0;

  constructor(name: string, random: Random, charts: string) {
    this.name = name;
    this.random = random;
    this.charts = charts;
    this.namespace = `${name}-a`;
    this.rootObjects = [{ apiVersion: "v1", kind: "Namespace", metadata: { name: this.namespace } }];
  }

  /** Three to five Kustomizations that depend on one another at random, in two namespaces, all fine. */
  healthy(): this {
    const count = 3 + this.random.below(3);
    for (let index = 0; index < count; index++) {
      const unit = this.unit(this.random.chance(0.3) ? this.namespace : "flux-system");
      unit.spec["wait"] = this.random.chance(0.5);
      for (let n = 0; n <= this.random.below(3); n++) unit.objects.push(this.object());
      this.depend(unit, ...this.random.some(this.units.slice(0, -1), 0.4));
    }
    return this;
  }

  /** A Kustomization without objects. */
  unit(namespace = "flux-system"): TestUnit {
    const name = `${this.name}-u${this.units.length}`;
    const unit: TestUnit = {
      name,
      namespace,
      spec: {
        interval: "15s",
        retryInterval: "2s",
        path: `./fleets/${this.name}/${name}`,
        prune: true,
        sourceRef: { kind: "GitRepository", name: "flux-system", namespace: "flux-system" },
        timeout: "30s",
      },
      objects: [],
      files: {},
    };
    this.units.push(unit);
    return unit;
  }

  depend(unit: TestUnit, ...others: readonly TestUnit[]): void {
    if (others.length === 0) return;
    const list = (unit.spec["dependsOn"] ?? []) as Manifest[];
    unit.spec["dependsOn"] = [
      ...list,
      ...others.map(({ name, namespace }) => (namespace === unit.namespace ? { name } : { name, namespace })),
    ];
  }

  /** Some object that nothing is wrong with. */
  object(): Manifest {
    const name = `o${this.#objects++}`;
    const metadata = { name, namespace: this.namespace };
    const all = `${this.name}-${name}`;
    switch (this.random.below(9)) {
      case 0:
        return {
          apiVersion: "v1",
          kind: "Service",
          metadata,
          spec: { selector: { app: name }, ports: [{ port: 80 }] },
        };
      case 1:
        return this.deployment(name);
      case 2:
        return { apiVersion: "v1", kind: "ServiceAccount", metadata };
      case 3:
        return {
          apiVersion: "storage.k8s.io/v1",
          kind: "StorageClass",
          metadata: { name: all },
          provisioner: "example.com/none",
        };
      case 4:
        return {
          apiVersion: "rbac.authorization.k8s.io/v1",
          kind: "ClusterRole",
          metadata: { name: all },
          rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }],
        };
      case 5:
        return {
          apiVersion: "scheduling.k8s.io/v1",
          kind: "PriorityClass",
          metadata: { name: all },
          value: 7,
        };
      case 6:
        return {
          apiVersion: "batch/v1",
          kind: "CronJob",
          metadata,
          spec: {
            schedule: "0 0 1 1 *",
            jobTemplate: {
              spec: { template: { spec: { restartPolicy: "Never", containers: [container] } } },
            },
          },
        };
      default:
        return this.configMap(name);
    }
  }

  configMap(name = `o${this.#objects++}`, data: Manifest = { key: name }): Manifest {
    return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: this.namespace }, data };
  }

  deployment(name = `o${this.#objects++}`, spec: Manifest = {}, pod: Manifest = {}): Manifest {
    return {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name, namespace: this.namespace },
      spec: {
        replicas: 1,
        selector: { matchLabels: { app: name } },
        template: { metadata: { labels: { app: name } }, spec: { containers: [container], ...pod } },
        ...spec,
      },
    };
  }

  /** A definition of a kind `Widget` in a group of the fleet's own, and an object of it. */
  definition(schema: Manifest = { type: "object", "x-kubernetes-preserve-unknown-fields": true }): Manifest {
    return {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: `widgets.${this.group}` },
      spec: {
        group: this.group,
        scope: "Namespaced",
        names: { kind: "Widget", plural: "widgets", singular: "widget", listKind: "WidgetList" },
        versions: [
          {
            name: "v1",
            served: true,
            storage: true,
            schema: {
              openAPIV3Schema: {
                type: "object",
                properties: {
                  spec: schema,
                  status: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
                },
              },
            },
            subresources: { status: {} },
          },
        ],
      },
    };
  }

  get group(): string {
    return `${this.name}.example.com`;
  }

  widget(spec: Manifest = {}, name = `o${this.#objects++}`): Manifest {
    return {
      apiVersion: `${this.group}/v1`,
      kind: "Widget",
      metadata: { name, namespace: this.namespace },
      spec,
    };
  }

  /** A release of the stand-in chart, with its source. */
  release(name: string, spec: Manifest = {}, source = true): Manifest[] {
    const metadata = { name, namespace: this.namespace };
    const release = {
      apiVersion: "helm.toolkit.fluxcd.io/v2",
      kind: "HelmRelease",
      metadata,
      spec: { interval: "15s", timeout: "40s", chartRef: { kind: "OCIRepository", name }, ...spec },
    };
    const repository = {
      apiVersion: "source.toolkit.fluxcd.io/v1",
      kind: "OCIRepository",
      metadata,
      spec: {
        interval: "1h",
        insecure: true,
        url: `${this.charts}/plain`,
        ref: { tag: "1.0.0" },
        layerSelector: {
          mediaType: "application/vnd.cncf.helm.chart.content.v1.tar+gzip",
          operation: "copy",
        },
      },
    };
    return source ? [repository, release] : [release];
  }

  /** Any of its Kustomizations. */
  some(): TestUnit {
    return this.units[this.random.below(this.units.length)]!;
  }

  /** Its files, by paths of the repository. */
  files(): Map<string, string> {
    const files = new Map<string, string>();
    const folder = `fleets/${this.name}`;
    const units = this.units.map(({ name, namespace, spec }) => ({
      apiVersion: "kustomize.toolkit.fluxcd.io/v1",
      kind: "Kustomization",
      metadata: { name, namespace },
      spec,
    }));
    files.set(`${folder}/cluster/all.yaml`, print([...this.rootObjects, ...units]));
    for (const { name, objects, files: own } of this.units) {
      if (objects.length > 0) files.set(`${folder}/${name}/all.yaml`, print(objects));
      for (const [path, text] of Object.entries(own)) files.set(`${folder}/${name}/${path}`, text);
    }
    return files;
  }
}

const container = {
  name: "main",
  image: "registry.k8s.io/pause:3.10",
  resources: { requests: { cpu: "1m", memory: "1Mi" } },
};

const print = (objects: readonly Manifest[]): string =>
  objects.map((object) => dump(object, { lineWidth: -1, noRefs: true })).join("---\n");
