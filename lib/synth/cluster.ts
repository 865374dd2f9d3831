import { App, Chart } from "cdk8s";
import type { Construct } from "constructs";
import { setContext } from "../../constructs/context.ts";
import { fluxNamespace } from "../../constructs/flux/flux-object.ts";
import { Kustomization } from "../../constructs/flux/kustomization.ts";
import { PlaceholderResolver } from "../../constructs/placeholder.ts";
import type { Cluster } from "../fleet/cluster.ts";
import { suggestion } from "../fleet/suggestion.ts";
import { outputsName, partName } from "./bundle.ts";
import { readsOutputs, synthesiseApps } from "./cluster-apps.ts";
import { bundleObjects } from "./cluster-bundle.ts";
import { fluxInstance, syncObjects, syncSource } from "./cluster-sync.ts";
import { imageUpdateObjects, imageUpdatesName, updatedApps } from "./image-updates.ts";
import { FolderPrinter, kustomizationFile, type Synthesis } from "./folder.ts";
import { clusterFolder, clustersFolder } from "./paths.ts";

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
      ...(readsOutputs(app)
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
