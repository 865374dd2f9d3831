import { teardownLabel } from "../../../lib/flux/teardown-label.ts";
import { Random } from "../../lib/teardown/fake/random.ts";
import type { StandInChart } from "../stand-ins/index.ts";

type Manifest = Readonly<Record<string, unknown>>;

/** A fleet as files below the folder that the root applies, and what it comes to. */
export interface Manifests {
  readonly files: ReadonlyMap<string, readonly Manifest[]>;
  readonly widgets: number;
  readonly balancers: number;
  readonly helmReleases: number;
  /** The apps, and those that each depends on. */
  readonly apps: readonly string[];
  readonly dependencies: ReadonlyMap<string, readonly string[]>;
  /** Where they are: a namespace of the fleet's, or one that was there before and stays. */
  readonly namespace: string;
}

/** A namespace that is there before any fleet. Kubernetes takes five seconds to delete one, so half of them use it. */
export const sharedNamespace = "shared";

/** What does not follow from the seed. */
export interface FleetShape {
  /**
   * Five apps that depend on one another as in two diamonds, one below the other, with a way past the lower one.
   * @default false: one to three apps, each depending on some of those before it
   */
  readonly diamonds?: boolean;
}

/** By its place, those that each of the apps of the two diamonds depends on. */
const diamonds: readonly (readonly number[])[] = [[], [0], [0], [1, 2], [0, 3]];

/** A chart with an operator whose objects each stand for something outside, and hold a finalizer. */
export const widgetChart: StandInChart = {
  kinds: { "widgets.example.com/v1": ["Widget"] },
  definitions: "kept templates",
  operates: [
    {
      apiVersion: "widgets.example.com/v1",
      kind: "Widget",
      finalizer: "widgets.example.com/finalizer",
      external: "widget",
      ready: "condition",
    },
  ],
};

/**
 * A small fleet that follows from a seed: an operator, and one to three apps that depend on it and on one another.
 * @param folder where it will be in the repository
 */
export function smallFleet(
  seed: number,
  charts: string,
  folder: string,
  { diamonds: inDiamonds = false }: FleetShape = {},
): Manifests {
  const random = new Random(seed);
  const labelled = random.chance(0.5);
  const role = (role: "controller" | "user" | "external-state") =>
    labelled ? { labels: { [teardownLabel]: role } } : {};
  const files = new Map<string, Manifest[]>();
  const git = { kind: "GitRepository", name: "flux-system", namespace: "flux-system" };
  const kustomization = (
    name: string,
    namespace: string,
    path: string,
    of: "controller" | "user",
    spec: object = {},
  ) => ({
    apiVersion: "kustomize.toolkit.fluxcd.io/v1",
    kind: "Kustomization",
    metadata: { name, namespace, ...role(of) },
    spec: {
      interval: "10m",
      retryInterval: "1s",
      path,
      prune: true,
      sourceRef: git,
      timeout: "15s",
      ...spec,
    },
  });

  const namespace = inDiamonds || random.chance(0.5) ? "apps" : sharedNamespace;
  const count = inDiamonds ? diamonds.length : 1 + random.below(3);
  const apps = Array.from({ length: count }, (_, index) => `app-${index}`);
  const dependencies = new Map<string, readonly string[]>();
  files.set("operators.yaml", [
    kustomization("operators", "flux-system", `./${folder}/operators`, "controller"),
  ]);
  files.set("apps.yaml", [
    kustomization("apps", "flux-system", `./${folder}/apps`, "user", { dependsOn: [{ name: "operators" }] }),
  ]);
  const account = { name: "deployer", namespace };
  files.set("operators/all.yaml", [
    ...(namespace === sharedNamespace
      ? []
      : [{ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace, ...role("controller") } }]),
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { ...account, ...role("controller") } },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: { name: "deployer", ...role("controller") },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
      subjects: [{ kind: "ServiceAccount", ...account }],
    },
    {
      apiVersion: "source.toolkit.fluxcd.io/v1",
      kind: "OCIRepository",
      metadata: { name: "widgets", namespace, ...role("controller") },
      spec: {
        interval: "1h",
        insecure: true,
        url: `${charts}/widgets`,
        ref: { tag: "1.0.0" },
        layerSelector: {
          mediaType: "application/vnd.cncf.helm.chart.content.v1.tar+gzip",
          operation: "copy",
        },
      },
    },
    {
      apiVersion: "helm.toolkit.fluxcd.io/v2",
      kind: "HelmRelease",
      metadata: { name: "widgets", namespace, ...role("controller") },
      spec: {
        interval: "30m",
        timeout: "15s",
        // Its operator is waited for by what depends on it, and not by Helm, which looks only every few seconds.
        install: { disableWait: true },
        chartRef: { kind: "OCIRepository", name: "widgets" },
        driftDetection: { mode: "enabled" },
      },
    },
  ]);
  let widgets = 0;
  let balancers = 0;
  const all: Manifest[] = [];
  apps.forEach((name, index) => {
    const others = inDiamonds
      ? diamonds[index]!.map((other) => apps[other]!)
      : random.some(apps.slice(0, index), 0.5);
    dependencies.set(name, others);
    all.push(
      kustomization(name, namespace, `./${folder}/${name}`, "user", {
        serviceAccountName: "deployer",
        dependsOn: others.map((other) => ({ name: other })),
      }),
    );
    const content: Manifest[] = [
      {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: `${name}-settings`, namespace, ...role("user") },
        data: { app: name },
      },
    ];
    for (let widget = 0; widget <= random.below(2); widget++, widgets++)
      content.push({
        apiVersion: "widgets.example.com/v1",
        kind: "Widget",
        metadata: { name: `${name}-${widget}`, namespace, ...role("user") },
        spec: {},
      });
    if (random.chance(0.5)) {
      balancers++;
      content.push({
        apiVersion: "v1",
        kind: "Service",
        metadata: { name, namespace, ...role("external-state") },
        spec: { type: "LoadBalancer", selector: { app: name }, ports: [{ port: 80 }] },
      });
    }
    if (random.chance(0.5)) content.push(deployment(name, namespace));
    files.set(`${name}/all.yaml`, content);
  });
  files.set("apps/all.yaml", all);
  return { files: rooted(files), widgets, balancers, helmReleases: 1, apps, dependencies, namespace };
}

const deployment = (name: string, namespace: string): Manifest => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name, namespace },
  spec: {
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: "main", image: "registry.k8s.io/pause:3.10" }] },
    },
  },
});

/** Each folder with its own kustomization.yaml, so that the root applies its own files only. */
function rooted(files: ReadonlyMap<string, readonly Manifest[]>): Map<string, readonly Manifest[]> {
  const result = new Map(files);
  const folders = new Map<string, string[]>();
  for (const path of files.keys()) {
    const slash = path.lastIndexOf("/");
    const folder = slash < 0 ? "" : path.slice(0, slash + 1);
    folders.set(folder, [...(folders.get(folder) ?? []), path.slice(slash + 1)]);
  }
  for (const [folder, resources] of folders)
    result.set(`${folder}kustomization.yaml`, [
      { apiVersion: "kustomize.config.k8s.io/v1beta1", kind: "Kustomization", resources },
    ]);
  return result;
}
