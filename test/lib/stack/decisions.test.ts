import { describe, expect, it } from "vitest";
import type { Cluster } from "../../../lib/fleet/cluster.ts";
import { eks, existing, kind } from "../../../lib/fleet/providers.ts";
import { attachedStack } from "../../../lib/stack/attached-stack.ts";
import { chooseBackend } from "../../../lib/stack/backend.ts";
import { destroyProblem } from "../../../lib/stack/destroy.ts";
import { eksSettings } from "../../../lib/stack/eks-settings.ts";
import { fingerprint, kindConfig, mirrorHosts } from "../../../lib/stack/kind-config.ts";
import { kindImage, kubernetesProblem, kwokVersion } from "../../../lib/stack/kubernetes-versions.ts";
import { planDifferences } from "../../../lib/stack/plan-differences.ts";
import type { PlannedResource } from "../../../lib/stack/planned-resource.ts";
import { instancePrice, monthlyCost } from "../../../lib/stack/prices.ts";
import { failureProblems } from "../../../lib/stack/pulumi-failure.ts";
import { types, versionsOf } from "../../stacks/mocked-stack.ts";

describe("versions of Kubernetes", () => {
  it("lead to an image of kind by minor, or by the patch that there is an image for", () => {
    expect(kindImage("1.35")).toMatch(/^kindest\/node:v1\.35\.\d+@sha256:/);
    expect(kindImage("1.35.8")).toBe(kindImage("1.35"));
    expect(kindImage("1.35.1")).toBeUndefined();
    expect(kwokVersion("1.35")).toMatch(/^v1\.35\.\d+$/);
    expect(kwokVersion("1.33.2")).toBe("v1.33.2");
  });

  it("that a provider does not know are told with those that it does", () => {
    expect(kubernetesProblem("kind", "1.35", "versions.yaml")).toBeUndefined();
    expect(kubernetesProblem("existing", "1.2", "versions.yaml")).toBeUndefined();
    expect(kubernetesProblem("kind", "1.20", "v.yaml")).toMatchObject({
      where: "v.yaml",
      message: expect.stringContaining("no node image for Kubernetes 1.20") as string,
      remedy: expect.stringContaining("1.37, 1.36, 1.35, 1.34") as string,
    });
    expect(kubernetesProblem("eks", "1.29", "v.yaml")).toMatchObject({
      message: "EKS has no Kubernetes 1.29 in standard support",
      remedy: "set kubernetes to one of 1.36, 1.35, 1.34",
    });
    expect(kubernetesProblem("eks", "1.35.2", "v.yaml")?.message).toContain("it chooses the patch itself");
  });
});

it("a kind configuration is a function of the definition: equal ones have one fingerprint", () => {
  const config = (workers: number) =>
    kindConfig({ name: "a", type: types.development, provider: { kind: "kind", workers } });
  expect(fingerprint(config(2))).toBe(fingerprint(config(2)));
  expect(fingerprint(config(2))).not.toBe(fingerprint(config(3)));
  expect(mirrorHosts("https://mirror.example.com/")).toContain('[host."https://mirror.example.com"]');
  expect(mirrorHosts("http://127.0.0.1:5000")).toContain("SLUICE_HOST:5000");
});

describe("what a cluster costs", () => {
  const cost = (type: keyof typeof types, region = "us-east-1", vpc?: { id: string; subnetIds: string[] }) =>
    monthlyCost({
      name: "a",
      type: types[type],
      versions: versionsOf("1.35"),
      provider: eks({ region, ...(vpc === undefined ? {} : { vpc }) }),
    })!;

  it("is nothing on the machine that runs it", () => {
    expect(
      monthlyCost({ name: "a", type: types.development, versions: versionsOf("1.35"), provider: kind() }),
    ).toBeUndefined();
  });

  it("adds up, from the fewest nodes to the most", () => {
    const { items, low, high } = cost("production");
    expect(low).toBeCloseTo(items.reduce((sum, item) => sum + item.low, 0));
    expect(high).toBeCloseTo(items.reduce((sum, item) => sum + item.high, 0));
    const nodes = items.find(({ what }) => what.includes("m7g.xlarge"))!;
    expect(nodes.low).toBeCloseTo(3 * (0.1632 * 730 + 50 * 0.08));
    expect(nodes.high).toBeCloseTo(12 * (0.1632 * 730 + 50 * 0.08));
    expect(items.find(({ what }) => what === "control plane")?.low).toBeCloseTo(73);
  });

  it("is less on spot nodes, in a cheaper region, and in a VPC that has its gateways already", () => {
    expect(cost("development").items.some(({ what }) => what.endsWith("m7g.large, spot"))).toBe(true);
    expect(cost("development").low).toBeLessThan(cost("staging").low);
    expect(cost("production").low).toBeLessThan(cost("production", "eu-central-1").low);
    const guest = cost("development", "us-east-1", { id: "v", subnetIds: ["s"] });
    expect(guest.items.some(({ what }) => what.includes("NAT"))).toBe(false);
  });

  it("knows sizes from one price per family, and says where it knows none", () => {
    expect(instancePrice("m7g.2xlarge")).toBeCloseTo(0.3264);
    expect(instancePrice("p5.48xlarge")).toBeUndefined();
    const { without, items } = monthlyCost({
      name: "a",
      type: types.development,
      versions: versionsOf("1.35"),
      provider: eks({ region: "eu-west-2", nodes: { min: 1, max: 1, instanceTypes: ["p5.48xlarge"] } }),
    })!;
    expect(without.join()).toContain("price table does not have");
    expect(items).toHaveLength(3);
  });
});

