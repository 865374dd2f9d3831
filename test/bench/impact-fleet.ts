import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
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

/** Objects that Flux applies to each cluster of the fleet, Kustomizations and sources included. */
export const objectsPerCluster = 500;

const apps = 10;
const objectsPerApp = 40;
/** What is left of 500: the platform's objects. */
const platformObjects = objectsPerCluster - apps * (objectsPerApp + 1) - 9;

/**
 * Writes the repository of a fleet of `count` clusters as Sluice lays it out, with 500 objects each, no app's
 * manifest like another's, and commits it. @param tags releases, each with an app of every cluster changed
 * @returns the folder
 */
export function makeImpactFleet(count: number, tags: readonly string[] = []): string {
  const files = new Map(definitions(count));
  platform(files);
  for (let n = 0; n < count; n++) cluster(files, clusterName(n));
  const { root, git } = commitFleet("sluice-bench-impact-", files);
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
  }
  platformLayers(files);
}

function cluster(files: Map<string, string>, name: string): void {
  const folder = clusterSync(files, name);
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
