import { App } from "./app.ts";
import { Apps } from "./apps.ts";
import { refuse } from "./refuse.ts";

/**
 * What an app's own Flux object waits for. Apps that are a cluster's wait for one another by their
 * Kustomizations, which the synthesis makes; parts of one app, and apps in someone else's chart, by their
 * HelmReleases or Kustomizations, of which Flux lets each wait for its own kind only
 * (https://github.com/fluxcd/flux2/issues/3364).
 * @throws Error if Flux could not wait for one of them
 */
export function waitsFor(
  app: App,
  kind: "HelmRelease" | "Kustomization",
): { name: string; namespace?: string }[] {
  const { scope } = app.node;
  if (scope !== undefined && Apps.isApps(scope)) return [];
  const inCluster = Apps.above(app) !== undefined;
  const references: { name: string; namespace?: string }[] = [];
  const problems: string[] = [];
  for (const dependency of app.props.dependsOn ?? []) {
    const other = typeof dependency === "string" ? scope?.node.tryFindChild(dependency) : dependency;
    const id = typeof dependency === "string" ? dependency : dependency.node.id;
    if (other === undefined && !inCluster) references.push({ name: id });
    else if (other === undefined)
      problems.push(`waits for '${id}', but nothing of that id was made beside it before`);
    else if (inCluster && other.node.scope !== scope)
      problems.push(
        `waits for '${id}', which is no part of the same app: give that to the whole app's 'dependsOn'`,
      );
    else {
      const object = App.isApp(other) ? other.fluxObject : undefined;
      if (object?.kind === kind) references.push({ name: object.name, namespace: object.namespace });
      else
        problems.push(
          `waits for '${id}', but a ${kind} can wait for a ${kind} only: make two apps of them, of which one depends on the other`,
        );
    }
  }
  refuse(app, problems);
  return references;
}
