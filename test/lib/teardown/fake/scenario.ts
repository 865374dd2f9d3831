import { teardownLabel } from "../../../../lib/flux/teardown-label.ts";
import { keyOf, type KubeObject, type ObjectKey } from "../../../../lib/teardown/objects.ts";
import { FakeCluster } from "./fake-cluster.ts";
import { FakeControllers } from "./fake-controllers.ts";
import { Random } from "./random.ts";
import { VirtualClock } from "./virtual-clock.ts";

/** A cluster that a fleet has been applied to, and runs. */
export interface Scenario {
  readonly clock: VirtualClock;
  readonly cluster: FakeCluster;
  readonly controllers: FakeControllers;
  /** What was there before the fleet: the keys of what a bootstrap makes. */
  readonly bootstrap: ReadonlySet<ObjectKey>;
  /** What is applied, by name, for faults to choose from. */
  readonly kustomizations: readonly ObjectKey[];
  readonly helmReleases: readonly ObjectKey[];
  readonly customObjects: readonly ObjectKey[];
}

/** What to make. */
export interface Shape {
  /** Operators with a kind of their own each. @default 2 */
  readonly operators?: number;
  /** @default 3 */
  readonly apps?: number;
  /** Custom objects of each app. @default 2 */
  readonly objects?: number;
  /** Whether objects carry the label that says what they are for. @default true */
  readonly labelled?: boolean;
  /** Milliseconds that finalisation takes. @default 2,000 */
  readonly takes?: number;
  readonly seed?: number;
}

const widget = (index: number) => `Widget${index}`;
const group = (index: number) => `widgets${index}.example.com`;

/** Makes a cluster and lets Flux apply a fleet to it: layers of a platform, options, apps. */
export async function makeScenario(shape: Shape = {}): Promise<Scenario> {
  const clock = new VirtualClock();
  const cluster = new FakeCluster(clock);
  const controllers = new FakeControllers(cluster);
  bootstrap(cluster, controllers);
  const before = new Set(cluster.objects.keys());
  fleet(controllers, shape);
  controllers.start();
  const applied = () =>
    [...controllers.manifests].every(
      ([key, manifests]) =>
        cluster.objects.has(key) && manifests.every((object) => cluster.objects.has(keyOf(object))),
    );
  await clock.run(
    (async () => {
      while (!applied()) {
        if (clock.now() > 120_000) throw new Error("the scenario does not become ready");
        await clock.sleep(200);
      }
      await clock.sleep(1000);
    })(),
  );
  const keys = [...cluster.objects.keys()];
  return {
    clock,
    cluster,
    controllers,
    bootstrap: before,
    kustomizations: keys.filter((key) => key.includes("/Kustomization/") && !before.has(key)),
    helmReleases: keys.filter((key) => key.includes("/HelmRelease/")),
    customObjects: keys.filter((key) => key.startsWith("widgets")),
  };
}

function bootstrap(cluster: FakeCluster, { operators }: FakeControllers): void {
  for (const name of ["default", "kube-system", "flux-system"])
    cluster.create({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
  for (const name of ["kustomizations.kustomize.toolkit.fluxcd.io", "helmreleases.helm.toolkit.fluxcd.io"])
    cluster.create({
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name },
      spec: undefined,
    });
  cluster.create({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "flux-system", namespace: "flux-system" },
  });
  cluster.create({
    apiVersion: "source.toolkit.fluxcd.io/v1",
    kind: "GitRepository",
    metadata: { name: "flux-system", namespace: "flux-system" },
  });
  cluster.create(
    kustomization("flux-system", "flux-system", {
      sourceRef: { kind: "GitRepository", name: "flux-system" },
    }),
  );
  // The cloud's own controller of load balancers.
  operators.push({
    kind: "Service",
    handles: ({ spec }) => (spec as { type?: string } | undefined)?.type === "LoadBalancer",
    takes: 500,
    finalizer: "service.kubernetes.io/load-balancer-cleanup",
  });
}

