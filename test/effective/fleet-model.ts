import { Construct } from "constructs";
import { KubeObject } from "../../constructs/kube-object.ts";
import { Bundle, Layer, Option } from "../../constructs/bundle/index.ts";
import { defineEnvironmentType, defineFleet, existing, number, text } from "../../lib/index.ts";
import { makeCluster } from "../../lib/fleet/cluster.ts";
import type { Variable } from "../../lib/fleet/variables.ts";
import { parseVersions } from "../../lib/fleet/versions.ts";
import { synthesise } from "../../lib/synth/synthesise.ts";
import type { Random } from "./random.ts";

/** A fleet as data that a test can change: what its definitions in TypeScript would say. */
export interface FleetModel {
  /** Variables with their defaults; without one, each cluster gives a value. */
  variables: Record<string, { type: "text" | "number"; default?: string | number }>;
  layers: { name: string; dependsOn: string[]; objects: ModelObject[] }[];
  options: { name: string; objects: ModelObject[] }[];
  clusters: ModelCluster[];
}

export interface ModelObject {
  kind: "ConfigMap" | "Deployment" | "Service" | "ClusterRole" | "Secret";
  name: string;
  /** Of the object's own fields: text may hold `${variable}`. */
  fields: Record<string, string>;
  replicas?: number | string;
}

export interface ModelCluster {
  name: string;
  track: { branch: string } | { semver: string } | { tag: string };
  variables: Record<string, string | number>;
  options: string[];
  patches: Record<string, { kind: string; name: string; fields: Record<string, string> }[]>;
  apps: { name: string; objects: ModelObject[] }[];
}

const words = ["alpha", "beta", "gamma", "delta", "info", "debug", "zone-a", "v1.2.3", "10.0.0.1", "a/b/c"];

/** A fleet of three to five clusters, which track main, ranges and tags. */
export function randomModel(random: Random): FleetModel {
  const variables: FleetModel["variables"] = {
    domain: { type: "text" },
    log_level: { type: "text", default: "info" },
    replicas: { type: "number", default: 2 },
    zone: { type: "text", default: "zone-a" },
  };
  const layers = ["services", "configs", "service-configs"].map((name, index, all) => ({
    name,
    dependsOn: index === 0 ? [] : [all[index - 1]!],
    objects: Array.from({ length: 1 + random.below(4) }, (_, n) =>
      randomObject(random, `${name}-${n}`, true),
    ),
  }));
  const options = ["kafka", "vault"].map((name) => ({
    name,
    objects: [randomObject(random, `${name}-0`, true)],
  }));
  const clusters = Array.from({ length: 3 + random.below(3) }, (_, n): ModelCluster => {
    const name = `${random.pick(["edge", "prod", "dev", "site"])}-${n}`;
    return {
      name,
      track: randomTrack(random),
      variables: {
        domain: `${name}.example.com`,
        ...(random.chance(0.4) ? { log_level: random.pick(words) === "debug" ? "debug" : "warn" } : {}),
        ...(random.chance(0.3) ? { replicas: random.below(5) } : {}),
      },
      options: random.chance(0.3) ? ["kafka"] : [],
      patches: {},
      apps: Array.from({ length: random.below(3) }, (_, app) => ({
        name: `app-${app}`,
        objects: Array.from({ length: 1 + random.below(3) }, (_, o) =>
          randomObject(random, `app-${app}-${o}`, false),
        ),
      })),
    };
  });
  return { variables, layers, options, clusters };
}

export function randomTrack(random: Random): ModelCluster["track"] {
  return random.pick([
    { branch: "main" },
    { branch: "main" },
    { semver: "1.x" },
    { semver: "~1.0" },
    { tag: "1.0.0" },
    { tag: "1.1.0" },
  ]);
}

export function randomObject(random: Random, name: string, variables: boolean): ModelObject {
  const fields: Record<string, string> = {};
  const count = 1 + random.below(4);
  for (let i = 0; i < count; i++) fields[`key${i}`] = randomText(random, variables);
  const kind = random.pick([
    "ConfigMap",
    "ConfigMap",
    "Deployment",
    "Service",
    "ClusterRole",
    "Secret",
  ] as const);
  return {
    kind,
    name,
    fields,
    ...(kind === "Deployment"
      ? { replicas: variables && random.chance(0.5) ? "${replicas:=2}" : 1 + random.below(4) }
      : {}),
  };
}

export function randomText(random: Random, variables: boolean): string {
  if (!variables || random.chance(0.5))
    return random.pick([...words, "yes", "12", "true", "a: b", "multi\nline\n"]);
  return random.pick([
    "${domain}",
    "https://${domain}/path",
    "${log_level:=info}",
    "level=${log_level:=info} zone=${zone:=zone-a}",
    "${zone:=zone-a}",
    "${log_level^^}x${domain##*.}",
    "$${literal}",
    "${domain//./-}",
  ]);
}

