/* eslint-disable @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-assignment -- objects are looked into at any depth */
import type { Construct } from "constructs";
import { describe, expect, test } from "vitest";
import {
  CertManager,
  ExternalSecrets,
  FluentBit,
  type HelmService,
  Keda,
  KubePrometheusStack,
  Kyverno,
  MetricsServer,
  RbacManager,
  type ServiceProps,
  Strimzi,
  Traefik,
  VaultSecretsOperator,
} from "../../../constructs/platform/index.ts";
import { teardownLabel } from "../../../lib/flux/teardown-label.ts";
import { validateObject } from "../../../lib/flux/schema.ts";
import { madeBy, only } from "./made.ts";

type Service = new (scope: Construct, id: string, props?: ServiceProps) => HelmService;

const services: readonly Service[] = [
  CertManager,
  ExternalSecrets,
  FluentBit,
  Keda,
  KubePrometheusStack,
  Kyverno,
  MetricsServer,
  RbacManager,
  Strimzi,
  Traefik,
  VaultSecretsOperator,
];

describe.each(services.map((service) => [service.name, service] as const))("%s", (_, Service) => {
  const alone = madeBy((scope) => new Service(scope, "service"));

  test("works alone in someone else's chart", () => {
    const release = only(alone, "HelmRelease");
    const source = alone.find(({ kind }) => kind === "OCIRepository" || kind === "HelmRepository");
    expect(source?.metadata).toMatchObject({
      name: release.metadata.name,
      namespace: release.metadata.namespace,
    });
    expect(release["spec"].releaseName).toBe(release.metadata.name);
    expect(JSON.stringify(alone)).not.toContain("${");
  });

  test("is as Flux and Kubernetes want it", () => {
    for (const object of alone)
      expect(validateObject(object), `${object.kind} ${object.metadata.name}`).toEqual([]);
  });

  test("pins the version of its chart", () => {
    const { chart } = only(alone, "HelmRelease")["spec"];
    const version = chart?.spec.version ?? only(alone, "OCIRepository")["spec"].ref.tag;
    expect(version).toMatch(/^v?\d+\.\d+\.\d+$/);
  });

  test("outlives the custom objects that it finalises", () => {
    for (const object of alone) expect(object.metadata.labels[teardownLabel]).toBe("controller");
  });

  test("lives in a namespace of its own, unless that is Kubernetes'", () => {
    const { namespace } = only(alone, "HelmRelease").metadata;
    const made = alone.filter(({ kind }) => kind === "Namespace").map(({ metadata }) => metadata.name);
    expect(made).toEqual(namespace === "kube-system" ? [] : [namespace]);
  });

  test("moves to another namespace as a whole", () => {
    const moved = madeBy((scope) => new Service(scope, "service", { namespace: "elsewhere" }));
    expect(only(moved, "Namespace").metadata.name).toBe("elsewhere");
    for (const { kind, metadata } of moved)
      if (kind !== "Namespace") expect(metadata.namespace).toBe("elsewhere");
  });

  test("takes values and overrides over its own", () => {
    const props = {
      values: { priorityClassName: "mine", extra: { deep: true } },
      overrides: { spec: { interval: "7m", timeout: null } },
    };
    const { spec } = only(
      madeBy((scope) => new Service(scope, "service", props)),
      "HelmRelease",
    );
    expect(spec.values).toMatchObject({ priorityClassName: "mine", extra: { deep: true } });
    expect(spec.interval).toBe("7m");
    expect(spec).not.toHaveProperty("timeout");
    const own = only(alone, "HelmRelease")["spec"].values as object;
    expect(Object.keys(spec.values as object)).toEqual(expect.arrayContaining(Object.keys(own)));
  });

  test("pulls everything through a mirror, where there is one", () => {
    const mirror = { charts: "oci://registry.internal/charts", images: "registry.internal/mirror" };
    const made = madeBy((scope) => new Service(scope, "service"), { within: "bundle", mirror });
    const release = only(made, "HelmRelease");
    const source = only(made, "OCIRepository");
    expect(source["spec"].url).toMatch(/^oci:\/\/registry\.internal\/charts\/[a-z-]+$/);
    expect(release["spec"].chartRef).toEqual({ kind: "OCIRepository", name: source.metadata.name });
    const images = imageValues(release["spec"].values);
    expect(images).not.toEqual([]);
    for (const image of images)
      expect(image).toMatch(/^registry\.internal\/mirror\/[a-z-]+(\.[a-z0-9-]+)+\/[a-z]/);
  });
});

/** The images that values name: blocks of registry and repository, and repositories that have both. */
function imageValues(values: unknown): string[] {
  if (typeof values !== "object" || values === null) return [];
  const block = values as Record<string, unknown>;
  const registry = block["registry"] ?? block["imageRegistry"] ?? block["defaultImageRegistry"];
  const repository = block["repository"] ?? block["imageNamespace"] ?? block["defaultImageRepository"];
  const own =
    typeof repository !== "string"
      ? []
      : [typeof registry === "string" ? `${registry}/${repository}` : repository];
  return [...own, ...Object.values(block).flatMap(imageValues)];
}

test("Traefik's replicas are the autoscaler's, once there is one", () => {
  const fixed = only(
    madeBy((scope) => new Traefik(scope, "traefik")),
    "HelmRelease",
  );
  expect(fixed["spec"].driftDetection).toEqual({ mode: "enabled" });
  const scaled = only(
    madeBy((scope) => new Traefik(scope, "traefik", { replicas: 3, maxReplicas: 9 })),
    "HelmRelease",
  );
  expect(scaled["spec"].values.autoscaling).toMatchObject({ enabled: true, minReplicas: 3, maxReplicas: 9 });
  expect(scaled["spec"].driftDetection.ignore).toEqual([
    { paths: ["/spec/replicas"], target: { kind: "Deployment", name: "traefik" } },
  ]);
});

test("Traefik's load balancer is waited for by a teardown", () => {
  const { spec } = only(
    madeBy((scope) => new Traefik(scope, "traefik")),
    "HelmRelease",
  );
  expect(spec.values.service.labels).toEqual({ [teardownLabel]: "external-state" });
});

test("no drain of a node waits for a service that runs once", () => {
  for (const Service of services) {
    const budgets = madeBy((scope) => new Service(scope, "service")).flatMap((object) =>
      budgetsIn(object["spec"]),
    );
    for (const budget of budgets)
      if (budget.enabled !== false) expect(Number(budget.minAvailable ?? 0)).toBe(0);
  }
});

function budgetsIn(value: unknown): { enabled?: boolean; minAvailable?: string | number }[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, below]) =>
    key === "podDisruptionBudget" ? [below as object] : budgetsIn(below),
  );
}

test("Fluent Bit sends to any HTTP server, too", () => {
  const destination = { host: "logs.example.com", tls: true, kind: "http", path: "/ingest" } as const;
  const { spec } = only(
    madeBy((scope) => new FluentBit(scope, "logs", { destination, cluster: "c1" })),
    "HelmRelease",
  );
  expect(spec.values.config.outputs).toMatch(
    /Name http\n[^]*Host logs.example.com\n *Port 443\n *Tls On\n *URI \/ingest\n[^]*X-Cluster c1\n/,
  );
});

test("Vault's operator trusts the authority that it is given", () => {
  const made = madeBy(
    (scope) => new VaultSecretsOperator(scope, "vso", { address: "https://v:8200", caSecret: "ca" }),
  );
  expect(only(made, "HelmRelease")["spec"].values.defaultVaultConnection).toMatchObject({
    address: "https://v:8200",
    caCertSecret: "ca",
  });
});