it("instance types of two architectures are refused, as a node group has one image", () => {
  expect(() =>
    eksSettings({
      name: "a",
      type: types.development,
      versions: versionsOf("1.35"),
      provider: {
        kind: "eks",
        region: "r",
        nodes: { min: 1, max: 1, instanceTypes: ["m7g.large", "m7i.large"] },
      },
    }),
  ).toThrow("two architectures");
});

describe("where state goes", () => {
  const machine = (env: Record<string, string> = {}, current?: string) => ({
    env,
    home: "/home/ann",
    read: () => (current === undefined ? undefined : JSON.stringify({ current })),
  });

  it("is where the user or the project says", () => {
    expect(chooseBackend(kind(), undefined, machine({ PULUMI_BACKEND_URL: "s3://a" }))).toEqual({
      kind: "configured",
      url: "s3://a",
    });
    expect(chooseBackend(kind(), "s3://p", machine())).toEqual({ kind: "configured", url: "s3://p" });
    expect(chooseBackend(kind(), undefined, machine({}, "https://app.example.com"))).toEqual({
      kind: "configured",
      url: "https://app.example.com",
    });
  });

  it("is this machine for what is on it, where nobody says", () => {
    expect(chooseBackend(existing({ context: "c" }), undefined, machine())).toMatchObject({
      kind: "local",
      url: "file://~",
    });
  });

  it("is never this machine alone for what costs money", () => {
    for (const given of [machine(), machine({ PULUMI_BACKEND_URL: "file://~" })])
      expect(chooseBackend(eks({ region: "r" }), undefined, given)).toMatchObject({
        problem: { remedy: expect.stringContaining("pulumi login") as string },
      });
    expect(chooseBackend(eks({ region: "r" }), "s3://p", machine())).toMatchObject({ kind: "configured" });
  });
});

it("a sandbox is destroyed when asked, anything else when it is named twice", () => {
  const sandbox = {} as Cluster["sandbox"];
  expect(destroyProblem({ name: "a", type: types.development, sandbox }, undefined)).toBeUndefined();
  expect(
    destroyProblem({ name: "a", type: types.development, sandbox: undefined }, undefined)?.message,
  ).toContain("no sandbox");
  expect(
    destroyProblem({ name: "a", type: types.production, sandbox: undefined }, undefined)?.message,
  ).toContain("protected");
  expect(destroyProblem({ name: "a", type: types.production, sandbox: undefined }, "b")?.message).toContain(
    "for 'b', not for 'a'",
  );
  expect(destroyProblem({ name: "a", type: types.production, sandbox: undefined }, "a")).toBeUndefined();
});

it("contexts that a stack's name cannot hold still have stacks of their own", () => {
  expect(attachedStack("development", "docker-desktop")).toBe("development--docker-desktop");
  expect(attachedStack("development", "arn:aws:eks:r:1:cluster/a")).not.toBe(
    attachedStack("development", "arn-aws-eks-r-1-cluster-a"),
  );
  expect(attachedStack("a", "x".repeat(200)).length).toBeLessThan(60);
});

describe("what a failed run says", () => {
  const remedy = (message: string) => failureProblems("a", [{ resource: "kind a", message }])[0]!.remedy;
  it("ends with what to do", () => {
    expect(remedy("error: the stack is currently locked by 1 lock(s).")).toContain("pulumi cancel --stack a");
    expect(remedy("passphrase must be set with PULUMI_CONFIG_PASSPHRASE")).toContain(
      "PULUMI_CONFIG_PASSPHRASE",
    );
    expect(remedy("configured Kubernetes cluster is unreachable: dial tcp")).toContain("reaches its API");
    expect(remedy("ExpiredToken: the token has expired")).toContain("aws sso login");
    expect(remedy("Unauthorized")).toContain("renew");
    expect(remedy("failed to load checkpoint: EOF")).toContain("the empty a.json.attrs");
    expect(remedy("failed to load checkpoint: place 1: unexpected end of JSON input")).toContain(
      "a.json.bak",
    );
    expect(remedy("something unheard of")).toContain("what is done stays done");
  });

  it("tells each thing once, and not that it failed", () => {
    const twice = { resource: "kind a", message: "port is already allocated" };
    expect(
      failureProblems("a", [twice, twice, { resource: undefined, message: "update failed" }]),
    ).toHaveLength(1);
  });
});

it("a sandbox's stack is compared with its source's, the names taken for one another", () => {
  const resource = (name: string, inputs: object, type = "aws:iam/role:Role"): PlannedResource => ({
    urn: name,
    type,
    name,
    component: false,
    parent: undefined,
    protect: false,
    retainOnDelete: false,
    provider: undefined,
    dependencies: [],
    inputs: inputs as Record<string, unknown>,
    secrets: [],
    ignoreChanges: [],
  });
  const plan = (cluster: string, resources: PlannedResource[]) => ({ cluster, resources, outputs: [] });
  const differences = planDifferences(
    plan("production", [
      resource("production-nodes", { name: "production-nodes", size: 3 }),
      resource("production-nat-2", {}),
      resource("production-key", { alias: "alias/production-key" }),
    ]),
    plan("trial", [
      resource("trial-nodes", { name: "trial-nodes", size: 1 }),
      resource("trial-extra", {}),
      resource("trial-key", { alias: "alias/trial-key" }),
    ]),
  );
  expect(differences).toEqual([
    { type: "aws:iam/role:Role", name: "trial-nodes", fields: [{ path: "size", before: 3, after: 1 }] },
    { type: "aws:iam/role:Role", name: "production-nat-2", only: "source", fields: [] },
    { type: "aws:iam/role:Role", name: "trial-extra", only: "sandbox", fields: [] },
  ]);
});