const type = defineEnvironmentType({
  name: "edge",
  scaling: { nodes: { min: 1, max: 1 } },
  availability: { zones: 1, replicas: 1 },
  capacity: "on-demand",
  protected: false,
  alerting: "never",
});

/** The manifests that a fleet's definitions give, by path. */
export async function manifestsOf(model: FleetModel): Promise<Map<string, string>> {
  const variables: Record<string, Variable> = {};
  for (const [name, { type: kind, default: fallback }] of Object.entries(model.variables))
    variables[name] =
      kind === "text"
        ? text(fallback === undefined ? {} : ({ default: fallback } as never))
        : number({ default: fallback } as never);
  class Platform extends Bundle<typeof variables> {
    static readonly variables = variables;
    static readonly options = model.options.map(({ name }) => name);
    constructor(scope: Construct, id: string) {
      super(scope, id, variables);
      const made = new Map<string, Layer>();
      for (const { name, objects } of model.layers) {
        const layer = new Layer(this, name);
        made.set(name, layer);
        for (const object of objects) kubeObject(layer, object);
      }
      for (const { name, dependsOn } of model.layers)
        made.get(name)!.dependsOn(...dependsOn.flatMap((other) => made.get(other) ?? []));
      for (const { name, objects } of model.options) {
        const option = new Option(this, name);
        for (const object of objects) kubeObject(option, object);
      }
    }
  }
  const { fleet, defineCluster } = defineFleet({
    name: "model",
    repository: { url: "https://git.example.com/fleet.git" },
    artifacts: { url: "oci://registry.example.com/fleet" },
    platform: Platform as never,
    types: { edge: type },
  });
  const clusters = model.clusters.map((cluster) => {
    const [kind, value] = Object.entries(cluster.track)[0]!;
    const parsed = parseVersions(`kubernetes: "1.35"\nplatform: { ${kind}: ${value} }\n`, "versions.yaml", [
      "platform",
    ]);
    if ("problems" in parsed) throw new Error(JSON.stringify(parsed.problems));
    const definition = defineCluster((() => ({
      type,
      provider: existing({ context: cluster.name }),
      platform: {
        variables: cluster.variables,
        options: cluster.options,
        patches: Object.fromEntries(
          Object.entries(cluster.patches).map(([layer, list]) => [
            layer,
            list.map((patch) => ({
              target: { kind: patch.kind, name: patch.name },
              patch: Object.entries(patch.fields).map(([key, text]) => ({
                op: "add",
                path: `/metadata/annotations/${key}`,
                value: text,
              })),
            })),
          ]),
        ),
      },
      apps: (apps: Construct) => {
        for (const { name, objects } of cluster.apps) {
          const app = new Construct(apps, name);
          for (const object of objects) kubeObject(app, object);
        }
      },
    })) as never);
    const made = makeCluster({
      name: cluster.name,
      folder: cluster.name,
      definition,
      ...parsed,
      where: cluster.name,
    });
    if ("problems" in made) throw new Error(JSON.stringify(made.problems));
    return made.cluster;
  });
  const { files } = await synthesise({ root: "/", fleet, clusters }, {});
  return new Map(files);
}

function kubeObject(scope: Construct, { kind, name, fields, replicas }: ModelObject): void {
  const metadata = { name, namespace: "apps", annotations: { about: "model" } };
  switch (kind) {
    case "ConfigMap":
      new KubeObject(scope, name, { apiVersion: "v1", kind, metadata, data: fields });
      return;
    case "Secret":
      new KubeObject(scope, name, { apiVersion: "v1", kind, metadata, stringData: fields });
      return;
    case "ClusterRole":
      new KubeObject(scope, name, {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind,
        metadata: { name, annotations: { about: "model" } },
        rules: Object.keys(fields).map((key) => ({ apiGroups: [""], resources: [key], verbs: ["get"] })),
      });
      return;
    case "Service":
      new KubeObject(scope, name, {
        apiVersion: "v1",
        kind,
        metadata: { ...metadata, annotations: { about: "model", ...fields } },
        spec: { selector: { app: name }, ports: [{ name: "http", port: 80 }] },
      });
      return;
    case "Deployment":
      new KubeObject(scope, name, {
        apiVersion: "apps/v1",
        kind,
        metadata,
        spec: {
          replicas,
          selector: { matchLabels: { app: name } },
          template: {
            metadata: { labels: { app: name } },
            spec: {
              containers: [
                {
                  name: "web",
                  image: "registry.example.com/web:1",
                  env: Object.entries(fields).map(([key, value]) => ({ name: key, value })),
                },
              ],
            },
          },
        },
      });
  }
}
