import {
  clusterName,
  clusterSync,
  commitFleet,
  definitions,
  flux,
  kustomization,
  layers,
  platformLayers,
} from "./flux-fleet.ts";
import { appObject } from "./impact-fleet.ts";

const filesPerLayer = 15;
const objectsPerFile = 10;
const apps = ["shop", "search"];
const objectsPerApp = 20;

/** Faults of single clusters: a file of the cluster, what stands there, and what instead. */
const faults: readonly (readonly [file: string, from: string, to: string])[] = [
  // What a schema can tell.
  ["apps/shop/shop.yaml", "replicas: 1", "replicas: one"],
  ["apps/shop/shop.yaml", "containerPort: 8080", "containerPrt: 8080\n              containerPort: 8080"],
  ["apps/shop/shop.yaml", "      port: 80\n", "      protocol: TCP\n"],
  // What it cannot.
  ["apps/shop.yaml", "  prune: true", "  prune: true\n  dependsOn:\n    - name: none"],
  ["apps/shop/shop.yaml", "namespace: apps", "namespace: elsewhere"],
  ["apps/shop/shop.yaml", "      containers:", "      serviceAccountName: nobody\n      containers:"],
  ["apps/shop/shop.yaml", "  log.level: info", "  password: hunter2"],
  ["apps/shop/shop.yaml", "          readinessProbe:", "          livenessProbe:"],
  ["apps/shop/shop.yaml", "            requests:\n              cpu: 100m", "            requests:"],
  ["apps/shop.yaml", "    name: flux-system\n", "    name: flux-systm\n"],
  ["platform.yaml", "  domain: site-0010", "  domain: site-0000"],
  ["apps/shop/shop.yaml", "replicas: 1", "replicas: 3"],
];

/** How many faults the fleet has, and how many of them its schemas can tell. */
export const faultCount = { all: faults.length, ofSchemas: 3 };

/**
 * Writes and commits the repository of a fleet of `count` clusters of some 500 objects each: nine tenths of them the
 * platform's, one in ten of which has a value of the cluster's, the others the cluster's own apps'. Twelve clusters
 * have one fault each.
 * @returns the folder
 */
export function makeCheckFleet(count: number): string {
  const files = new Map(definitions(count));
  platform(files);
  for (let n = 0; n < count; n++) cluster(files, clusterName(n));
  faults.forEach(([file, from, to], n) => {
    const path = `manifests/clusters/${clusterName(n)}/${file}`;
    const text = files.get(path)!;
    if (!text.includes(from)) throw new Error(`${path} has no ${from}`);
    files.set(path, text.replace(from, to));
  });
  const { root, git } = commitFleet("sluice-bench-check-", files);
  git("repack", "-adq");
  return root;
}

function platform(files: Map<string, string>): void {
  const folder = "manifests/platform";
  files.set(
    `${folder}/bundle.json`,
    JSON.stringify({
      bundle: "platform",
      contract: 1,
      variables: { domain: { type: "text", giver: "cluster", unique: true } },
      facts: [],
      layers: layers.map((name) => ({ name, dependsOn: [] })),
      options: [],
    }),
  );
  for (const layer of layers) {
    const names = Array.from({ length: filesPerLayer }, (_, n) => `part-${n}.yaml`);
    for (const [n, name] of names.entries()) {
      const objects = Array.from({ length: objectsPerFile }, (__, item) =>
        appObject(`${layer}-${n}-${item}`, item, item === 3 ? "${domain}" : "shared")
          .replaceAll("namespace: apps", "namespace: platform")
          .replaceAll(".shared.example.com", ".example.com"),
      );
      files.set(`${folder}/${layer}/${name}`, objects.join("---\n"));
    }
    if (layer === "services") files.set(`${folder}/services/namespaces.yaml`, namespaces);
    files.set(
      `${folder}/${layer}/kustomization.yaml`,
      kustomization(layer === "services" ? ["namespaces.yaml", ...names] : names),
    );
  }
  platformLayers(files);
}

const namespaces = `apiVersion: v1
kind: Namespace
metadata:
  name: platform
---
apiVersion: v1
kind: Namespace
metadata:
  name: apps
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: apps
  namespace: apps
`;

function cluster(files: Map<string, string>, name: string): void {
  const folder = clusterSync(files, name);
  for (const app of apps) {
    const account = "  serviceAccountName: apps\n";
    files.set(
      `${folder}/apps/${app}.yaml`,
      flux(app, "apps", `./${folder}/apps/${app}`, "flux-system", account),
    );
    files.set(`${folder}/apps/${app}/kustomization.yaml`, kustomization([`${app}.yaml`]));
    const objects = Array.from({ length: objectsPerApp }, (_, n) =>
      appObject(`${app}-${n}`, n, name).replace("replicas: 2", "replicas: 1"),
    );
    files.set(`${folder}/apps/${app}/${app}.yaml`, objects.join("---\n"));
  }
  files.set(`${folder}/apps/kustomization.yaml`, kustomization(apps.map((app) => `${app}.yaml`)));
}
