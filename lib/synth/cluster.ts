import { App, Chart } from "cdk8s";
import type { Construct } from "constructs";
import { App as ClusterApp, type AppProps } from "../../constructs/apps/app.ts";
import { Apps, appsNamespace } from "../../constructs/apps/apps.ts";
import { setContext } from "../../constructs/context.ts";
import { FluxInstance } from "../../constructs/flux/flux-instance.ts";
import { fluxNamespace } from "../../constructs/flux/flux-object.ts";
import { GitRepository } from "../../constructs/flux/git-repository.ts";
import { Kustomization, type KustomizationProps } from "../../constructs/flux/kustomization.ts";
import { OCIRepository } from "../../constructs/flux/oci-repository.ts";
import { releaseHealth } from "../../constructs/flux/release-health.ts";
import { mirroredName } from "../../constructs/flux/images.ts";
import { KubeObject } from "../../constructs/kube-object.ts";
import { PlaceholderResolver } from "../../constructs/placeholder.ts";
import { type Cluster, type ClusterBundle } from "../fleet/cluster.ts";
import { protectedAnnotation } from "../fleet/environment-types.ts";
import { factsOf } from "../fleet/facts.ts";
import { suggestion } from "../fleet/suggestion.ts";
import { dependencyOrder } from "../flux/dependency-order.ts";
import { hasRelease, outputsName, partName, substituteFrom, variablesName } from "./bundle.ts";
import { imageControllers, imageUpdateObjects, imageUpdatesName, updatedApps } from "./image-updates.ts";
import { FolderPrinter, kustomizationFile, type Synthesis } from "./folder.ts";
import { bundleFolder, clusterFolder, clustersFolder } from "./paths.ts";
import { printYaml } from "./print.ts";

/** The version of Flux that a FluxInstance installs: the minor that the constructs are typed for, its newest patch. */
const fluxVersion = "2.9.x";
/** The GitRepository and the Kustomization that sync a cluster's folder, whoever owns them. */
const syncName = "flux-system";
const syncSource = { kind: "GitRepository", name: syncName } as const;