function fleet(controllers: FakeControllers, shape: Shape): void {
  const { operators = 2, apps = 3, objects = 2, labelled = true, takes = 2000, seed = 1 } = shape;
  const random = new Random(seed);
  const label = (object: KubeObject, role: "controller" | "user" | "external-state"): KubeObject =>
    labelled
      ? {
          ...object,
          metadata: { ...object.metadata, labels: { ...object.metadata.labels, [teardownLabel]: role } },
        }
      : object;
  const controller = (object: KubeObject) => label(object, "controller");
  const user = (object: KubeObject) => label(object, "user");
  const { manifests } = controllers;
  const apply = (applier: KubeObject, content: readonly KubeObject[]) =>
    void manifests.set(keyOf(applier), content);

  const services: KubeObject[] = [];
  for (let index = 0; index < operators; index++) {
    const namespace = `operator-${index}`;
    const release = controller(helmRelease(`operator-${index}`, namespace));
    services.push(
      controller({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } }),
      release,
    );
    apply(release, operatorObjects(index, namespace));
    controllers.operators.push({
      kind: widget(index),
      deployment: `apps/Deployment/${namespace}/operator-${index}`,
      takes,
      ...(random.chance(0.8) ? { finalizer: `${group(index)}/finalizer` } : {}),
    });
  }
  const storage = controller(helmRelease("storage", "storage-system"));
  services.push(
    controller({ apiVersion: "v1", kind: "Namespace", metadata: { name: "storage-system" } }),
    storage,
  );
  apply(storage, [
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "provisioner", namespace: "storage-system" },
    },
    {
      apiVersion: "storage.k8s.io/v1",
      kind: "StorageClass",
      metadata: { name: "general" },
      provisioner: "storage-system/provisioner",
    },
  ]);
  const configs: KubeObject[] = [
    controller({ apiVersion: "v1", kind: "Namespace", metadata: { name: "apps" } }),
    controller({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "apps", namespace: "apps" } }),
    controller({
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "RoleBinding",
      metadata: { name: "apps", namespace: "apps" },
      subjects: [{ kind: "ServiceAccount", name: "apps", namespace: "apps" }],
      roleRef: { kind: "ClusterRole", name: "admin" },
    }),
  ];
  const serviceConfigs = Array.from({ length: operators }, (_, index) =>
    user(custom(index, `shared-${index}`, "apps")),
  );

  const layers = [
    { name: "platform-services", content: services, dependsOn: [] as string[] },
    { name: "platform-configs", content: configs, dependsOn: ["platform-services"] },
    { name: "platform-service-configs", content: serviceConfigs, dependsOn: ["platform-configs"] },
  ].map(({ name, content, dependsOn }) => {
    const layer = controller(
      kustomization(name, "flux-system", { dependsOn: dependsOn.map((other) => ({ name: other })) }),
    );
    apply(layer, content);
    return layer;
  });
  const platform = controller(kustomization("platform", "flux-system"));
  apply(platform, layers);

  const names = Array.from({ length: apps }, (_, index) => `app-${index}`);
  const appKustomizations = names.map((name, index) => {
    // Diamonds: an app may wait for any of those before it.
    const dependsOn = random.some(names.slice(0, index), 0.4).map((other) => ({ name: other }));
    const app = user(kustomization(name, "apps", { serviceAccountName: "apps", dependsOn }));
    const release = user(helmRelease(`${name}-web`, "apps", { serviceAccountName: "apps" }));
    const content = [
      ...Array.from({ length: objects }, (_, each) =>
        user(custom(random.below(operators), `${name}-${each}`, "apps")),
      ),
      release,
    ];
    if (random.chance(0.4))
      content.push(
        label(
          {
            apiVersion: "v1",
            kind: "Service",
            metadata: { name: `${name}-public`, namespace: "apps" },
            spec: { type: "LoadBalancer" },
          },
          "external-state",
        ),
      );
    apply(app, content);
    apply(release, [
      { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: `${name}-web`, namespace: "apps" } },
      ...(random.chance(0.5)
        ? [
            {
              apiVersion: "apps/v1",
              kind: "StatefulSet",
              metadata: { name: `${name}-db`, namespace: "apps" },
              spec: { storageClassName: "general" },
            },
          ]
        : []),
      ...(random.chance(0.3) ? [custom(random.below(operators), `${name}-chart`, "apps")] : []),
    ]);
    return app;
  });
  const allApps = user(kustomization("apps", "flux-system", { dependsOn: [{ name: "platform" }] }));
  apply(allApps, appKustomizations);
  const source = controller({
    apiVersion: "source.toolkit.fluxcd.io/v1",
    kind: "GitRepository",
    metadata: { name: "platform", namespace: "flux-system" },
  });
  manifests.set("kustomize.toolkit.fluxcd.io/Kustomization/flux-system/flux-system", [
    source,
    platform,
    allApps,
  ]);
}

/** What an operator's chart makes; its definition stays when it is uninstalled, as most do. */
function operatorObjects(index: number, namespace: string): KubeObject[] {
  const name = `operator-${index}`;
  const names = { kind: widget(index), plural: `widget${index}s` };
  return [
    {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: {
        name: `${names.plural}.${group(index)}`,
        annotations: { "helm.sh/resource-policy": "keep" },
      },
      spec: { group: group(index), names },
    },
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace } },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRole",
      metadata: { name },
      rules: [
        { apiGroups: [group(index)], resources: [names.plural, `${names.plural}/status`], verbs: ["*"] },
      ],
    },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: { name },
      subjects: [{ kind: "ServiceAccount", name, namespace }],
      roleRef: { kind: "ClusterRole", name },
    },
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name, namespace },
      spec: { template: { spec: { serviceAccountName: name } } },
    },
    { apiVersion: "v1", kind: "Service", metadata: { name, namespace }, spec: { type: "ClusterIP" } },
    {
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "ValidatingWebhookConfiguration",
      metadata: { name },
      webhooks: [{ clientConfig: { service: { namespace, name } }, rules: [{ apiGroups: [group(index)] }] }],
    },
  ];
}

const custom = (index: number, name: string, namespace: string): KubeObject => ({
  apiVersion: `${group(index)}/v1`,
  kind: widget(index),
  metadata: { name, namespace },
});

/** A Kustomization that prunes. */
export const kustomization = (name: string, namespace: string, spec: object = {}): KubeObject => ({
  apiVersion: "kustomize.toolkit.fluxcd.io/v1",
  kind: "Kustomization",
  metadata: { name, namespace },
  spec: { prune: true, ...spec },
});

export const helmRelease = (name: string, namespace: string, spec: object = {}): KubeObject => ({
  apiVersion: "helm.toolkit.fluxcd.io/v2",
  kind: "HelmRelease",
  metadata: { name, namespace },
  spec: { ...spec },
});
