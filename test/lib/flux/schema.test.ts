import { readdirSync, readFileSync } from "node:fs";
import { execFileSync } from "node:child_process";

import { describe, expect, test } from "vitest";

import { kubernetesVersions, readSchemaFile } from "../../../lib/flux/schema-files.ts";
import { isNamespaced, validateObject } from "../../../lib/flux/schema.ts";

const kustomization = (spec: object) => ({
  apiVersion: "kustomize.toolkit.fluxcd.io/v1",
  kind: "Kustomization",
  metadata: { name: "apps", namespace: "flux-system" },
  spec: { interval: "10m", prune: true, sourceRef: { kind: "GitRepository", name: "fleet" }, ...spec },
});

const deployment = (container: object, spec: object = {}) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web" },
  spec: {
    selector: { matchLabels: { app: "web" } },
    template: {
      metadata: { labels: { app: "web" } },
      spec: { containers: [{ name: "web", image: "registry.example.com/web:1", ...container }] },
    },
    ...spec,
  },
});

const helmRelease = (spec: object) => ({
  apiVersion: "helm.toolkit.fluxcd.io/v2",
  kind: "HelmRelease",
  metadata: { name: "web" },
  spec: { interval: "10m", chartRef: { kind: "OCIRepository", name: "web" }, ...spec },
});

const core = (kind: string, fields: object) => ({
  apiVersion: "v1",
  kind,
  metadata: { name: "web" },
  ...fields,
});

/** `path: message`, one for each problem. */
const problems = (object: Record<string, unknown>, options = {}) =>
  validateObject(object, options)?.map(({ path, message }) => `${path}: ${message}`);

describe("valid objects", () => {
  test.each([
    ["a Kustomization", kustomization({ wait: true, postBuild: { substituteStrategy: "Always" } })],
    ["a HelmRelease with any values", helmRelease({ values: { a: { b: [1, null, "c"] } } })],
    [
      "a Deployment",
      deployment({ ports: [{ containerPort: 80 }], resources: { limits: { cpu: 1, memory: "1Gi" } } }),
    ],
    ["what a controller wrote", { ...deployment({}), status: { replicas: 1 } }],
    ["a Secret", core("Secret", { type: "Opaque", data: { token: "c2VjcmV0" }, stringData: { user: "me" } })],
    [
      "a CustomResourceDefinition with a field named enum",
      {
        apiVersion: "apiextensions.k8s.io/v1",
        kind: "CustomResourceDefinition",
        metadata: { name: "things.example.com" },
        spec: {
          group: "example.com",
          scope: "Namespaced",
          names: { plural: "things", kind: "Thing" },
          versions: [
            {
              name: "v1",
              served: true,
              storage: true,
              schema: {
                openAPIV3Schema: { type: "object", properties: { enum: { type: "string", enum: ["a"] } } },
              },
            },
          ],
        },
      },
    ],
    [
      "a ResourceSet with any resources",
      {
        apiVersion: "fluxcd.controlplane.io/v1",
        kind: "ResourceSet",
        metadata: { name: "tenants" },
        spec: {
          inputs: [{ tenant: "a", replicas: 2 }],
          resources: [{ apiVersion: "v1", kind: "Namespace" }],
        },
      },
    ],
    [
      "an ImageUpdateAutomation without what has a default",
      {
        apiVersion: "image.toolkit.fluxcd.io/v1",
        kind: "ImageUpdateAutomation",
        metadata: { name: "web" },
        spec: {
          interval: "10m",
          sourceRef: { name: "fleet" },
          git: { commit: { author: { email: "a@b.c" } } },
        },
      },
    ],
  ])("%s has no problems", (_, object) => {
    expect(validateObject(object)).toEqual([]);
  });

  test("a port is a number or a name", () => {
    const service = (targetPort: unknown) => core("Service", { spec: { ports: [{ port: 80, targetPort }] } });
    expect(problems(service(8080))).toEqual([]);
    expect(problems(service("http"))).toEqual([]);
    expect(problems(service(true))).toEqual([
      "spec.ports[0].targetPort: expected an integer or text but got true",
    ]);
  });

  test("null is an absent field of a built-in kind and of metadata, but not of a custom resource's spec", () => {
    const metadata = { name: "web", creationTimestamp: null };
    expect(problems({ ...deployment({ command: null }), metadata })).toEqual([]);
    expect(problems(deployment({ name: null }))).toEqual([
      "spec.template.spec.containers[0].name: missing field",
    ]);
    expect(problems({ ...kustomization({ path: null }), metadata })).toEqual([
      "spec.path: expected text but got null",
    ]);
  });
});

