/* eslint-disable @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-assignment, @typescript-eslint/no-unsafe-return -- manifests are looked into at any depth */
import { expect, test } from "vitest";
import { HelmApp, WebApp, type WebAppProps } from "../../../constructs/apps/index.ts";
import { App as Cdk8s, Chart, Testing } from "cdk8s";
import { cluster, manifests, plainChart, type Simulation } from "./simulated-cluster.ts";

const image = "registry.example.com/team/shop";

function objects(props: Partial<WebAppProps> = {}, simulation: Simulation = {}) {
  const { apps } = cluster({ versions: "shop:\n  image: 2.1.4", ...simulation });
  new WebApp(apps, "shop", { image, ...props });
  return manifests(apps);
}
const container = (props?: Partial<WebAppProps>, simulation?: Simulation) =>
  objects(props, simulation)["Deployment/shop"].spec.template.spec.containers[0];

test("an image becomes a Deployment behind a Service, all of the app's name", () => {
  const made = objects();
  expect(Object.keys(made)).toEqual(["Deployment/shop", "Service/shop", "PodDisruptionBudget/shop"]);
  expect(container()).toMatchObject({
    name: "shop",
    image: `${image}:2.1.4`,
    ports: [{ containerPort: 8080 }],
  });
  expect(made["Service/shop"].spec.ports).toEqual([{ name: "http", port: 80, targetPort: 8080 }]);
});

test("Deployment, Service, budget and affinity select by labels that only the app's name makes", () => {
  const made = objects();
  const labels = { "app.kubernetes.io/name": "shop" };
  const { selector, template } = made["Deployment/shop"].spec;
  expect(selector).toEqual({ matchLabels: labels });
  expect(made["Service/shop"].spec.selector).toEqual(labels);
  expect(made["PodDisruptionBudget/shop"].spec.selector).toEqual({ matchLabels: labels });
  expect(template.metadata.labels).toEqual({ ...labels, "cdk8s.io/metadata.addr": "shop" });
  for (const { podAffinityTerm } of template.spec.affinity.podAntiAffinity
    .preferredDuringSchedulingIgnoredDuringExecution)
    expect(podAffinityTerm.labelSelector.matchLabels).toEqual({ "cdk8s.io/metadata.addr": "shop" });
});

test("its pods meet the restricted Pod Security Standard and write to /tmp alone", () => {
  const { spec } = objects({ user: 1000 })["Deployment/shop"].spec.template;
  expect(spec.automountServiceAccountToken).toBe(false);
  expect(spec.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 1000, fsGroup: 1000 });
  expect(spec.containers[0].securityContext).toEqual({
    runAsNonRoot: true,
    runAsUser: 1000,
    runAsGroup: 1000,
    privileged: false,
    readOnlyRootFilesystem: true,
    allowPrivilegeEscalation: false,
    capabilities: { drop: ["ALL"] },
    seccompProfile: { type: "RuntimeDefault" },
  });
  expect(spec.containers[0].volumeMounts).toEqual([{ name: "writable-tmp", mountPath: "/tmp" }]);
});

test("three probes watch it", () => {
  const paths = (props?: Partial<WebAppProps>) => {
    const { startupProbe, readinessProbe, livenessProbe } = container(props);
    return [startupProbe, readinessProbe, livenessProbe].map(
      ({ httpGet }) => `${httpGet.port}${httpGet.path}`,
    );
  };
  expect(paths()).toEqual(["8080/healthz", "8080/healthz", "8080/healthz"]);
  expect(paths({ port: 3000, probes: { liveness: "/live", readiness: "/ready" } })).toEqual([
    "3000/live",
    "3000/ready",
    "3000/live",
  ]);
});

test("it gets the memory that it asks for, and CPU without limit", () => {
  expect(container({ resources: { cpu: "0.5", memory: "1Gi" } }).resources).toEqual({
    requests: { cpu: "500m", memory: "1024Mi" },
    limits: { memory: "1024Mi" },
  });
});

test("secrets reach it by reference", () => {
  expect(
    container({ env: { MODE: "fast", PASSWORD: { secret: "shop-database", key: "password" } } }).env,
  ).toEqual([
    { name: "MODE", value: "fast" },
    { name: "PASSWORD", valueFrom: { secretKeyRef: { name: "shop-database", key: "password" } } },
  ]);
});

test("its replicas are the environment type's, and a single one does not block a drain", () => {
  expect(objects()["Deployment/shop"].spec.replicas).toBe(3);
  const single = objects({}, { replicas: 1 });
  expect(single["Deployment/shop"].spec.replicas).toBe(1);
  expect(single).not.toHaveProperty(["PodDisruptionBudget/shop"]);
});

