import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { benchFolder } from "./fleet.ts";

/**
 * Writes and commits a repository. @param prefix of its folder's name
 * @returns the folder, and git in it
 */
export function commitFleet(
  prefix: string,
  files: ReadonlyMap<string, string>,
): { root: string; git: (...args: string[]) => void } {
  const root = mkdtempSync(join(benchFolder, prefix));
  for (const [path, text] of files) {
    mkdirSync(join(root, dirname(path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  const git = (...args: string[]): void => {
    execFileSync("git", ["-c", "user.name=bench", "-c", "user.email=bench@example.com", ...args], {
      cwd: root,
      stdio: ["ignore", "pipe", "inherit"],
    });
  };
  git("init", "--quiet", "--initial-branch=main", ".");
  git("add", "--all");
  git("commit", "--quiet", "--message=fleet");
  return { root, git };
}

/** The name of the n-th cluster. */
export const clusterName = (n: number): string => `site-${String(n).padStart(4, "0")}`;

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

/** A kustomization.yaml. */
export const kustomization = (resources: readonly string[]) =>
  `apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n${resources.map((name) => `  - ${name}\n`).join("")}`;

/** A Kustomization of Flux; `rest` is the rest of its spec. */
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

/** The layers of the platform. */
export const layers = ["services", "configs", "service-configs"];

/** The platform's Kustomizations, one a layer, each with the cluster's variables. */
export function platformLayers(files: Map<string, string>): void {
  const folder = "manifests/platform";
  const variables =
    "  postBuild:\n    substituteFrom:\n      - kind: ConfigMap\n        name: platform-variables\n    substituteStrategy: Always\n";
  for (const layer of layers)
    files.set(
      `${folder}/layers/${layer}.yaml`,
      flux(`platform-${layer}`, "flux-system", `./${folder}/${layer}`, "platform", variables),
    );
  files.set(`${folder}/layers/kustomization.yaml`, kustomization(layers.map((layer) => `${layer}.yaml`)));
}

/** What every cluster's folder has, but its apps. @returns the folder */
export function clusterSync(files: Map<string, string>, name: string): string {
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
  return folder;
}

const source = (name: string) => `apiVersion: source.toolkit.fluxcd.io/v1
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