describe("mistakes", () => {
  test("a misspelt field is refused at any depth, with the field that may be meant", () => {
    expect(problems(kustomization({ postBuild: { substitue: {} } }))).toEqual([
      'spec.postBuild.substitue: unknown field, did you mean "substitute"?',
    ]);
    expect(problems(deployment({ livenessProbe: { httpget: { port: 80 } } }))).toEqual([
      'spec.template.spec.containers[0].livenessProbe.httpget: unknown field, did you mean "httpGet"?',
    ]);
    expect(problems({ ...kustomization({}), extra: 1 })).toEqual(["extra: unknown field"]);
  });

  test("a misspelt required field is one problem", () => {
    expect(problems(kustomization({ sourceRef: { kind: "Bucket", nam: "fleet" } }))).toEqual([
      'spec.sourceRef.nam: unknown field, did you mean "name"?',
    ]);
  });

  test("a duration has to look like one", () => {
    expect(problems(kustomization({ interval: "ten" }))).toEqual([
      String.raw`spec.interval: "ten" does not match the pattern ^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$ (a duration such as 10m or 1h30m)`,
    ]);
  });

  test("a wrong type says what is expected", () => {
    expect(problems(kustomization({ prune: "yes", dependsOn: { name: "infra" } }))).toEqual([
      'spec.prune: expected true or false but got the text "yes"',
      "spec.dependsOn: expected a list but got an object",
    ]);
    expect(problems(core("ConfigMap", { data: { replicas: 3, "app.yaml": ["a"] } }))).toEqual([
      "data.replicas: expected text but got the number 3",
      'data["app.yaml"]: expected text but got a list',
    ]);
  });

  test("labels are text for every kind", () => {
    const metadata = { name: "web", labels: { version: 1.2 } };
    for (const object of [kustomization({}), deployment({})]) {
      expect(problems({ ...object, metadata })).toEqual([
        "metadata.labels.version: expected text but got the number 1.2",
      ]);
    }
  });

  test("an enumeration lists what is allowed", () => {
    expect(problems(kustomization({ deletionPolicy: "Orphaned" }))).toEqual([
      'spec.deletionPolicy: "Orphaned" is not one of "MirrorPrune", "Delete", "WaitForTermination", "Orphan", did you mean "Orphan"?',
    ]);
    expect(problems(deployment({ imagePullPolicy: "always" }))).toEqual([
      'spec.template.spec.containers[0].imagePullPolicy: "always" is not one of "Always", "IfNotPresent", "Never", did you mean "Always"?',
    ]);
  });

  test("quantities, base64 and integers are checked", () => {
    expect(problems(deployment({ resources: { limits: { memory: "1Gb" } } }, { replicas: 2 ** 31 }))).toEqual(
      [
        'spec.template.spec.containers[0].resources.limits.memory: "1Gb" is not a quantity such as 500m or 1Gi',
        "spec.replicas: 2147483648 is not a 32-bit integer",
      ],
    );
    expect(problems(core("Secret", { data: { token: "not base64" } }))).toEqual([
      'data.token: "not base64" is not base64',
    ]);
  });

  test("several are reported together", () => {
    const { spec, ...rest } = kustomization({});
    expect(problems({ ...rest, metadata: {} })).toEqual([
      "spec: missing field",
      "metadata.name: missing field",
    ]);
    expect(spec).toBeDefined();
  });

  test("flux-operator's kinds are known", () => {
    const instance = (spec: object) => ({
      apiVersion: "fluxcd.controlplane.io/v1",
      kind: "FluxInstance",
      metadata: { name: "flux" },
      spec,
    });
    expect(problems(instance({ distribution: { version: "2.9.x", registry: "ghcr.io/fluxcd" } }))).toEqual(
      [],
    );
    expect(problems(instance({ distribution: { version: "2.9.x" }, cluster: { type: "eks" } }))).toEqual([
      "spec.distribution.registry: missing field",
      'spec.cluster.type: "eks" is not one of "kubernetes", "openshift", "azure", "aws", "gcp"',
    ]);
  });
});

