import { type App, Chart } from "cdk8s";
import type { Construct } from "constructs";
import { App as ClusterApp, type AppProps } from "../../constructs/apps/app.ts";
import { Apps, appsNamespace } from "../../constructs/apps/apps.ts";
import { fluxNamespace } from "../../constructs/flux/flux-object.ts";
import { Kustomization } from "../../constructs/flux/kustomization.ts";
import { releaseHealth } from "../../constructs/flux/release-health.ts";
import type { Cluster } from "../fleet/cluster.ts";
import { suggestion } from "../fleet/suggestion.ts";
import { dependencyOrder } from "../flux/dependency-order.ts";
import { hasRelease } from "./bundle.ts";
import { syncSource } from "./cluster-sync.ts";
import { FolderPrinter, kustomizationFile, type Synthesis } from "./folder.ts";
import { clusterFolder, clustersFolder } from "./paths.ts";

/** Prints each app into a folder of its own. @returns whether there are any, or that the definition failed */
export function synthesiseApps(
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

/** Whether an app of the cluster reads what only its stack knows. */
export const readsOutputs = (app: App): boolean =>
  appsOf(app).some((child) => (propsOf(child).outputs?.length ?? 0) > 0);

const appsOf = (app: App): readonly Construct[] => app.node.tryFindChild("apps")?.node.children ?? [];
const propsOf = (child: Construct): AppProps => (ClusterApp.isApp(child) ? child.props : {});
