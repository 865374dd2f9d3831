/* eslint-disable @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-assignment, @typescript-eslint/no-unsafe-return -- objects are looked into at any depth */
import { App, Chart } from "cdk8s";
import { describe, expect, test } from "vitest";
import { objectsBelow } from "../../../constructs/kube-object.ts";
import {
  AppsNamespace,
  BaselinePolicies,
  ClusterIssuers,
  DefaultCertificate,
  FluxAlerts,
  PriorityClasses,
  Quotas,
  RbacDefinitions,
  SecretStores,
  ServiceMonitors,
  StorageClasses,
  strimziMonitor,
} from "../../../constructs/platform/index.ts";
import { validateObject } from "../../../lib/flux/schema.ts";
import { type Made, madeBy, only } from "./made.ts";

const everything = madeBy((scope) => {
  new AppsNamespace(scope, "apps-namespace");
  new BaselinePolicies(scope, "policies");
  new ClusterIssuers(scope, "issuers");
  new DefaultCertificate(scope, "certificate", { domain: "example.com" });
  new FluxAlerts(scope, "alerts", { alertsUrl: "http://alertmanager:9093/api/v2/alerts" });
  new PriorityClasses(scope, "priorities");
  new Quotas(scope, "quotas");
  new RbacDefinitions(scope, "rbac");
  new SecretStores(scope, "stores");
  new ServiceMonitors(scope, "monitors");
  new StorageClasses(scope, "storage");
});

test("all work in someone else's chart, as Kubernetes and Flux want them", () => {
  for (const object of everything)
    expect(validateObject(object) ?? [], `${object.kind} ${object.metadata.name}`).toEqual([]);
});