describe("placeholders", () => {
  test("stand for whatever is wanted: a number, a boolean, a duration, one of several, a list", () => {
    const object = kustomization({
      interval: "${interval:=10m}",
      prune: "${prune}",
      deletionPolicy: "${policy}",
      components: "${components}",
      sourceRef: { kind: "${kind}", name: "fleet-${environment}" },
    });
    expect(problems(object)).toEqual([]);
    expect(problems(deployment({}, { replicas: "${replicas:-3}" }))).toEqual([]);
    expect(problems(object, { allowPlaceholders: false })).toHaveLength(5);
  });

  test("do not hide a mistake elsewhere", () => {
    expect(problems(kustomization({ prune: "${prune}", force: "yes" }))).toEqual([
      'spec.force: expected true or false but got the text "yes"',
    ]);
  });

  test("are not text whose dollar sign is escaped, nor shell variables", () => {
    expect(problems(kustomization({ prune: "$${prune}" }))).toHaveLength(1);
    expect(problems(kustomization({ prune: "$prune" }))).toHaveLength(1);
    expect(problems(kustomization({ prune: "$$${prune}" }))).toEqual([]);
  });
});

describe("what is known", () => {
  test("there is no verdict on kinds without a schema", () => {
    expect(validateObject({ apiVersion: "example.com/v1", kind: "Thing" })).toBeUndefined();
    expect(validateObject({ apiVersion: "gateway.networking.k8s.io/v1", kind: "HTTPRoute" })).toBeUndefined();
    expect(validateObject({ apiVersion: "v1", kind: "toString" })).toBeUndefined();
    expect(validateObject({ kind: "Pod" })).toBeUndefined();
  });

  test("kinds come and go with Kubernetes versions", () => {
    const policy = {
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "MutatingAdmissionPolicy",
      metadata: { name: "a" },
    };
    expect(validateObject(policy, { kubernetes: "1.35" })).toBeUndefined();
    expect(validateObject(policy, { kubernetes: "1.36" })).toBeDefined();
  });

  test.each(kubernetesVersions)("every kind of Kubernetes %s has a schema that compiles", (kubernetes) => {
    const kinds = Object.keys(readSchemaFile(`kubernetes-${kubernetes}.json`).kinds);
    expect(kinds.length).toBeGreaterThan(60);
    for (const name of kinds) {
      const [apiVersion = "", kind = ""] = name.split(" ");
      expect(problems({ apiVersion, kind, metadata: { nme: 1 } }, { kubernetes })).toContain(
        'metadata.nme: unknown field, did you mean "name"?',
      );
    }
  });

  test("whether a kind is namespaced", () => {
    expect(isNamespaced("v1", "ConfigMap")).toBe(true);
    expect(isNamespaced("v1", "Namespace")).toBe(false);
    expect(isNamespaced("rbac.authorization.k8s.io/v1", "ClusterRole")).toBe(false);
    expect(isNamespaced("source.toolkit.fluxcd.io/v1", "OCIRepository")).toBe(true);
    expect(isNamespaced("example.com/v1", "Thing")).toBeUndefined();
  });

  test("the same object gets the same answer, and is not changed", () => {
    const object = Object.freeze(kustomization({ interval: "ten", path: undefined }));
    const before = structuredClone(object);
    expect(validateObject(object)).toEqual(validateObject(object));
    expect(object).toEqual(before);
  });

  test("importing it reads no schema", () => {
    const module = new URL("../../../lib/flux/schema.ts", import.meta.url).href;
    const script = `
      import fs from "node:fs";
      import { syncBuiltinESMExports } from "node:module";
      const read = [];
      const original = fs.readFileSync;
      fs.readFileSync = (...args) => (read.push(String(args[0])), original(...args));
      syncBuiltinESMExports();
      const { validateObject } = await import(${JSON.stringify(module)});
      const state = () => [read.filter((name) => name.endsWith(".json") && name.includes("/schemas/")).length];
      const before = state();
      validateObject({ apiVersion: "v1", kind: "Namespace", metadata: { name: "a" } });
      console.log(JSON.stringify([before, state()]));`;
    const output = execFileSync(process.execPath, ["--input-type=module", "--eval", script], {
      encoding: "utf8",
    });
    expect(JSON.parse(output)).toEqual([[0], [1]]);
  });
});

test("the patterns of the schemas that come with Sluice are JavaScript's too", () => {
  const folder = new URL("../../../schemas/", import.meta.url);
  const patterns = readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .flatMap((name) => {
      const found: string[] = [];
      JSON.parse(readFileSync(new URL(name, folder), "utf8"), (key, value: unknown) => {
        if (key === "pattern" && typeof value === "string") found.push(value);
        return value;
      });
      return found;
    });
  expect(patterns.length).toBeGreaterThan(20);
  for (const pattern of patterns) expect(() => new RegExp(pattern, "u")).not.toThrow();
});