/** Prints one cluster: its sync, its bundles' sources and variables, and its apps. */
export function synthesiseCluster(
  synthesis: Synthesis,
  cluster: Cluster,
  files: Map<string, string>,
): { readonly raisesImages: boolean } {
  const folder = clusterFolder(cluster.name);
  const from = `${clustersFolder}/${cluster.folder}`;
  const app = new App({ resolvers: [new PlaceholderResolver()] });
  const used = new Set<string>();
  const { availability, name: type } = cluster.type;
  setContext(app, {
    within: "apps",
    mirror: cluster.fleet.mirror,
    cluster: {
      name: cluster.name,
      type,
      replicas: availability.replicas,
      apps: cluster.versions.apps,
      used,
      versionsFile: cluster.versions.file,
    },
  });
  const identities = new Map<string, Construct>();
  const printer = new FolderPrinter(synthesis, undefined, identities);
  const chart = (id: string) =>
    new Chart(app, id, { namespace: fluxNamespace, disableResourceNameHashes: true });
  const resources: string[] = [];
  const add = (name: string, content: Construct) => {
    files.set(`${folder}/${name}.yaml`, printer.file(content, from));
    resources.push(`${name}.yaml`);
  };

  const made = synthesiseApps(synthesis, cluster, app, files, identities);
  const updated = made === "failed" ? [] : updatedApps(synthesis, cluster, app.node.tryFindChild("apps"));

  if (cluster.flux === "bootstrap") resources.push("flux-system");
  else {
    const sync = chart("sync");
    const file = cluster.flux === "operator" ? "flux-instance" : "sync";
    if (cluster.flux === "operator") fluxInstance(sync, cluster, folder, updated.length > 0);
    else syncObjects(sync, cluster, folder);
    files.set(`${folder}/flux-system/${file}.yaml`, printer.file(sync, from));
    files.set(`${folder}/flux-system/kustomization.yaml`, kustomizationFile([`${file}.yaml`], from));
    resources.push("flux-system");
  }
  for (const bundle of cluster.bundles) {
    const content = chart(bundle.name);
    bundleObjects(content, cluster, bundle);
    add(bundle.name, content);
  }
  if (cluster.decryption !== undefined) {
    const secrets = chart("secrets");
    new Kustomization(secrets, "secrets", {
      teardown: "controller",
      path: `./${clustersFolder}/${cluster.folder}/secrets`,
      sourceRef: syncSource,
      decryption: { provider: "sops", secretRef: { name: cluster.decryption.secret } },
    });
    add("secrets", secrets);
  }
  if (made === "some") {
    const apps = chart("apps-sync");
    const outputs = appsOf(app).some((child) => (propsOf(child).outputs?.length ?? 0) > 0);
    new Kustomization(apps, "apps", {
      teardown: "user",
      path: `./${folder}/apps`,
      sourceRef: syncSource,
      // Each app's own Kustomization says how the app is: one bad app stops no other.
      wait: false,
      dependsOn: cluster.bundles.flatMap(({ name, options }) => [
        { name },
        ...options.map((option) => ({ name: partName(name, option) })),
      ]),
      ...(outputs
        ? {
            postBuild: {
              substituteFrom: [
                { kind: "ConfigMap", name: outputsName, optional: true },
                { kind: "Secret", name: outputsName, optional: true },
              ],
              substituteStrategy: "Always",
            },
          }
        : {}),
    });
    add("apps", apps);
  }
  if (updated.length > 0) {
    // A folder of its own: nothing else has to wait for the kinds, which come with the controllers.
    const content = chart(`${imageUpdatesName}-objects`);
    imageUpdateObjects(content, cluster, updated);
    files.set(`${folder}/${imageUpdatesName}/${imageUpdatesName}.yaml`, printer.file(content, from));
    files.set(
      `${folder}/${imageUpdatesName}/kustomization.yaml`,
      kustomizationFile([`${imageUpdatesName}.yaml`], from),
    );
    const sync = chart(imageUpdatesName);
    new Kustomization(sync, imageUpdatesName, {
      teardown: "controller",
      path: `./${folder}/${imageUpdatesName}`,
      sourceRef: syncSource,
    });
    add(imageUpdatesName, sync);
  }
  files.set(`${folder}/kustomization.yaml`, kustomizationFile(resources, from));

  // Apps that were not made have read nothing.
  for (const [id, { line }] of made === "failed" ? [] : cluster.versions.apps)
    if (!used.has(id))
      synthesis.problems.push({
        where: `${cluster.versions.file}:${line}`,
        message: `'${id}' is no app of ${cluster.name} that reads its version here${suggestion(id, used)}`,
      });
  return { raisesImages: updated.length > 0 };
}

/** Flux, as flux-operator keeps it, and the sync that it owns. */
function fluxInstance(scope: Construct, cluster: Cluster, folder: string, raisesImages: boolean): void {
  const { repository } = cluster.fleet;
  const manifests = mirroredName(scope, {
    registry: "ghcr.io",
    repository: "controlplaneio-fluxcd/flux-operator-manifests",
  });
  new FluxInstance(scope, "flux", {
    teardown: "controller",
    // The teardown ends with it: deleting it strips Flux's finalizers.
    metadata: { annotations: { "kustomize.toolkit.fluxcd.io/prune": "disabled" } },
    distribution: {
      version: fluxVersion,
      registry: mirroredName(scope, { registry: "ghcr.io", repository: "fluxcd" }),
      artifact: `oci://${manifests}`,
    },
    components: [
      ...([
        "source-controller",
        "kustomize-controller",
        "helm-controller",
        "notification-controller",
      ] as const),
      ...(raisesImages ? imageControllers : []),
    ],
    cluster: { type: cluster.provider.kind === "eks" ? "aws" : "kubernetes", networkPolicy: true },
    sync: {
      kind: "GitRepository",
      url: repository.url,
      ref: `refs/heads/${cluster.branch}`,
      path: `./${folder}`,
      interval: "1m",
      ...(repository.secret === undefined ? {} : { pullSecret: repository.secret }),
      ...(repository.provider === undefined ? {} : { provider: repository.provider }),
    },
  });
}

