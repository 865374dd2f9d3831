import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { benchFolder } from "./fleet.ts";

/** Objects that Flux applies to each cluster of the fleet, Kustomizations and sources included. */
export const objectsPerCluster = 500;

const apps = 10;
const objectsPerApp = 40;
/** What is left of 500: the platform's objects. */
const platformObjects = objectsPerCluster - apps * (objectsPerApp + 1) - 9;

/** The name of the n-th cluster. */
export const clusterName = (n: number): string => `site-${String(n).padStart(4, "0")}`;

/**
 * Writes the repository of a fleet of `count` clusters as Sluice lays it out, with 500 objects each, no app's
 * manifest like another's, and commits it. @param tags releases, each with an app of every cluster changed
 * @returns the folder
 */
export function makeImpactFleet(count: number, tags: readonly string[] = []): string {
  const root = mkdtempSync(join(benchFolder, "sluice-bench-impact-"));
  const files = new Map(definitions(count));
  platform(files);
  for (let n = 0; n < count; n++) cluster(files, clusterName(n));
  for (const [path, text] of files) {
    mkdirSync(join(root, dirname(path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=bench", "-c", "user.email=bench@example.com", ...args], {
      cwd: root,
      stdio: ["ignore", "pipe", "inherit"],
    });
  git("init", "--quiet", "--initial-branch=main", ".");
  git("add", "--all");
  git("commit", "--quiet", "--message=fleet");
  for (const tag of tags) {
    for (let n = 0; n < count; n++) {
      const path = join(root, `manifests/clusters/${clusterName(n)}/apps/app-1/app-1.yaml`);
      writeFileSync(path, readFileSync(path, "utf8").replace(/log\.level: .*/, `log.level: at-${tag}`));
    }
    git("commit", "--quiet", "--all", `--message=${tag}`);
    git("tag", tag);
  }
  // As a clone has it: one pack.
  git("repack", "-adq");
  return root;
}

const sluice = new URL("../../", import.meta.url).href;

/** What the command asks of the definitions: which clusters are protected. */
export const definitions = (count: number): [path: string, text: string][] => [
  ["package.json", '{ "type": "module" }\n'],
  [
    "clusters/fleet.ts",
    `import { Bundle } from "${sluice}constructs/bundle/index.ts";
import { defineEnvironmentType, defineFleet, defineVariables, text } from "${sluice}lib/index.ts";
class Platform extends Bundle {
  static variables = defineVariables({ domain: text({ unique: true }) });
  static options = [];
  constructor(scope, id) { super(scope, id, Platform.variables); }
}
export const site = defineEnvironmentType({
  name: "site", scaling: { nodes: { min: 1, max: 1 } }, availability: { zones: 1, replicas: 1 },
  capacity: "on-demand", protected: true, alerting: "always", track: { branch: "main" },
});
export const { fleet, defineClusters } = defineFleet({
  name: "bench", repository: { url: "https://git.example.com/fleet.git" }, artifacts: { url: "oci://registry.example.com/fleet" },
  platform: Platform, types: { site },
});
`,
  ],
  [
    "clusters/site/clusters.ts",
    `import { existing } from "${sluice}lib/index.ts";
import { defineClusters, site } from "../fleet.ts";
const rows = Array.from({ length: ${count} }, (_, n) => ({ name: "site-" + String(n).padStart(4, "0") }));
export default defineClusters(rows, ({ name }) => ({
  type: site, provider: existing({ context: name }), flux: "bootstrap",
  platform: { variables: { domain: name + ".example.com" } },
}));
`,
  ],
  ["clusters/site/versions.yaml", 'kubernetes: "1.35"\n'],
];

export const kustomization = (resources: readonly string[]) =>
  `apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n${resources.map((name) => `  - ${name}\n`).join("")}`;

export function flux(name: string, namespace: string, path: string, source: string, rest = ""): string {
  return `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: ${name}
  namespace: ${namespace}
spec:
  interval: 10m
  path: ${path}
  prune: true
  sourceRef:
    kind: GitRepository
    name: ${source}
    namespace: flux-system
  timeout: 5m
  wait: true
${rest}`;
}

const layers = ["services", "configs", "service-configs"];

function platform(files: Map<string, string>): void {
  for (const [index, layer] of layers.entries()) {
    const names: string[] = [];
    for (let n = index; n < platformObjects; n += layers.length) {
      names.push(`object-${n}.yaml`);
      files.set(
        `manifests/platform/${layer}/object-${n}.yaml`,
        configMap(`${layer}-${n}`, "platform", "${domain}"),
      );
    }
    files.set(`manifests/platform/${layer}/kustomization.yaml`, kustomization(names));
    const variables =
      "  postBuild:\n    substituteFrom:\n      - kind: ConfigMap\n        name: platform-variables\n    substituteStrategy: Always\n";
    files.set(
      `manifests/platform/layers/${layer}.yaml`,
      flux(`platform-${layer}`, "flux-system", `./manifests/platform/${layer}`, "platform", variables),
    );
  }
  files.set(
    "manifests/platform/layers/kustomization.yaml",
    kustomization(layers.map((layer) => `${layer}.yaml`)),
  );
}

function cluster(files: Map<string, string>, name: string): void {
  const folder = `manifests/clusters/${name}`;
  files.set(`${folder}/kustomization.yaml`, kustomization(["flux-system", "platform.yaml", "apps.yaml"]));
  files.set(`${folder}/flux-system/kustomization.yaml`, kustomization(["sync.yaml"]));
  files.set(
    `${folder}/flux-system/sync.yaml`,
    `${source("flux-system")}---\n${flux("flux-system", "flux-system", `./${folder}`, "flux-system")}`,
  );
  files.set(
    `${folder}/platform.yaml`,
    `${source("platform")}---
apiVersion: v1
kind: ConfigMap
metadata:
  name: platform-variables
  namespace: flux-system
data:
  domain: ${name}.example.com
---
${flux("platform", "flux-system", "./manifests/platform/layers", "platform")}`,
  );
  files.set(`${folder}/apps.yaml`, flux("apps", "flux-system", `./${folder}/apps`, "flux-system"));
  const names: string[] = [];
  for (let app = 0; app < apps; app++) {
    const id = `app-${app}`;
    names.push(`${id}.yaml`);
    files.set(`${folder}/apps/${id}.yaml`, flux(id, "apps", `./${folder}/apps/${id}`, "flux-system"));
    files.set(`${folder}/apps/${id}/kustomization.yaml`, kustomization([`${id}.yaml`]));
    const objects: string[] = [];
    for (let n = 0; n < objectsPerApp; n++) objects.push(appObject(`${id}-${n}`, n, name));
    files.set(`${folder}/apps/${id}/${id}.yaml`, objects.join("---\n"));
  }
  files.set(`${folder}/apps/kustomization.yaml`, kustomization(names));
}

export const source = (name: string) => `apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata:
  name: ${name}
  namespace: flux-system
spec:
  interval: 1m
  ref:
    branch: main
  url: https://git.example.com/fleet.git
`;

const configMap = (name: string, namespace: string, domain: string) => `apiVersion: v1
kind: ConfigMap
metadata:
  name: ${name}
  namespace: ${namespace}
data:
  log.level: info
  upstream.url: http://${name}.${domain}:8080
`;

export function appObject(name: string, n: number, cluster: string): string {
  switch (n % 4) {
    case 0:
      return configMap(name, "apps", `${cluster}.example.com`);
    case 1:
      return `apiVersion: v1
kind: Service
metadata:
  name: ${name}
  namespace: apps
spec:
  selector:
    app: ${name}
  ports:
    - name: http
      port: 80
      targetPort: 8080
`;
    case 2:
      return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  namespace: apps
  labels:
    cluster: ${cluster}
spec:
  replicas: 2
  selector:
    matchLabels:
      app: ${name}
  template:
    metadata:
      labels:
        app: ${name}
    spec:
      containers:
        - name: web
          image: registry.example.com/shop:1.2.${n}
          ports:
            - containerPort: 8080
          readinessProbe:
            httpGet:
              path: /ready
              port: 8080
          resources:
            requests:
              cpu: 100m
              memory: 64Mi
            limits:
              memory: 128Mi
`;
    default:
      return `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: ${name}
  namespace: apps
spec:
  rules:
    - host: ${name}.${cluster}.example.com
      http:
        paths:
          - path: /
            pathType: Prefix
            backend:
              service:
                name: ${name}
                port:
                  name: http
`;
  }
}
