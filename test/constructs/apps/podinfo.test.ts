/* eslint-disable @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-assignment, @typescript-eslint/no-unsafe-return -- manifests are looked into at any depth */
import { expect, test } from "vitest";
import { Podinfo, type PodinfoProps } from "../../../constructs/apps/index.ts";
import { cluster, manifests, plainChart, type Simulation } from "./simulated-cluster.ts";

const versions = "podinfo:\n  chart: 6.14.x\n  image: 6.14.1";

function release(props: PodinfoProps = {}, simulation: Simulation = {}) {
  const { apps } = cluster({ versions, ...simulation });
  new Podinfo(apps, "podinfo", props);
  return manifests(apps)["HelmRelease/podinfo"].spec;
}

test("chart and image have the versions of versions.yaml", () => {
  const { apps, used } = cluster({ versions });
  new Podinfo(apps, "podinfo");
  const objects = manifests(apps);
  expect(objects["OCIRepository/podinfo"].spec).toMatchObject({
    url: "oci://ghcr.io/stefanprodan/charts/podinfo",
    ref: { semver: "6.14.x" },
  });
  expect(objects["HelmRelease/podinfo"].spec.values.image).toEqual({ tag: "6.14.1" });
  expect([...used]).toEqual(["podinfo"]);
});

test("its replicas are the environment type's unless it says otherwise", () => {
  expect(release().values.replicaCount).toBe(3);
  expect(release({}, { replicas: 1 }).values.replicaCount).toBe(1);
  expect(release({ replicas: 5 }).values.replicaCount).toBe(5);
});

test("with a host it is reached from outside", () => {
  expect(release().values).not.toHaveProperty("ingress");
  expect(release({ host: "podinfo.example.com" }).values.ingress).toEqual({
    enabled: true,
    className: "traefik",
    annotations: {},
    hosts: [{ host: "podinfo.example.com", paths: [{ path: "/", pathType: "Prefix" }] }],
    tls: [],
  });
  expect(release({ host: "podinfo.example.com", issuer: "letsencrypt" }).values.ingress).toMatchObject({
    annotations: { "cert-manager.io/cluster-issuer": "letsencrypt" },
    tls: [{ secretName: "podinfo-tls", hosts: ["podinfo.example.com"] }],
  });
});

test("autoscaled, its replicas are no drift", () => {
  const { values, driftDetection } = release({ replicas: 2, autoscaling: { maxReplicas: 5 } });
  expect(values).toMatchObject({ replicaCount: 2, hpa: { enabled: true, maxReplicas: 5, cpu: 80 } });
  expect(driftDetection.ignore).toHaveLength(1);
  expect(release().driftDetection).not.toHaveProperty("ignore");
});

test("its pods meet the restricted Pod Security Standard", () => {
  expect(release().values).toMatchObject({
    podSecurityContext: { runAsNonRoot: true, runAsUser: 100, seccompProfile: { type: "RuntimeDefault" } },
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
  });
});

test("given values are merged over its own", () => {
  const { values } = release({
    message: "hello",
    values: { ui: { color: "#000000" }, resources: { limits: { memory: "256Mi" } } },
  });
  expect(values.ui).toEqual({ message: "hello", color: "#000000" });
  expect(values.resources).toEqual({ requests: { cpu: "10m", memory: "32Mi" }, limits: { memory: "256Mi" } });
});

test("its images come through the mirror", () => {
  const { values } = release({}, { mirror: { images: "mirror.internal" } });
  expect(values.image.repository).toBe("mirror.internal/ghcr.io/stefanprodan/podinfo");
  expect(values.redis.repository).toBe("mirror.internal/docker.io/redis");
});

test("it stands in someone else's chart", () => {
  const team = plainChart();
  new Podinfo(team, "podinfo", { version: "6.14.1" });
  expect(manifests(team)["HelmRelease/podinfo"].metadata.namespace).toBe("apps");
});

test("props that contradict one another are refused", () => {
  expect(() => release({ autoscaling: { maxReplicas: 2 } })).toThrow(
    "minReplicas (3) is over maxReplicas (2)",
  );
  expect(() => release({ replicas: 1.5 })).toThrow("replicas is a whole number from 0 on, not 1.5");
  expect(() => release({ host: "https://podinfo.example.com/" })).toThrow("is no name of a host");
});
