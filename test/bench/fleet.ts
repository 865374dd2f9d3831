import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A memory file system where there is one: how a disk takes ten thousand small files says nothing about Sluice. */
export const benchFolder = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

/** The repository of Sluice itself, which the generated fleet imports. */
const sluice = new URL("../../", import.meta.url).href;

/** Objects of a generated cluster, three of which are different in every cluster. */
export const objectsPerCluster = 30;

/** The objects of the app that all clusters have alike: what is left of 30 beside the five that attach a cluster. */
const alike = objectsPerCluster - 5;

/**
 * Writes a fleet of `count` clusters into a new folder: a table of one shape, each cluster with 30 objects.
 * @returns the folder, a fleet's root
 */
export function makeFleet(count: number): string {
  const root = mkdtempSync(join(benchFolder, "sluice-bench-"));
  mkdirSync(join(root, "clusters/edge"), { recursive: true });
  writeFileSync(join(root, "package.json"), '{ "type": "module" }\n');
  writeFileSync(join(root, "clusters/fleet.ts"), fleetText);
  writeFileSync(join(root, "clusters/edge/clusters.ts"), tableText(count));
  writeFileSync(join(root, "clusters/edge/versions.yaml"), 'kubernetes: "1.35"\n');
  return root;
}

/** The name of the n-th cluster. */
export const clusterName = (n: number): string => `edge-${String(n).padStart(5, "0")}`;

const fleetText = `
import { Bundle, Layer } from "${sluice}constructs/bundle/index.ts";
import { KubeObject } from "${sluice}constructs/kube-object.ts";
import { defineEnvironmentType, defineFleet, defineVariables, text } from "${sluice}lib/index.ts";

class Platform extends Bundle {
  static variables = defineVariables({ domain: text({ unique: true }) });
  static options = [];
  constructor(scope, id) {
    super(scope, id, Platform.variables);
    const services = new Layer(this, "services");
    new KubeObject(services, "settings", { apiVersion: "v1", kind: "ConfigMap", data: { domain: this.variables.domain } });
  }
}
export const edge = defineEnvironmentType({
  name: "edge", scaling: { nodes: { min: 1, max: 1 } }, availability: { zones: 1, replicas: 1 },
  capacity: "on-demand", protected: false, alerting: "always", track: { branch: "main" },
});
export const { fleet, defineCluster, defineClusters } = defineFleet({
  name: "bench", repository: { url: "https://git.example.com/fleet.git" }, artifacts: { url: "oci://registry.example.com/fleet" },
  platform: Platform, types: { edge },
});
`;

const tableText = (count: number) => `
import { KubeObject } from "${sluice}constructs/kube-object.ts";
import { HelmRelease } from "${sluice}constructs/flux/helm-release.ts";
import { Chart } from "${sluice}node_modules/cdk8s/lib/index.js";
import { Construct } from "${sluice}node_modules/constructs/lib/index.js";
import { existing } from "${sluice}lib/index.ts";
import { defineClusters, edge } from "../fleet.ts";

const rows = Array.from({ length: ${count} }, (_, n) => ({ name: "edge-" + String(n).padStart(5, "0") }));

/** An app of ${alike} objects, the same in every cluster. */
class Shop extends Construct {
  constructor(scope, id) {
    super(scope, id);
    for (let n = 0; n < ${alike}; n++) {
      if (n % 5 === 0) new HelmRelease(this, "release-" + n, { chartRef: { kind: "OCIRepository", name: "shop" }, values: { replicaCount: n + 1, image: { tag: "1.2." + n }, ingress: { enabled: true, hosts: [{ host: "shop-" + n + ".example.com", paths: [{ path: "/", pathType: "Prefix" }] }] }, resources: { requests: { cpu: "100m", memory: "64Mi" }, limits: { memory: "128Mi" } } } });
      else if (n % 5 === 1) new KubeObject(this, "settings-" + n, { apiVersion: "v1", kind: "ConfigMap", data: { "log.level": "info", "feature.flags": "a,b,c", "upstream.url": "http://shop-" + n + ":8080", "timeout": "30s" } });
      else if (n % 5 === 2) new KubeObject(this, "service-" + n, { apiVersion: "v1", kind: "Service", spec: { selector: { app: "shop-" + n }, ports: [{ name: "http", port: 80, targetPort: 8080 }] } });
      else new KubeObject(this, "web-" + n, { apiVersion: "apps/v1", kind: "Deployment", spec: { replicas: 2, selector: { matchLabels: { app: "shop-" + n } }, template: { metadata: { labels: { app: "shop-" + n } }, spec: { containers: [{ name: "web", image: "registry.example.com/shop:1.2." + n, ports: [{ containerPort: 8080 }], readinessProbe: { httpGet: { path: "/ready", port: 8080 } }, resources: { requests: { cpu: "100m", memory: "64Mi" }, limits: { memory: "128Mi" } } }] } } } });
    }
  }
}

export default defineClusters(rows, ({ name }) => ({
  type: edge,
  provider: existing({ context: name }),
  flux: "bootstrap",
  platform: { variables: { domain: name + ".example.com" } },
  apps: (apps) => void new Shop(apps, "shop"),
}));
`;
