import { App, Chart } from "cdk8s";
import { dump, load, loadAll } from "js-yaml";
import { existsSync, globSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setContext } from "../../constructs/context.ts";
import { labelled, objectsBelow } from "../../constructs/kube-object.ts";
import { PlaceholderResolver } from "../../constructs/placeholder.ts";
import { Keda, Platform } from "../../constructs/platform/index.ts";
import type { Mirror } from "../../lib/fleet/mirror.ts";

export type Json = Readonly<Record<string, unknown>>;

/** A Kubernetes object. */
export interface Manifest extends Json {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** Values for what has no default. */
const sampleValues: Readonly<Record<string, string>> = {
  domain: "sample.example.com",
  cluster_name: "sample",
  cluster_type: "development",
  cluster_provider: "kind",
  cluster_replicas: "2",
  cluster_alerting: "office-hours",
  cluster_alerting_days: "monday:friday",
  cluster_alerting_start: "09:00",
  cluster_alerting_end: "17:00",
  cluster_alerting_zone: "Europe/London",
};

/** All objects of the platform's layers and options, and those of Keda, as a cluster gets them. */
export function platformObjects(mirror?: Mirror): Manifest[] {
  const app = new App({ resolvers: [new PlaceholderResolver()] });
  setContext(app, { within: "bundle", ...(mirror === undefined ? {} : { mirror }) });
  const platform = new Platform(app, "platform");
  new Keda(new Chart(app, "no-option-yet"), "keda");
  return [...objectsBelow(platform), ...objectsBelow(app.node.findChild("no-option-yet"))].map((object) =>
    substituted(labelled(object.toJson() as Record<string, unknown>, "", object) as unknown as Manifest),
  );
}

/** The objects that the apps of each cluster consist of, as they are committed. */
export function appObjectsOfClusters(clusters: string): Manifest[][] {
  if (!existsSync(clusters)) return [];
  return readdirSync(clusters)
    .sort()
    .map((cluster) =>
      globSync(`${cluster}/apps/**/*.yaml`, { cwd: clusters })
        .sort()
        .filter((file) => !file.endsWith("kustomization.yaml"))
        .flatMap((file) => loadAll(readFileSync(join(clusters, file), "utf8")) as Manifest[])
        .filter((object) => object?.kind !== undefined),
    );
}

/** Puts values in as Flux does: into the text, which is then read as YAML again. */
function substituted(object: Manifest): Manifest {
  const text = dump(object, { lineWidth: -1 }).replace(
    /(?<!\$)\$\{(\w+)(?::=([^}]*))?\}/g,
    (placeholder, name: string, fallback?: string) => sampleValues[name] ?? fallback ?? placeholder,
  );
  return load(text.replaceAll("$${", "${")) as Manifest;
}
