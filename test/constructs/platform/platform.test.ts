/* eslint-disable @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-return -- objects are looked into at any depth */
import { App } from "cdk8s";
import { describe, expect, test } from "vitest";
import { setContext } from "../../../constructs/context.ts";
import { PlaceholderResolver } from "../../../constructs/placeholder.ts";
import { Platform } from "../../../constructs/platform/index.ts";
import type { Layer } from "../../../constructs/bundle/layer.ts";
import type { Option } from "../../../constructs/bundle/option.ts";
import { facts } from "../../../lib/fleet/facts.ts";
import { valueProblems } from "../../../lib/fleet/variables.ts";
import { placeholdersIn } from "../../../lib/flux/placeholders.ts";
import { validateObject } from "../../../lib/flux/schema.ts";
import type { Made } from "./made.ts";

const app = new App({ resolvers: [new PlaceholderResolver()] });
setContext(app, { within: "bundle" });
const platform = new Platform(app, "platform");
const parts: readonly (Layer | Option)[] = [...platform.layers, ...platform.options];
const objectsOf = (part: Layer | Option) => part.toJson() as Made[];
const objects = parts.flatMap(objectsOf);

/** The service that brings the custom kinds of an API group. */
const broughtBy: Readonly<Record<string, string>> = {
  "cert-manager.io": "cert-manager",
  "external-secrets.io": "external-secrets",
  "monitoring.coreos.com": "kube-prometheus-stack",
  "policies.kyverno.io": "kyverno",
  "rbacmanager.reactiveops.io": "rbac-manager",
  "traefik.io": "traefik",
};

test("a cluster has to give its domain, and nothing else", () => {
  expect(valueProblems(Platform.variables, { domain: "example.com" })).toEqual([]);
  expect(valueProblems(Platform.variables, {}).map(({ message }) => message)).toEqual([
    expect.stringContaining("variable 'domain' is missing"),
  ]);
});

test("a cluster on kind gives a handful", () => {
  const kind = {
    domain: "sandbox-a.localhost",
    ingress_service_type: "NodePort",
    kubelet_insecure_tls: true,
    storage_provisioner: "rancher.io/local-path",
    metrics_gigabytes: 2,
    metrics_memory: "512Mi",
  };
  expect(valueProblems(Platform.variables, kind)).toEqual([]);
});

test("every variable says what it is for, and is read somewhere", () => {
  const read = new Set(placeholdersIn(JSON.stringify(objects)).map(({ name }) => name));
  for (const [name, { description }] of Object.entries(Platform.variables)) {
    expect(description, name).toMatch(/\w/);
    expect(read, name).toContain(name);
  }
  for (const name of read) expect({ ...Platform.variables, ...facts }).toHaveProperty(name);
});

test("services come first, then what every cluster configures, then what configures the services", () => {
  expect(
    platform.layers.map(({ name, dependencies }) => [name, dependencies.map((layer) => layer.name)]),
  ).toEqual([
    ["services", []],
    ["configs", ["services"]],
    ["service-configs", ["configs"]],
  ]);
  expect(platform.options.map(({ name }) => name).sort()).toEqual([...Platform.options].sort());
});

test("every object says what it is for a teardown", () => {
  for (const { kind, metadata } of objects)
    expect(["controller", "user", "external-state"], `${kind} ${metadata.name}`).toContain(
      metadata.labels["sluice.dev/teardown"],
    );
});

test("all objects are as Flux and Kubernetes want them", () => {
  for (const object of objects)
    expect(validateObject(object) ?? [], `${object.kind} ${object.metadata.name}`).toEqual([]);
});

test("no two objects are the same one", () => {
  const names = objects.map(
    ({ apiVersion, kind, metadata }) => `${apiVersion} ${kind} ${metadata.namespace ?? ""}/${metadata.name}`,
  );
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});

describe.each(parts.map((part) => [part.name, part] as const))("%s", (_, part) => {
  const before =
    part.bundleFolder === "option"
      ? platform.layers
      : platform.layers.slice(0, platform.layers.indexOf(part));

  test("has custom objects only of services that are Ready by then", () => {
    const ready = before.flatMap(objectsOf).filter(({ kind }) => kind === "HelmRelease");
    for (const { apiVersion, kind } of objectsOf(part)) {
      const group = apiVersion.split("/")[0]!;
      if (!group.includes(".") || /\.k8s\.io$|\.fluxcd\.io$/.test(group)) continue;
      expect(
        ready.map(({ metadata }) => metadata.name),
        `${group} ${kind}`,
      ).toContain(broughtBy[group]);
    }
  });

  test("puts objects only into namespaces that are there by then", () => {
    const made = [...before.flatMap(objectsOf), ...objectsOf(part)].filter(
      ({ kind }) => kind === "Namespace",
    );
    const there = ["kube-system", "flux-system", ...made.map(({ metadata }) => metadata.name)];
    for (const { metadata } of objectsOf(part))
      if (metadata.namespace !== undefined) expect(there).toContain(metadata.namespace);
  });

  test("waits for no Secret and no priority class that it does not make", () => {
    const text = JSON.stringify(objectsOf(part));
    for (const [, name] of text.matchAll(/"priorityClassName":"([^"]+)"/g)) expect(name).toMatch(/^system-/);
    expect(text).not.toContain("existingSecret");
  });
});

test("what must be highly available has the replicas of the cluster's type", () => {
  const replicas = objects
    .filter(({ kind }) => kind === "HelmRelease")
    .flatMap((release) => textsAt(release["spec"].values, /^(replicas|replicaCount)$/));
  expect(replicas.filter((value) => value === "${cluster_replicas}").length).toBeGreaterThanOrEqual(10);
});

test("numbers and booleans stay so when Flux puts them in", () => {
  const values = (name: string) =>
    objects.find(({ kind, metadata }) => kind === "HelmRelease" && metadata.name === name)!["spec"].values;
  expect(values("kube-prometheus-stack").prometheus.prometheusSpec).toMatchObject({
    replicas: "${cluster_replicas}",
    retentionSize: "${metrics_gigabytes:=50}GB",
  });
  expect(values("metrics-server").args).toContain("--kubelet-insecure-tls=${kubelet_insecure_tls:=false}");
});

test("the policies leave the platform's own services alone", () => {
  const own = objects.filter(({ kind }) => kind === "HelmRelease").map(({ metadata }) => metadata.namespace);
  const policies = objects.filter(
    ({ kind, metadata }) => kind === "ValidatingPolicy" && metadata.name !== "impersonation",
  );
  expect(policies).not.toEqual([]);
  for (const { spec } of policies)
    expect(spec.matchConstraints.namespaceSelector.matchExpressions[0].values).toEqual(
      expect.arrayContaining(own),
    );
});

test("an ACME server that cannot be reached keeps no cluster from being Ready", () => {
  const { healthCheckExprs } = platform.layers.at(-1)!.props;
  const issuer = healthCheckExprs?.find(({ kind }) => kind === "ClusterIssuer");
  expect(issuer?.current).toMatch(/^has\(spec\.acme\) \|\| /);
});

/** The texts at keys that match, at any depth. */
function textsAt(value: unknown, key: RegExp): unknown[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, below]) => (key.test(name) ? [below] : textsAt(below, key)));
}