test("autoscaled, it leaves its replicas to the autoscaler", () => {
  const made = objects({ autoscaling: { minReplicas: 2, maxReplicas: 9, cpu: 70 } });
  expect(made["Deployment/shop"].spec).not.toHaveProperty("replicas");
  expect(made["HorizontalPodAutoscaler/shop"].spec).toMatchObject({
    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "shop" },
    minReplicas: 2,
    maxReplicas: 9,
    metrics: [{ resource: { name: "cpu", target: { averageUtilization: 70 } } }],
  });
});

test("an Ingress gets its certificate from the issuer, and is seen off by a teardown", () => {
  const made = objects({ ingress: { host: "shop.example.com", issuer: "letsencrypt" } })["Ingress/shop"];
  expect(made.metadata).toMatchObject({
    annotations: { "cert-manager.io/cluster-issuer": "letsencrypt" },
    labels: { "sluice.dev/teardown": "external-state" },
  });
  expect(made.spec).toMatchObject({
    ingressClassName: "traefik",
    tls: [{ hosts: ["shop.example.com"], secretName: "shop-tls" }],
    rules: [
      {
        host: "shop.example.com",
        http: { paths: [{ path: "/", backend: { service: { name: "shop", port: { number: 80 } } } }] },
      },
    ],
  });
  expect(objects({ ingress: { host: "shop.example.com" } })["Ingress/shop"].spec).not.toHaveProperty("tls");
});

test("any field of any object can be overridden, and counts for the teardown", () => {
  const made = objects({
    overrides: { Service: { spec: { type: "LoadBalancer" } }, Deployment: { spec: { strategy: null } } },
  });
  expect(made["Service/shop"]).toMatchObject({
    metadata: { labels: { "sluice.dev/teardown": "external-state" } },
    spec: { type: "LoadBalancer" },
  });
  expect(made["Deployment/shop"].spec).not.toHaveProperty("strategy");
});

test("its image comes through the mirror", () => {
  expect(container({}, { mirror: { images: "mirror.internal" } }).image).toBe(
    `mirror.internal/${image}:2.1.4`,
  );
});

test("in someone else's chart, cdk8s prints it with teardown labels", () => {
  const team = plainChart("team-a");
  new WebApp(team, "shop", { image, imageTag: "2.1.4" });
  expect(manifests(team)["Deployment/shop"].metadata.namespace).toBe("team-a");
  const printed = Testing.synth(team) as { kind: string; metadata: { labels: Record<string, string> } }[];
  expect(printed.map(({ kind, metadata }) => `${kind} ${metadata.labels["sluice.dev/teardown"]}`)).toEqual([
    "Deployment user",
    "Service user",
    "PodDisruptionBudget user",
  ]);
});

test("what stands around it changes nothing of it", () => {
  const app = new Cdk8s();
  const here = new Chart(app, "here", { disableResourceNameHashes: true });
  const there = new Chart(app, "there", { disableResourceNameHashes: true });
  new WebApp(here, "shop", { image, imageTag: "1.0.0" });
  new WebApp(there, "shop", { image, imageTag: "1.0.0" });
  expect(manifests(here)).toEqual(manifests(there));
});

test("cdk8s-plus is loaded for a WebApp only", async () => {
  const { readdirSync, readFileSync } = await import("node:fs");
  const folder = new URL("../../../constructs/apps/", import.meta.url);
  const importers = readdirSync(folder).filter((file) =>
    /cdk8s-plus-28"|\.\/web-app\.ts"/.test(readFileSync(new URL(file, folder), "utf8")),
  );
  expect(importers.sort()).toEqual(["index.ts", "web-app.ts"]);
  expect(HelmApp.name).toBe("HelmApp");
});

test("props that Kubernetes would refuse, or that cannot work, are refused together", () => {
  const wrong = () =>
    objects({
      image: `${image}:1.0.0`,
      port: 80,
      probes: { readiness: "ready" },
      user: 0,
      resources: { memory: "1G" },
      writable: ["tmp"],
    });
  expect(wrong).toThrow(/has its version in it/);
  expect(wrong).toThrow(/port 80 is no port from 1024/);
  expect(wrong).toThrow(/the path of probe 'readiness' begins with '\/', unlike 'ready'/);
  expect(wrong).toThrow(/user 0 is no number of a user other than root/);
  expect(wrong).toThrow(/memory '1G' is no quantity/);
  expect(wrong).toThrow(/writable folder 'tmp' is no absolute path/);
  expect(() => objects({ overrides: { Deploymnt: {} } as never })).toThrow("it has no Deploymnt to override");
  expect(() => objects({ autoscaling: { minReplicas: 5, maxReplicas: 4 } })).toThrow(
    "minReplicas (5) is over maxReplicas (4)",
  );
  expect(() => new WebApp(plainChart(), "shop", { image })).toThrow(
    "the image's version is missing: give it as a prop",
  );
});
