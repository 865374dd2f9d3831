import { load } from "js-yaml";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CheckReport } from "../../lib/check/report.ts";
import { temporaryFolder, TestFleet } from "../support/fleet.ts";
import { type ControlPlane, startControlPlane } from "./control-plane/index.ts";
import { eventually } from "./support/flux-state.ts";

const settings = (name: string, rest = "data: {}") =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n  namespace: shop\n${rest}\n`;
const deployment = (label: string) => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
spec:
  selector:
    matchLabels:
      app: ${label}
  template:
    metadata:
      labels:
        app: ${label}
    spec:
      containers:
        - name: web
          image: web:1
`;
const namespace = (name: string) => `apiVersion: v1\nkind: Namespace\nmetadata:\n  name: ${name}\n`;
const widgets = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: widgets.acme.example.com
spec:
  group: acme.example.com
  names:
    kind: Widget
    plural: widgets
  scope: Namespaced
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          x-kubernetes-preserve-unknown-fields: true
---
apiVersion: acme.example.com/v1
kind: Widget
metadata:
  name: first
  namespace: shop
`;
const policy = [
  {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicy",
    metadata: { name: "no-debug" },
    spec: {
      failurePolicy: "Fail",
      matchConstraints: {
        resourceRules: [
          {
            apiGroups: [""],
            apiVersions: ["v1"],
            operations: ["CREATE", "UPDATE"],
            resources: ["configmaps"],
          },
        ],
      },
      validations: [
        { expression: "!has(object.data) || !('debug' in object.data)", message: "nobody debugs here" },
      ],
    },
  },
  {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicyBinding",
    metadata: { name: "no-debug" },
    spec: { policyName: "no-debug", validationActions: ["Deny"] },
  },
] as const;

let plane: ControlPlane;
let fleet: TestFleet;
let context: string;

beforeAll(async () => {
  plane = await startControlPlane({ flux: [], nodes: 1 });
  context = (load(plane.kubeconfig) as { "current-context": string })["current-context"];
  fleet = new TestFleet(temporaryFolder());
  fleet.git("init", "--quiet", "--initial-branch=main");
}, 900_000);
afterAll(async () => plane.stop());

/** Checks a fleet of one cluster that applies this. */
async function check(yaml: readonly string[]): Promise<CheckReport & { code: number }> {
  fleet.write({ "clusters/test/all.yaml": yaml.join("---\n") });
  const { code, stdout, stderr } = await fleet.sluice(
    ...["check", "--json", "--path", "clusters/test", "--kubernetes", "1.35", "--live"],
    ...["--context", context, "--kubeconfig", plane.kubeconfigFile],
  );
  if (code === 2 || code === 70) throw new Error(stderr + stdout);
  return { ...(JSON.parse(stdout) as CheckReport), code };
}

const told = ({ problems }: CheckReport) =>
  problems.map(({ rule, object, message }) => [rule, object, message]);

describe("sluice check --live on a real API server", () => {
  it("finds nothing in what the cluster takes, and leaves nothing there", async () => {
    const report = await check([namespace("fresh"), namespace("default")]);
    expect({ problems: told(report), unchecked: report.unchecked, code: report.code }).toEqual({
      problems: [],
      unchecked: [],
      code: 0,
    });
    const names = (await plane.client.list("v1", "Namespace")).map(({ metadata }) => metadata.name);
    expect(names).not.toContain("fresh");
  });

  it("names what the cluster does not have yet, and fails nothing for it", async () => {
    const { unchecked, code, problems } = await check([
      namespace("later"),
      settings("a").replace("shop", "later"),
      widgets.replaceAll("namespace: shop", "namespace: later"),
    ]);
    expect(problems).toEqual([]);
    expect(code).toBe(0);
    expect(unchecked.map(({ message }) => message).sort()).toEqual([
      "with the cluster, 1 object in namespaces that it does not have yet: later",
      "with the cluster, 1 object of kinds that it does not have yet: Widget",
    ]);
  });

  it("tells what only the cluster can: policies, fields that cannot change, quotas", async () => {
    const apply = async (object: object) =>
      plane.client.apply(object as Parameters<typeof plane.client.apply>[0]);
    await apply(load(namespace("shop")) as object);
    await apply(load(deployment("web")) as object);
    await apply({
      apiVersion: "v1",
      kind: "ResourceQuota",
      metadata: { name: "one", namespace: "shop" },
      spec: { hard: { services: "0" } },
    });
    for (const object of policy) await apply(object);
    await eventually(
      "the quota counted",
      async () => {
        const quota = await plane.client.get({
          apiVersion: "v1",
          kind: "ResourceQuota",
          metadata: { name: "one", namespace: "shop" },
        });
        return quota?.status?.["hard"] !== undefined;
      },
      30,
    );
    const service =
      "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  ports:\n    - port: 80\n";
    const yaml = [
      namespace("shop"),
      settings("debug", 'data:\n  debug: "true"'),
      settings("fine"),
      deployment("other"),
      service,
    ];
    // A policy takes a moment until it holds.
    await eventually(
      "the policy holds",
      async () => (await check(yaml)).problems.some(({ message }) => message.includes("nobody debugs")),
      30,
    );
    const report = await check(yaml);
    expect(report.code).toBe(1);
    const live = told(report).filter(([rule]) => rule === "live");
    expect(live).toEqual([
      ["live", "ConfigMap shop/debug", expect.stringContaining("nobody debugs here") as string],
      ["live", "Deployment shop/web", expect.stringContaining("field is immutable") as string],
      ["live", "Service shop/web", expect.stringContaining("exceeded quota") as string],
    ]);
    const maps = (await plane.client.list("v1", "ConfigMap")).map(({ metadata }) => metadata.name);
    expect(maps).not.toContain("fine");
  });

  it("says so where no context leads there", async () => {
    const unknown = await fleet.sluice(
      ...["check", "--json", "--path", "clusters/test", "--live"],
      ...["--context", "none", "--kubeconfig", plane.kubeconfigFile],
    );
    expect(unknown.code).toBe(1);
    expect(unknown.stdout).toContain("there is no context 'none'");
  });
});