/** The sync as `flux bootstrap` would write it, for a Flux that no operator keeps. */
function syncObjects(scope: Construct, cluster: Cluster, folder: string): void {
  const { repository } = cluster.fleet;
  const source = new GitRepository(scope, "source", {
    teardown: "controller",
    metadata: { name: syncName },
    url: repository.url,
    ref: { branch: cluster.branch },
    ...(repository.secret === undefined ? {} : { secretRef: { name: repository.secret } }),
    ...(repository.provider === undefined ? {} : { provider: repository.provider }),
  });
  new Kustomization(scope, "sync", {
    teardown: "controller",
    metadata: { name: syncName },
    path: `./${folder}`,
    sourceRef: source,
    wait: false,
  });
}

/** A bundle of the cluster: its source at its track, its variables, and what applies its layers and options. */
function bundleObjects(
  scope: Construct,
  cluster: Cluster,
  { name, track, variables, options, patches }: ClusterBundle,
): void {
  const { artifacts, repository } = cluster.fleet;
  const source =
    "branch" in track
      ? new GitRepository(scope, "source", {
          teardown: "controller",
          metadata: { name },
          url: repository.url,
          ref: { branch: track.branch },
          ...(repository.secret === undefined ? {} : { secretRef: { name: repository.secret } }),
          ...(repository.provider === undefined ? {} : { provider: repository.provider }),
        })
      : new OCIRepository(scope, "source", {
          teardown: "controller",
          metadata: { name },
          url: `${artifacts.url.replace(/\/$/, "")}/${name}`,
          ref: track,
          ...(artifacts.secret === undefined ? {} : { secretRef: { name: artifacts.secret } }),
          ...(artifacts.insecure === true ? { insecure: true } : {}),
          ...(artifacts.verify === undefined
            ? {}
            : { verify: { provider: "cosign" as const, secretRef: { name: artifacts.verify.secret } } }),
        });
  const root = "branch" in track ? `./${bundleFolder(name)}` : ".";

  const values = Object.entries({ ...factsOf(cluster), ...variables }).map(
    ([key, value]) => [key, String(value)] as const,
  );
  new KubeObject(scope, "variables", {
    apiVersion: "v1",
    kind: "ConfigMap",
    teardown: "controller",
    // With this label a change of a value is applied at once, not at the next interval.
    metadata: {
      name: variablesName(name),
      labels: { "reconcile.fluxcd.io/watch": "Enabled" },
      ...(cluster.type.protected && name === "platform"
        ? { annotations: { [protectedAnnotation]: "true" } }
        : {}),
    },
    data: Object.fromEntries(values),
  });
  const layers = new Kustomization(scope, "layers", {
    teardown: "controller",
    metadata: { name },
    path: `${root}/layers`,
    sourceRef: source,
    // As long as its layers may take one after the other.
    timeout: "30m",
    postBuild: { substitute: { root, source_kind: source.kind } },
    ...(Object.keys(patches).length === 0 ? {} : { patches: layerPatches(name, patches) }),
  });
  for (const option of options)
    new Kustomization(scope, option, {
      teardown: "controller",
      metadata: { name: partName(name, option) },
      path: `${root}/options/${option}`,
      sourceRef: source,
      dependsOn: [layers],
      timeout: "10m",
      healthCheckExprs: [releaseHealth],
      postBuild: { substituteFrom: substituteFrom(name), substituteStrategy: "Always" },
    });
}

/** Patches that put the cluster's own patches into the Kustomizations of the layers. */
function layerPatches(
  bundle: string,
  patches: ClusterBundle["patches"],
): NonNullable<KustomizationProps["patches"]> {
  return Object.entries(patches)
    .filter(([, list]) => list.length > 0)
    .map(([layer, list]) => {
      const inner = list.map(({ target, patch }) => ({
        ...(target === undefined ? {} : { target }),
        patch: typeof patch === "string" ? patch : printYaml(patch),
      }));
      // Escaped, as this text is substituted once on its way to where the variables are known.
      const text = printYaml([{ op: "add", path: "/spec/patches", value: inner }]).replaceAll(
        "${",
        () => "$${",
      );
      return { target: { kind: "Kustomization", name: partName(bundle, layer) }, patch: text };
    });
}