describe("the apps' namespace", () => {
  const made = madeBy((scope) => new AppsNamespace(scope, "apps-namespace", { name: "team" }));

  test("has a ServiceAccount that may do what its Role says there, and nothing elsewhere", () => {
    expect(made.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ""}/${metadata.name}`)).toEqual([
      "Namespace /team",
      "ServiceAccount team/team",
      "Role team/team",
      "RoleBinding team/team",
    ]);
    expect(only(made, "RoleBinding")["subjects"]).toEqual([
      { kind: "ServiceAccount", name: "team", namespace: "team" },
    ]);
  });

  test.each([
    ["helm.toolkit.fluxcd.io", "helmreleases", "create"],
    ["source.toolkit.fluxcd.io", "ocirepositories", "patch"],
    ["apps", "deployments", "patch"],
    ["networking.k8s.io", "ingresses", "create"],
    ["", "persistentvolumeclaims", "delete"],
    ["kafka.strimzi.io", "kafkas", "create"],
    ["external-secrets.io", "externalsecrets", "create"],
    ["secrets.hashicorp.com", "vaultstaticsecrets", "create"],
    ["monitoring.coreos.com", "servicemonitors", "create"],
    ["coordination.k8s.io", "leases", "update"],
    ["", "resourcequotas", "list"],
    ["rbac.authorization.k8s.io", "roles", "create"],
  ])("lets apps use %s %s (%s)", (group, resource, verb) => {
    expect(allowed(made, group, resource, verb)).toBe(true);
  });

  test.each([
    ["", "resourcequotas", "update"],
    ["", "limitranges", "delete"],
    ["", "namespaces", "get"],
    ["rbac.authorization.k8s.io", "clusterroles", "create"],
    ["rbac.authorization.k8s.io", "roles", "escalate"],
    ["rbac.authorization.k8s.io", "rolebindings", "bind"],
    ["policies.kyverno.io", "validatingpolicies", "create"],
  ])("does not let apps use %s %s (%s)", (group, resource, verb) => {
    expect(allowed(made, group, resource, verb)).toBe(false);
  });
});

function allowed(made: Made[], group: string, resource: string, verb: string): boolean {
  const rules = only(made, "Role")["rules"] as {
    apiGroups: string[];
    resources: string[];
    verbs: string[];
  }[];
  const has = (list: string[], item: string) => list.includes("*") || list.includes(item);
  return rules.some(
    (rule) => rule.apiGroups.includes(group) && has(rule.resources, resource) && has(rule.verbs, verb),
  );
}

describe("storage classes", () => {
  test("are encrypted, and one is the default", () => {
    const made = only(everything, "StorageClass");
    expect(made.metadata.name).toBe("general");
    expect(made.metadata.annotations).toHaveProperty(["storageclass.kubernetes.io/is-default-class"], "true");
    expect(made["parameters"]).toEqual({ encrypted: "true", type: "gp3" });
  });

  test("can be others", () => {
    const classes = { kept: { reclaimPolicy: "Retain", parameters: { type: "io2" } } } as const;
    const made = only(
      madeBy((scope) => new StorageClasses(scope, "s", { classes, encryptionKey: "key" })),
      "StorageClass",
    );
    expect(made).toMatchObject({ reclaimPolicy: "Retain", parameters: { type: "io2", kmsKeyId: "key" } });
    expect(made.metadata.annotations).not.toHaveProperty(["storageclass.kubernetes.io/is-default-class"]);
  });
});

test("pods that name no priority class get one, below the platform's own", () => {
  const classes = everything.filter(({ kind }) => kind === "PriorityClass");
  expect(
    classes.filter((made) => made["globalDefault"] === true).map(({ metadata }) => metadata.name),
  ).toEqual(["normal"]);
  for (const made of classes) expect(made["value"]).toBeLessThan(1_000_000_000);
});

describe("the baseline policies", () => {
  const policies = (props: object) =>
    madeBy((scope) => new BaselinePolicies(scope, "policies", props)).filter(
      ({ kind }) => kind === "ValidatingPolicy",
    );

  test("report, and refuse only when asked to", () => {
    for (const { spec } of policies({})) expect(spec.validationActions).toEqual(["Audit"]);
    for (const { spec } of policies({ action: "Deny" })) expect(spec.validationActions).toEqual(["Deny"]);
  });

  test("never look at the system's pods", () => {
    for (const { spec } of policies({})) {
      const [{ operator, values }] = spec.matchConstraints.namespaceSelector.matchExpressions;
      if (operator === "NotIn")
        expect(values).toEqual(expect.arrayContaining(["kube-system", "flux-system"]));
      else expect(values).toEqual(["apps"]);
    }
  });

  test("are derived for Deployments too, which takes exactly one rule for pods", () => {
    for (const { metadata, spec } of policies({}))
      if (metadata.name !== "impersonation")
        expect(spec.matchConstraints.resourceRules).toEqual([
          { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE", "UPDATE"], resources: ["pods"] },
        ]);
  });
});

describe("secret stores", () => {
  const store = (provider: object, namespaces?: string[]) =>
    madeBy((scope) => new SecretStores(scope, "s", { stores: { main: provider as never }, namespaces }));

  test("of a namespace come with the right to read it alone", () => {
    const made = store({ kubernetes: { namespace: "vault" } }, ["apps"]);
    const { spec } = only(made, "ClusterSecretStore");
    expect(spec.conditions).toEqual([{ namespaces: ["apps"] }]);
    expect(spec.provider.kubernetes).toMatchObject({
      remoteNamespace: "vault",
      auth: { serviceAccount: { name: "reader", namespace: "vault" } },
    });
    expect(only(made, "Role")["rules"]).toEqual([
      { apiGroups: [""], resources: ["secrets"], verbs: ["get", "list", "watch"] },
    ]);
  });

  test("of AWS, Vault and tests make nothing but the store", () => {
    const aws = store({ aws: { region: "eu-west-2" } });
    expect(aws).toHaveLength(1);
    expect(aws[0]!["spec"].provider).toEqual({ aws: { region: "eu-west-2", service: "SecretsManager" } });
    const vault = only(store({ vault: { server: "https://v:8200", role: "eso" } }), "ClusterSecretStore");
    expect(vault["spec"].provider.vault).toMatchObject({
      path: "secret",
      version: "v2",
      auth: { kubernetes: { mountPath: "kubernetes", role: "eso" } },
    });
    const fake = only(store({ fake: { "/a": "b" } }), "ClusterSecretStore");
    expect(fake["spec"].provider).toEqual({ fake: { data: [{ key: "/a", value: "b" }] } });
  });
});

test("the default certificate is for the domain and every host in it", () => {
  const made = madeBy((scope) => new DefaultCertificate(scope, "certificate", { domain: "example.com" }));
  expect(only(made, "Certificate")["spec"].dnsNames).toEqual(["example.com", "*.example.com"]);
  expect(only(made, "TLSStore")["spec"].defaultCertificate.secretName).toBe(
    only(made, "Certificate")["spec"].secretName,
  );
});

test("the ACME server is told an address only if there is one", () => {
  const acme = (props: object) =>
    only(
      madeBy((scope) => new ClusterIssuers(scope, "i", props)),
      "ClusterIssuer",
      "acme",
    )["spec"].acme;
  expect(acme({})).not.toHaveProperty("email");
  expect(acme({ acmeEmail: "ops@example.org" }).email).toBe("ops@example.org");
});

test("people keep their access while a teardown waits", () => {
  expect(only(everything, "RBACDefinition").metadata.labels["sluice.dev/teardown"]).toBe("controller");
  expect(only(everything, "ClusterSecretStore").metadata.labels["sluice.dev/teardown"]).toBe("user");
});

test("Flux's errors of every namespace that is named become alerts, with the cluster's name", () => {
  const alertsUrl = "http://alertmanager:9093/api/v2/alerts";
  const made = madeBy(
    (scope) => new FluxAlerts(scope, "alerts", { alertsUrl, cluster: "c1", namespaces: ["a", "b"] }),
  );
  expect(only(made, "Provider")["spec"]).toEqual({ type: "alertmanager", address: alertsUrl });
  const { eventSources, eventMetadata } = only(made, "Alert")["spec"];
  expect(eventMetadata).toEqual({ cluster: "c1" });
  for (const namespace of ["a", "b"])
    expect(eventSources).toContainEqual({ kind: "HelmRelease", name: "*", namespace });
});

test("monitors read Services, or pods where there is none", () => {
  const made = madeBy((scope) => new ServiceMonitors(scope, "m", { monitors: { kafka: strimziMonitor } }));
  expect(only(made, "PodMonitor")["spec"]).toMatchObject({
    namespaceSelector: { matchNames: ["strimzi-system"] },
    podMetricsEndpoints: [{ port: "http", path: "/metrics" }],
  });
});

describe("overrides of a construct of several objects", () => {
  test("are merged into the object that they name, and refused where there is none", () => {
    const made = new Chart(new App(), "c");
    new ClusterIssuers(made, "issuers", {
      overrides: {
        "ClusterIssuer/acme": { spec: { acme: { profile: "shortlived" } } },
        Certificate: { metadata: { labels: { a: "b" } } },
      },
    });
    const objects = objectsBelow(made).map(
      (object) => object.toJson() as { kind: string; metadata: object; spec: { acme?: object } },
    );
    expect(objects.filter(({ spec }) => spec.acme !== undefined).map(({ spec }) => spec.acme)).toMatchObject([
      { profile: "shortlived" },
    ]);
    expect(objects.find(({ kind }) => kind === "Certificate")).toMatchObject({
      metadata: { labels: { a: "b" } },
    });
    expect(() => new ClusterIssuers(made, "more", { overrides: { "ClusterIssuer/amce": {} } })).toThrow(
      "overrides for 'ClusterIssuer/amce', of which there is none; did you mean 'ClusterIssuer/acme'?",
    );
  });
});