const appsOf = (app: App): readonly Construct[] => app.node.tryFindChild("apps")?.node.children ?? [];
const propsOf = (child: Construct): AppProps => (ClusterApp.isApp(child) ? child.props : {});

/** Prints each app into a folder of its own. @returns whether there are any, or that the definition failed */
function synthesiseApps(
  synthesis: Synthesis,
  cluster: Cluster,
  app: App,
  files: Map<string, string>,
  identities: Map<string, Construct>,
): "some" | "none" | "failed" {
  const { apps: define } = cluster;
  if (define === undefined) return "none";
  const apps = new Apps(app, "apps");
  try {
    define(apps);
  } catch (error) {
    synthesis.problems.push(synthesis.thrown(error, `${clustersFolder}/${cluster.folder}`));
    return "failed";
  }
  const children = apps.node.children as Construct[];
  if (children.length === 0) return "none";
  checkDependencies(synthesis, children);
  const folder = `${clusterFolder(cluster.name)}/apps`;
  const from = `${clustersFolder}/${cluster.folder}`;
  const wrappers = new Chart(app, "app-kustomizations", {
    namespace: appsNamespace,
    disableResourceNameHashes: true,
  });
  const wrapperPrinter = new FolderPrinter(synthesis, undefined, identities);
  for (const child of children) {
    const { id } = child.node;
    const {
      dependsOn = [],
      outputs = [],
      decryption,
      kustomization: overrides,
      interval,
      timeout,
    } = propsOf(child);
    const printer = new FolderPrinter(
      synthesis,
      outputs.length === 0 ? undefined : new Set(outputs),
      identities,
    );
    files.set(`${folder}/${id}/${id}.yaml`, printer.file(child, from));
    files.set(`${folder}/${id}/kustomization.yaml`, kustomizationFile([`${id}.yaml`], from));
    const wrapper = new Kustomization(wrappers, id, {
      teardown: "user",
      path: `./${folder}/${id}`,
      sourceRef: { ...syncSource, namespace: fluxNamespace },
      serviceAccountName: appsNamespace,
      dependsOn: dependsOn.map((other) => ({ name: typeof other === "string" ? other : other.node.id })),
      ...(interval === undefined ? {} : { interval }),
      ...(timeout === undefined ? {} : { timeout }),
      ...(hasRelease(child) ? { healthCheckExprs: [releaseHealth] } : {}),
      ...(decryption === undefined
        ? {}
        : { decryption: { provider: "sops" as const, secretRef: { name: decryption.secret } } }),
      // The outputs are in flux-system: the Kustomization above this one puts them in here.
      ...(outputs.length === 0
        ? {}
        : {
            postBuild: {
              substitute: Object.fromEntries(outputs.map((output) => [output, `\${${output}}`])),
              substituteStrategy: "Always" as const,
            },
          }),
      ...(overrides === undefined ? {} : { overrides }),
    });
    files.set(`${folder}/${id}.yaml`, wrapperPrinter.file(wrapper, from));
  }
  files.set(
    `${folder}/kustomization.yaml`,
    kustomizationFile(
      children.map((child) => `${child.node.id}.yaml`),
      from,
    ),
  );
  return "some";
}

function checkDependencies(synthesis: Synthesis, children: readonly Construct[]): void {
  const nodes = children.map((child) => ({
    id: child.node.id,
    child,
    dependsOn: (propsOf(child).dependsOn ?? []).map((other) =>
      typeof other === "string" ? other : other.node.id,
    ),
  }));
  const ids = nodes.map(({ id }) => id);
  for (const { id, child, dependsOn } of nodes)
    for (const other of dependsOn)
      if (!ids.includes(other))
        synthesis.problems.push({
          where: synthesis.where(child),
          message: `app '${id}' waits for '${other}', which is no app of this cluster${suggestion(other, ids)}`,
        });
  for (const cycle of dependencyOrder(nodes).cycles) {
    const { child } = nodes.find(({ id }) => id === cycle[0])!;
    synthesis.problems.push({
      where: synthesis.where(child),
      message: `apps wait for one another: ${cycle.join(" → ")}`,
      remedy: "remove one of these dependsOn",
    });
  }
}
